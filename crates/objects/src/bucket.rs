//! Objects in a bucket, whatever service it is of.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, GetOptions, ObjectStoreExt, PutMode, PutOptions, PutResult};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::advice::{Place, told};
use crate::client::{Client, connect};
use crate::limits::{LISTED_AT_ONCE, MULTIPART_BYTES};
use crate::remote::Remote;
use crate::settings::{Patience, StorageSettings};
use crate::stream::NewObject;
use crate::unfinished::UnfinishedUploads;

/// A bucket, or what lies below a prefix of it.
pub struct RemoteBucket {
    pub(crate) client: Arc<dyn Client>,
    pub(crate) place: Place,
    prefix: String,
    pub(crate) patience: Patience,
    pub(crate) uploads: Option<UnfinishedUploads>,
    runtime: Handle,
    is_closed: watch::Sender<bool>,
}

impl RemoteBucket {
    /// Prepares a client whose connections live on a runtime. Nothing is sent yet.
    pub fn connect(settings: &StorageSettings, runtime: Handle) -> io::Result<RemoteBucket> {
        let (client, place) = connect(settings)?;
        let (prefix, patience) = (settings.prefix.clone(), settings.patience.clone());
        let is_closed = watch::Sender::new(false);
        Ok(RemoteBucket { client, place, prefix, patience, uploads: None, runtime, is_closed })
    }

    /// Remembers uploads in parts over the end of this process.
    pub fn with_uploads(self, uploads: UnfinishedUploads) -> RemoteBucket {
        RemoteBucket { uploads: Some(uploads), ..self }
    }

    fn path(&self, name: &str) -> io::Result<Path> {
        let full = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        Path::parse(full).map_err(|error| self.place.explain(&error.into()))
    }

    /// Begins an object whose length is not known yet. Nothing is sent before there is enough.
    pub fn begin(self: &Arc<RemoteBucket>, name: &str) -> io::Result<NewObject> {
        Ok(NewObject::new(self.clone(), name, self.path(name)?))
    }

    /// Waits for the runtime: within a bound, and not when the storage is closed.
    #[expect(clippy::disallowed_methods, reason = "called on threads for blocking, never on one of the runtime's own")]
    pub(crate) fn wait<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> io::Result<T> {
        let mut is_closed = self.is_closed.subscribe();
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                _ = is_closed.wait_for(|is_closed| *is_closed) => {
                    Err(self.place.error(io::ErrorKind::Interrupted, "the storage is being closed", "start again"))
                }
                outcome = tokio::time::timeout(patience, work) => match outcome {
                    Ok(outcome) => outcome.map_err(|error| self.place.explain(&error)),
                    Err(_) => Err(self.place.error(
                        io::ErrorKind::TimedOut,
                        &format!("no answer within {} s", patience.as_secs_f32()),
                        "look at the network and the service; it is tried again when it is needed again",
                    )),
                },
            }
        })
    }

    /// What there is of a range, and the object's length.
    fn get(&self, path: &Path, range: Range<u64>) -> io::Result<(Bytes, u64)> {
        let wanted = (range.end - range.start) as usize;
        let get = async {
            let options = GetOptions::new().with_range(Some(range));
            let got = self.client.get_opts(path, options).await?;
            let byte_len = got.meta.size;
            let mut parts = got.into_stream();
            let mut content = BytesMut::with_capacity(wanted.min(byte_len as usize));
            // Whoever answers more than was asked for is not listened to.
            while let Some(part) = parts.next().await.transpose()?
                && content.len() <= wanted
            {
                content.extend_from_slice(&part);
            }
            Ok((content.freeze(), byte_len))
        };
        self.wait(self.patience.read, get)
    }

    fn whole(&self, path: &Path, content: Bytes, wanted: u64) -> io::Result<Bytes> {
        if content.len() as u64 == wanted {
            return Ok(content);
        }
        let reason = format!("{} bytes of {path} came instead of {wanted}", content.len());
        Err(self.place.error(io::ErrorKind::UnexpectedEof, &reason, "look at the service, or a proxy before it"))
    }

    fn is_there(&self, path: &Path) -> io::Result<bool> {
        match self.wait(self.patience.read, self.client.head(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            found => found.map(|_| true),
        }
    }

    /// The name of an object, without the prefix.
    fn name_of(&self, path: &Path) -> Option<String> {
        match self.prefix.as_str() {
            "" => Some(path.as_ref().to_owned()),
            prefix => path.as_ref().strip_prefix(prefix)?.strip_prefix('/').map(str::to_owned),
        }
    }

    /// Whether readers get what was put.
    pub(crate) fn make_sure(&self, path: &Path, byte_len: u64, etag: Option<&str>) -> io::Result<()> {
        let found = self.wait(self.patience.read, self.client.head(path))?;
        let is_same_tag = etag.is_none_or(|etag| found.e_tag.as_deref().map(bare) == Some(bare(etag)));
        if found.size == byte_len && is_same_tag {
            return Ok(());
        }
        let reason = format!("{path} has {} bytes after {byte_len} were put, or another ETag", found.size);
        Err(self.place.error(
            io::ErrorKind::InvalidData,
            &reason,
            "does somebody else write to this bucket and prefix?",
        ))
    }
}

impl Remote for RemoteBucket {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name)?;
        let etag = if bytes.len() >= MULTIPART_BYTES {
            self.put_in_parts(&path, bytes)?
        } else {
            let put = self.client.put(&path, Bytes::copy_from_slice(bytes).into());
            let PutResult { e_tag, .. } = self.wait(self.patience.write, put)?;
            e_tag
        };
        // S3 has compared the content with the SHA-256 in the signature, TLS guards the others; see that readers get it.
        self.make_sure(&path, bytes.len() as u64, etag.as_deref())
    }

    fn put_new(&self, name: &str, bytes: &[u8]) -> io::Result<bool> {
        let path = self.path(name)?;
        let put = async {
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            match self.client.put_opts(&path, Bytes::copy_from_slice(bytes).into(), options).await {
                Ok(_) => Ok(Some(true)),
                Err(Error::AlreadyExists { .. }) => Ok(Some(false)),
                // Some services that speak S3 do not know the condition.
                Err(error) if told(&error).code.as_deref() == Some("NotImplemented") => Ok(None),
                Err(error) => Err(error),
            }
        };
        match self.wait(self.patience.write, put)? {
            Some(is_new) => Ok(is_new),
            None if self.is_there(&path)? => Ok(false),
            None => self.put(name, bytes).map(|()| true),
        }
    }

    fn byte_len(&self, name: &str) -> io::Result<u64> {
        let path = self.path(name)?;
        self.wait(self.patience.read, self.client.head(&path)).map(|meta| meta.size)
    }

    fn read(&self, name: &str, range: Range<u64>) -> io::Result<Bytes> {
        let path = self.path(name)?;
        self.get(&path, range.clone()).and_then(|(content, _)| self.whole(&path, content, range.end - range.start))
    }

    fn read_start(&self, name: &str, max_len: u64) -> io::Result<(Bytes, u64)> {
        let path = self.path(name)?;
        let (content, byte_len) = self.get(&path, 0..max_len)?;
        Ok((self.whole(&path, content, max_len.min(byte_len))?, byte_len))
    }

    fn list(&self, each: &mut dyn FnMut(String)) -> io::Result<()> {
        let prefix = if self.prefix.is_empty() { None } else { Some(self.path("")?) };
        let mut listed = self.client.list(prefix.as_ref()).map_ok(|meta| meta.location).boxed();
        loop {
            let some = listed.by_ref().take(LISTED_AT_ONCE).try_collect();
            let some: Vec<Path> = self.wait(self.patience.read, some)?;
            some.iter().filter_map(|path| self.name_of(path)).for_each(&mut *each);
            if some.len() < LISTED_AT_ONCE {
                return Ok(());
            }
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name)?;
        match self.wait(self.patience.read, self.client.delete(&path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn close(&self) {
        self.is_closed.send_replace(true);
    }
}

/// An ETag without its quotes, and without the mark that proxies put before it.
fn bare(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}
