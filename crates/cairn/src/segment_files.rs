//! Where the files of segments are: in the data folder, or in an object storage with a cache in the data folder.

use std::path::Path;
use std::sync::Arc;

use objects::{ObjectStorage, Owned, Remote, RemoteBucket, WholeObjects};
use store::write::{LocalFolder, SegmentStorage};
use tokio::runtime::Handle;

use crate::config::StoreConfig;
use crate::data_folder::{cache_folder, owner_file, owner_mark, segments_folder, unfinished_uploads};

/// Files of segments, for a server.
pub struct SegmentFiles {
    /// The files.
    pub storage: Arc<dyn SegmentStorage>,
    /// The same, when they are objects.
    pub objects: Option<Arc<ObjectStorage>>,
    /// Where those are.
    bucket: Option<Arc<RemoteBucket>>,
}

impl SegmentFiles {
    /// Opens them without asking the object storage anything: a server starts when it is away. Blocks on the disk.
    ///
    /// # Errors
    /// When a setting cannot be used or the cache's folder cannot be opened; the text says what to do.
    pub fn open(config: &StoreConfig, data: &Path, runtime: &Handle) -> Result<SegmentFiles, String> {
        let Some(bucket) = bucket(config, data, runtime)? else {
            let storage = Arc::new(LocalFolder::new(&segments_folder(data)));
            return Ok(SegmentFiles { storage, objects: None, bucket: None });
        };
        let remote = owned(bucket.clone(), data)?;
        let cache = cache_folder(data);
        let objects =
            ObjectStorage::new(remote, &cache, cache_bytes(config)).map_err(|cause| unusable(&cache, &cause))?;
        let objects = Arc::new(objects);
        Ok(SegmentFiles { storage: objects.clone(), objects: Some(objects), bucket: Some(bucket) })
    }

    /// Asks an object storage whether it lets this server in, and logs what it says: otherwise the first to find out would
    /// be the first flush, minutes later. Then removes what an earlier server has uploaded by halves.
    pub fn probe(&self) -> std::io::Result<()> {
        let (Some(objects), Some(bucket)) = (self.objects.clone(), self.bucket.clone()) else {
            return Ok(());
        };
        let probe = move || {
            if let Err(error) = objects.probe() {
                tracing::error!(%error, "segments cannot be written or read for now; calls and their events go on in journal and memory");
            } else if let Err(error) = bucket.abort_left() {
                tracing::warn!(%error, "parts of uploads that an earlier server did not end are still there; the next start tries again");
            }
        };
        std::thread::Builder::new().name("object-storage-probe".to_owned()).spawn(probe).map(drop)
    }
}

/// The files as they are, past any cache. Each is read whole into memory. What is written goes out of the cache, so the
/// server must be stopped then.
///
/// # Errors
/// As [`SegmentFiles::open`].
pub fn open_whole(
    config: &StoreConfig,
    data: &Path,
    runtime: &Handle,
    for_writing: bool,
) -> Result<Arc<dyn SegmentStorage>, String> {
    let Some(bucket) = bucket(config, data, runtime)? else {
        return Ok(Arc::new(LocalFolder::new(&segments_folder(data))));
    };
    let remote = owned(bucket, data)?;
    if !for_writing {
        return Ok(Arc::new(WholeObjects::new(remote)));
    }
    let cache = cache_folder(data);
    let objects = WholeObjects::with_cache(remote, &cache, cache_bytes(config));
    Ok(Arc::new(objects.map_err(|cause| unusable(&cache, &cause))?))
}

fn bucket(config: &StoreConfig, data: &Path, runtime: &Handle) -> Result<Option<Arc<RemoteBucket>>, String> {
    let in_section = |problem: String| format!("the section [store] of the configuration cannot be used: {problem}");
    let Some(settings) = config.object_storage().map_err(in_section)? else {
        return Ok(None);
    };
    let bucket = RemoteBucket::connect(&settings, runtime.clone()).map_err(|error| in_section(error.to_string()))?;
    let uploads = unfinished_uploads(data, "segments").map_err(|error| error.to_string())?;
    Ok(Some(Arc::new(bucket.with_uploads(uploads))))
}

fn owned(bucket: Arc<RemoteBucket>, data: &Path) -> Result<Arc<dyn Remote>, String> {
    let mark = owner_mark(data).map_err(|error| error.to_string())?;
    Ok(Arc::new(Owned::new(bucket, &mark, &owner_file(data).display().to_string())))
}

fn cache_bytes(config: &StoreConfig) -> u64 {
    config.cache_mib.saturating_mul(1024 * 1024)
}

fn unusable(folder: &Path, cause: &std::io::Error) -> String {
    format!("the cache folder {} cannot be used: {cause}; mend it, or remove it: it is filled again", folder.display())
}
