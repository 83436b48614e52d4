//! Recordings: WAV files in a bucket, rows that say whose they are, links that are good for an hour.
//!
//! A recording is stored by [`crate::CallCenter::store_recording`]: object first, then its row and its activity in one
//! transaction, so that nothing is listed that cannot be heard. The bucket is a small seam ([`RecordingBucket`]).

mod bucket;
mod download;
mod import;
mod list;
mod rows;
mod store;
mod wav;

use std::path::PathBuf;
use std::sync::Arc;

use openapi::Operation;

use crate::center::{CallCenter, CallCenterError};

pub use bucket::{InstanceBucket, RecordingBucket};
pub use store::NewRecording;

/// Where recordings are, and where they come from. Clones share both.
#[derive(Clone)]
pub struct Recordings {
    /// The objects, and links to them.
    pub bucket: Arc<dyn RecordingBucket>,
    /// Folder on the server that ImportRecording takes files from.
    pub import_folder: PathBuf,
}

impl CallCenter {
    /// The buckets of all instances.
    ///
    /// # Errors
    /// When the database does not serve.
    pub async fn instance_buckets(&self) -> Result<Vec<InstanceBucket>, CallCenterError> {
        let mut connection = self.database.pool().acquire().await?;
        rows::buckets(&mut connection).await
    }
}

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: download::ONE, handler: |center, call| Box::pin(download::download_recording(center, call)) },
    Operation {
        spec: download::ALL,
        handler: |center, call| Box::pin(download::download_all_type_recording(center, call)),
    },
    Operation { spec: list::RECORDINGS, handler: |center, call| Box::pin(list::list_recordings(center, call)) },
    Operation {
        spec: list::OF_CONTACT,
        handler: |center, call| Box::pin(list::list_recordings_by_contact_id(center, call)),
    },
    Operation {
        spec: list::DUAL_TRACK,
        handler: |center, call| Box::pin(list::list_recording_of_dual_track(center, call)),
    },
    Operation { spec: import::SPEC, handler: |center, call| Box::pin(import::import_recording(center, call)) },
];
/// Type of the finer resource of recordings.
const RECORDING_RESOURCE: &str = "ACS::CCC::Recording";

/// Key of a recording's object in its instance's bucket. CCC 2017-07-05, "DownloadRecording".
fn object_key(instance_id: &str, file_name: &str) -> String {
    format!("record/{instance_id}/{file_name}")
}
