//! Storing a recording: the object, then its row and its activity in one transaction.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::activity::{self, Activity, ContactType, Kind};
use crate::center::{CallCenter, CallCenterError};
use crate::instance;
use crate::limits::MAX_NAME_ATTEMPTS;
use crate::recording::rows::{self, Recording};
use crate::recording::wav::{self, Wav};
use crate::recording::{InstanceBucket, RecordingBucket, object_key};

/// Extension in the name of a recording without an agent.
const NO_EXTENSION: &str = "00000000";

/// A recording of one agent's part of a call.
#[derive(Debug, Clone)]
pub struct NewRecording {
    /// A whole WAV file; it moves into the bucket.
    pub file: PathBuf,
    /// `ContactId` of the call.
    pub contact_id: String,
    /// RAM user id, if an agent took part.
    pub agent_id: Option<String>,
    /// His name for people, empty without.
    pub agent_name: String,
    /// His eight digits, if he has them.
    pub extension: Option<String>,
    /// First sample, Unix milliseconds.
    pub started_at_ms: i64,
}

/// What became of the file.
struct Object {
    file_name: String,
    mixed_file_name: String,
    sha256: String,
    wav: Wav,
}

impl CallCenter {
    /// Stores a recording and lists it; its `FileName`. The place for the moment after a call.
    ///
    /// # Errors
    /// When there is no such instance, the file is no WAV file, or bucket or database do not serve. The object may be
    /// there then, but nothing lists it.
    pub async fn store_recording(&self, instance_id: &str, new: NewRecording) -> Result<String, CallCenterError> {
        let recordings = self.recordings.as_ref().ok_or(CallCenterError::NoRecordings)?;
        let mut connection = self.database.pool().acquire().await?;
        let unknown = || CallCenterError::UnknownInstance(instance_id.to_owned());
        let place = rows::bucket(&mut connection, instance_id).await?.ok_or_else(unknown)?;
        let call = activity::rows::of_contact(&mut connection, instance_id, &new.contact_id).await?;
        drop(connection);

        let bucket = Arc::clone(&recordings.bucket);
        let (owner, source) = (instance_id.to_owned(), new.clone());
        let storing = tokio::task::spawn_blocking(move || put(bucket.as_ref(), &place, &owner, &source));
        let object = storing.await.map_err(|_| CallCenterError::Interrupted)??;

        let stored = Activity {
            at_ms: new.started_at_ms.saturating_add(object.wav.duration_s.saturating_mul(1_000)),
            contact_id: Some(new.contact_id.clone()),
            agent_id: new.agent_id.clone(),
            skill_group_id: call.iter().rev().find_map(|row| row.activity.skill_group_id.clone()),
            kind: Kind::RecordingStored {
                file_name: object.file_name.clone(),
                agent_name: new.agent_name.clone(),
                started_at_ms: new.started_at_ms,
                duration_s: object.wav.duration_s,
                sha256: object.sha256.clone(),
            },
        };
        let row = row(instance_id, &new, &object, call.into_iter().map(|row| row.activity.kind));
        let mut transaction = self.database.begin().await?;
        if !instance::rows::lock(&mut transaction, instance_id).await? {
            return Err(unknown());
        }
        rows::insert(&mut transaction, &row).await?;
        activity::rows::append(&mut transaction, instance_id, &[stored]).await?;
        self.commit(transaction, instance_id).await?;
        Ok(object.file_name)
    }
}

fn row(instance_id: &str, new: &NewRecording, object: &Object, mut call: impl Iterator<Item = Kind>) -> Recording {
    let started = call.find_map(|kind| match kind {
        Kind::ContactStarted { contact_type, calling_number, called_number, .. } => {
            Some((type_name(contact_type), calling_number, called_number))
        }
        _ => None,
    });
    let (contact_type, calling_number, called_number) = started.unwrap_or_default();
    Recording {
        instance_id: instance_id.to_owned(),
        file_name: object.file_name.clone(),
        mixed_file_name: object.mixed_file_name.clone(),
        contact_id: new.contact_id.clone(),
        contact_type,
        agent_id: new.agent_id.clone().unwrap_or_default(),
        agent_name: new.agent_name.clone(),
        calling_number,
        called_number,
        started_at_ms: new.started_at_ms,
        duration_s: object.wav.duration_s,
        channels: i64::from(object.wav.channels),
    }
}

/// As the activity rows have it.
fn type_name(contact_type: ContactType) -> String {
    format!("{contact_type:?}")
}

/// Looks at the file, mixes it when it has two channels, and moves both into the bucket under a name that is free.
fn put(
    bucket: &dyn RecordingBucket,
    place: &InstanceBucket,
    instance_id: &str,
    new: &NewRecording,
) -> Result<Object, CallCenterError> {
    let mut file = File::open(&new.file)?;
    let wav = wav::inspect(&mut file)?.ok_or(CallCenterError::NotWav)?;
    let sha256 = digest(&new.file)?;
    let mixed = new.file.with_extension("mixed.part");
    let is_mixed = wav.channels == 2 && wav::mix(&new.file, &mixed)?;

    let extension = new.extension.as_deref().unwrap_or(NO_EXTENSION);
    for later_ms in 0..MAX_NAME_ATTEMPTS {
        let stem = format!("{:013}000{extension}", new.started_at_ms.saturating_add(later_ms));
        let file_name = format!("{stem}.wav");
        if !bucket.put_new(place, &object_key(instance_id, &file_name), &new.file)? {
            continue;
        }
        let mut mixed_file_name = String::new();
        if is_mixed {
            let name = format!("{stem}-mono.wav");
            if bucket.put_new(place, &object_key(instance_id, &name), &mixed)? {
                mixed_file_name = name;
            }
        }
        return Ok(Object { file_name, mixed_file_name, sha256, wav });
    }
    Err(io::Error::other("every name of this second is taken").into())
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(digest.finalize())),
            count => digest.update(&buffer[..count]),
        }
    }
}
