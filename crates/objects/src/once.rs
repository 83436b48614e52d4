//! A bucket that others read: files are put there once, under names that nothing else has.
//!
//! A put carries `If-None-Match: *`, so it replaces nothing. When the name is taken, or it is not clear whether a put
//! arrived, the object is read: with the same bytes the file is there, with others somebody else has the name.
//!
//! Public document: Amazon S3, "Conditional writes".

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Attribute, Attributes, Error, ObjectStoreExt, PutMode, PutOptions};

use crate::advice::{Place, told};
use crate::client::{Client, connect};
use crate::settings::{Patience, StorageSettings};

/// A client of such a bucket. Its calls need a runtime and do not block.
pub struct OnceBucket {
    client: Arc<dyn Client>,
    place: Place,
    region: String,
    patience: Patience,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnceFault {
    /// There is no such bucket.
    NoBucket,
    /// The key may not do this, or is not known.
    Denied,
    /// The name belongs to an object with other bytes.
    Taken,
    /// It refuses for now.
    Busy,
    /// No answer, or one that says nothing.
    Unreachable,
    /// It refuses, and will again.
    Refused,
}

/// Why something did not work, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnceError {
    /// Its kind.
    pub fault: OnceFault,
    text: String,
}

impl fmt::Display for OnceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for OnceError {}

impl OnceFault {
    fn advice(self) -> &'static str {
        match self {
            OnceFault::NoBucket => "create the bucket again, or name another one",
            OnceFault::Denied => {
                "look at the key and its secret, and let it write, read and list objects of this bucket"
            }
            OnceFault::Taken => "remove or rename the object that has the name of a delivery",
            OnceFault::Busy => "it refuses requests for now; it is tried again",
            OnceFault::Unreachable => {
                "look at the network, at the endpoint in the settings, and whether the service runs; it is tried again"
            }
            OnceFault::Refused => "look at endpoint and region in the settings, and at the service's log",
        }
    }
}

fn fault_of(error: &Error) -> OnceFault {
    let told = told(error);
    match (told.code.as_deref(), told.status) {
        (Some("NoSuchBucket" | "ContainerNotFound"), _) => OnceFault::NoBucket,
        (Some("SlowDown" | "ServiceUnavailable" | "InternalError" | "RequestTimeout"), _) => OnceFault::Busy,
        (Some("ConditionalRequestConflict" | "OperationAborted"), _) => OnceFault::Busy,
        _ if matches!(error, Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) => OnceFault::Denied,
        (_, Some(401 | 403)) => OnceFault::Denied,
        (_, Some(429 | 500..=599)) if told.status != Some(501) => OnceFault::Busy,
        (None, None) if !matches!(error, Error::InvalidPath { .. }) => OnceFault::Unreachable,
        _ => OnceFault::Refused,
    }
}

impl OnceBucket {
    /// Prepares a client. Nothing is sent yet; the prefix of the settings is not used.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn connect(settings: &StorageSettings) -> io::Result<OnceBucket> {
        let (client, place) = connect(settings)?;
        Ok(OnceBucket { client, place, region: settings.region().to_owned(), patience: settings.patience.clone() })
    }

    /// The region that signatures name.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether the bucket is there and lets the key in: lists an object.
    ///
    /// # Errors
    /// When it does not.
    pub async fn look(&self) -> Result<(), OnceError> {
        let first = async { self.client.list(None).next().await.transpose() };
        self.within(self.patience.read, first).await.map(drop)
    }

    /// Puts a file. When it is there, with these bytes, that is a success.
    ///
    /// # Errors
    /// When it is not sure that the file is there.
    pub async fn put_once(&self, key: &str, content_type: &'static str, bytes: Bytes) -> Result<(), OnceError> {
        let path = self.path(key)?;
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, content_type.into());
        let options = PutOptions { mode: PutMode::Create, attributes, ..PutOptions::default() };
        let putting = self.client.put_opts(&path, bytes.clone().into(), options);
        let failure = match tokio::time::timeout(self.patience.write, putting).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => self.explain(fault_of(&error), &told(&error).reason),
            Err(_) => self.late(self.patience.write),
        };
        if matches!(failure.fault, OnceFault::NoBucket | OnceFault::Denied) {
            return Err(failure);
        }
        match self.holds(&path, &bytes).await? {
            Some(true) => Ok(()),
            Some(false) => Err(self.explain(OnceFault::Taken, &format!("another object is under {key}"))),
            None => Err(failure),
        }
    }

    /// Whether an object is there with exactly these bytes; `None` when there is none.
    async fn holds(&self, path: &Path, bytes: &Bytes) -> Result<Option<bool>, OnceError> {
        let compare = async {
            match self.client.get(path).await {
                Ok(found) if found.meta.size != bytes.len() as u64 => Ok(Some(false)),
                Ok(found) => Ok(Some(found.bytes().await? == *bytes)),
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.within(self.patience.read, compare).await
    }

    /// Whether there is something under a key.
    ///
    /// # Errors
    /// When the service does not say.
    pub async fn has(&self, key: &str) -> Result<bool, OnceError> {
        let path = self.path(key)?;
        let look = async {
            match self.client.head(&path).await {
                Ok(_) => Ok(true),
                Err(Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        };
        self.within(self.patience.read, look).await
    }

    /// At most so many keys below a folder, behind a key, in the order of their bytes.
    ///
    /// # Errors
    /// When the service does not say.
    pub async fn keys(&self, folder: &str, after: &str, most: usize) -> Result<Vec<String>, OnceError> {
        let folder = self.path(folder)?;
        let listed = match after.is_empty() {
            true => self.client.list(Some(&folder)),
            false => self.client.list_with_offset(Some(&folder), &self.path(after)?),
        };
        let keys = listed.take(most).map_ok(|meta| meta.location.to_string()).try_collect();
        self.within(self.patience.read, keys).await
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// When it is not there, has more than so many, or the service does not answer.
    pub async fn read(&self, key: &str, max_bytes: u64) -> Result<Bytes, OnceError> {
        let path = self.path(key)?;
        let read = async {
            let found = self.client.get(&path).await?;
            let size = found.meta.size;
            if size > max_bytes { Ok(Err(size)) } else { found.bytes().await.map(Ok) }
        };
        let read = self.within(self.patience.read, read).await?;
        read.map_err(|size| self.explain(OnceFault::Refused, &format!("{key} has {size} bytes, which are too many")))
    }

    fn path(&self, key: &str) -> Result<Path, OnceError> {
        Path::parse(key).map_err(|error| self.explain(OnceFault::Refused, &error.to_string()))
    }

    async fn within<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, OnceError> {
        match tokio::time::timeout(patience, work).await {
            Ok(outcome) => outcome.map_err(|error| self.explain(fault_of(&error), &told(&error).reason)),
            Err(_) => Err(self.late(patience)),
        }
    }

    fn late(&self, patience: Duration) -> OnceError {
        self.explain(OnceFault::Unreachable, &format!("no answer within {} s", patience.as_secs_f32()))
    }

    fn explain(&self, fault: OnceFault, reason: &str) -> OnceError {
        let Place { bucket, endpoint } = &self.place;
        OnceError { fault, text: format!("bucket {bucket} at {endpoint}: {reason}; {}", fault.advice()) }
    }
}
