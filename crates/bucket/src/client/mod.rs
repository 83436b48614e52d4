//! A client of the object storage service, the embedded one or the cloud's: what a delivery needs, and what the command
//! line shows.
//!
//! It signs with version 4, or with version 1 where that is asked for, by the same rules by which the service checks;
//! repeats what may succeed later; corrects its clock once a call when a server says that it is wrong; and compares what
//! the service says to have stored with what was sent.
//!
//! It blocks. Public document: Object Storage Service, "API reference".

mod address;
mod documents;
mod error;
mod get;
mod manage;
mod multipart;
mod put;
mod send;
mod signing;
#[cfg(test)]
mod tests;

use std::sync::atomic::AtomicI64;

use openapi::client::{KeySource, connections};

use address::Address;
pub use documents::{BucketInfo, Listed, Page, Retention};
pub use error::ClientError;
pub use get::{ObjectInfo, ObjectReader};
pub use manage::Listing;
pub use put::{PutOptions, Stored};

use crate::limits::CLIENT_TIMEOUTS_S;

/// How a client speaks to an endpoint.
#[derive(Debug, Clone, Default)]
pub struct ClientSettings {
    /// `http://HOST[:PORT]` or `https://…`, without a bucket.
    pub endpoint: String,
    /// Region of the buckets, `cn-hangzhou`; nothing: that of the endpoint's name.
    pub region: Option<String>,
    /// Which signature.
    pub signature: SignatureVersion,
    /// Where the bucket's name goes.
    pub addressing: Addressing,
}

/// Versions of the signature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SignatureVersion {
    /// The older one, which the cloud is withdrawing.
    V1,
    /// The one that every service takes.
    #[default]
    V4,
}

/// Where the name of a bucket is in a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Addressing {
    /// Before the host's name at the cloud, in the path everywhere else.
    #[default]
    ByEndpoint,
    /// In the path.
    Path,
    /// Before the host's name.
    VirtualHost,
}

/// Speaks to one endpoint with one key.
pub struct BucketClient {
    address: Address,
    region: String,
    signature: SignatureVersion,
    keys: KeySource,
    agent: ureq::Agent,
    /// Seconds by which the server's clock is ahead.
    skew_s: AtomicI64,
}

impl BucketClient {
    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// When the endpoint is none.
    pub fn new(settings: &ClientSettings, keys: impl Into<KeySource>) -> Result<Self, ClientError> {
        let address = Address::parse(&settings.endpoint, settings.addressing)?;
        let region = settings.region.as_deref().map(|region| region.strip_prefix("oss-").unwrap_or(region).to_owned());
        let region = region.unwrap_or_else(|| address.region().to_owned());
        Ok(Self {
            address,
            region,
            signature: settings.signature,
            keys: keys.into(),
            agent: connections(CLIENT_TIMEOUTS_S),
            skew_s: AtomicI64::new(0),
        })
    }
}
