//! Objects in a service that speaks S3.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{
    BackoffConfig, Certificate, ClientOptions, GetOptions, ObjectStore, ObjectStoreExt, PutResult, RetryConfig,
};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::advice::Place;
use crate::limits::MULTIPART_BYTES;
use crate::remote::Remote;
use crate::settings::{Patience, S3Settings};
use crate::stream::NewObject;
use crate::upload::upload_parts;

/// A bucket, or what lies below a prefix of it.
pub struct S3 {
    pub(crate) client: AmazonS3,
    place: Place,
    prefix: String,
    pub(crate) patience: Patience,
    runtime: Handle,
    is_closed: watch::Sender<bool>,
}

impl S3 {
    /// Prepares a client whose connections live on a runtime. Nothing is sent yet.
    pub fn connect(settings: &S3Settings, runtime: Handle) -> io::Result<S3> {
        let (client, place) = connect(settings)?;
        let (prefix, patience) = (settings.prefix.clone(), settings.patience.clone());
        Ok(S3 { client, place, prefix, patience, runtime, is_closed: watch::Sender::new(false) })
    }

    fn path(&self, name: &str) -> io::Result<Path> {
        let full = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        Path::parse(full).map_err(|error| self.place.explain(&error.into()))
    }

    /// Begins an object whose length is not known yet. Nothing is sent before there is enough.
    pub fn begin(self: &Arc<S3>, name: &str) -> io::Result<NewObject> {
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

    fn put_in_parts(&self, path: &Path, bytes: &[u8]) -> io::Result<Option<String>> {
        let upload = self.wait(self.patience.request, self.client.create_multipart(path))?;
        let uploaded = self.wait(self.patience.write, upload_parts(&self.client, path, &upload, bytes));
        if uploaded.is_err() {
            self.abort(path, &upload);
        }
        uploaded
    }

    /// Parts of an upload that nobody ends are kept, and paid for.
    pub(crate) fn abort(&self, path: &Path, upload: &String) {
        if let Err(error) = self.wait(self.patience.request, self.client.abort_multipart(path, upload)) {
            tracing::warn!(%error, object = %path, "parts of a failed upload could not be removed: a life-cycle rule of the bucket should");
        }
    }

    /// Whether readers get what was put.
    pub(crate) fn make_sure(&self, path: &Path, byte_len: u64, etag: Option<&str>) -> io::Result<()> {
        let found = self.wait(self.patience.read, self.client.head(path))?;
        let is_same_tag = etag.is_none_or(|etag| found.e_tag.as_deref().map(strong) == Some(strong(etag)));
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

impl Remote for S3 {
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name)?;
        let etag = if bytes.len() >= MULTIPART_BYTES {
            self.put_in_parts(&path, bytes)?
        } else {
            let put = self.client.put(&path, Bytes::copy_from_slice(bytes).into());
            let PutResult { e_tag, .. } = self.wait(self.patience.write, put)?;
            e_tag
        };
        // The service has compared the content with the SHA-256 in the signature; now see that it is what readers get.
        self.make_sure(&path, bytes.len() as u64, etag.as_deref())
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

    fn list(&self) -> io::Result<Vec<String>> {
        let prefix = if self.prefix.is_empty() { None } else { Some(self.path("")?) };
        let listed: Vec<Path> = self
            .wait(self.patience.write, self.client.list(prefix.as_ref()).map_ok(|meta| meta.location).try_collect())?;
        let of_prefix = |path: &Path| match self.prefix.as_str() {
            "" => Some(path.as_ref().to_owned()),
            prefix => path.as_ref().strip_prefix(prefix)?.strip_prefix('/').map(str::to_owned),
        };
        Ok(listed.iter().filter_map(of_prefix).collect())
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

/// A client of a service, and the place that its errors name.
pub(crate) fn connect(settings: &S3Settings) -> io::Result<(AmazonS3, Place)> {
    // Another part of the process may have chosen before; any choice will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let endpoint = settings.endpoint.clone().unwrap_or_else(|| format!("https://s3.{}.amazonaws.com", settings.region));
    let place = Place { bucket: settings.bucket.clone(), endpoint: endpoint.clone() };
    let unusable = |reason: &str| place.error(io::ErrorKind::InvalidInput, reason, "correct the settings");
    let credentials = &settings.credentials;
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&settings.bucket)
        .with_region(&settings.region)
        .with_access_key_id(&credentials.access_key_id)
        .with_secret_access_key(&credentials.secret_access_key)
        .with_virtual_hosted_style_request(settings.virtual_hosted)
        .with_client_options(client_options(settings, &endpoint).map_err(|error| unusable(&error.to_string()))?)
        // Every service knows the removal of one object.
        .with_disable_bulk_delete(true)
        .with_unsigned_payload(settings.unsigned_payload)
        .with_retry(retry_config(&settings.patience))
        .with_endpoint(host_of(&endpoint, settings).ok_or_else(|| unusable("the endpoint is no URL"))?);
    if let Some(token) = &credentials.session_token {
        builder = builder.with_token(token);
    }
    let client = builder.build().map_err(|error| unusable(&error.to_string()))?;
    Ok((client, place))
}

/// An ETag without the mark that proxies put before it.
fn strong(etag: &str) -> &str {
    etag.trim_start_matches("W/")
}

fn client_options(settings: &S3Settings, endpoint: &str) -> object_store::Result<ClientOptions> {
    let has_tls = !endpoint.starts_with("http://");
    let mut options = ClientOptions::new()
        .with_allow_http(!has_tls)
        // Where nothing is encrypted, a machine without certificates is enough.
        .with_no_system_certificates(!has_tls)
        .with_connect_timeout(settings.patience.connect)
        .with_timeout(settings.patience.request);
    if let Some(pem) = &settings.authorities_pem {
        for certificate in Certificate::from_pem_bundle(pem)? {
            options = options.with_root_certificate(certificate);
        }
    }
    Ok(options)
}

fn retry_config(patience: &Patience) -> RetryConfig {
    let (init_backoff, max_backoff) = patience.pauses;
    let backoff = BackoffConfig { init_backoff, max_backoff, base: 2. };
    RetryConfig { backoff, max_retries: patience.retries, retry_timeout: patience.write }
}

/// The endpoint, with the bucket before the host's name when it belongs there.
fn host_of(endpoint: &str, settings: &S3Settings) -> Option<String> {
    let (scheme, host) = endpoint.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let host = host.trim_end_matches('/');
    let is_host = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
    is_host.then(|| match settings.virtual_hosted {
        true => format!("{scheme}://{}.{host}", settings.bucket),
        false => format!("{scheme}://{host}"),
    })
}
