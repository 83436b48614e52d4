//! What has to be known of an object storage.

use std::fmt;
use std::time::Duration;

use crate::limits::{
    AZURE_STEPS, CONNECT_TIMEOUT_S, READ_PATIENCE_S, REQUEST_TIMEOUT_S, RETRIES, RETRY_PAUSE_MS, WRITE_PATIENCE_S,
};

/// A place in an object storage.
#[derive(Debug, Clone)]
pub struct StorageSettings {
    /// Whose it is, and who asks.
    pub service: Service,
    /// Bucket, or container; it must exist.
    pub bucket: String,
    /// What all names begin with, without slashes at its ends; may be empty.
    pub prefix: String,
    /// `http://…` or `https://…`; nothing: the service's own.
    pub endpoint: Option<String>,
    /// Certificates of authorities, PEM, beside the system's.
    pub authorities_pem: Option<Vec<u8>>,
    /// How long to wait.
    pub patience: Patience,
}

/// Kinds of services.
#[derive(Debug, Clone)]
pub enum Service {
    /// Amazon's, and whatever speaks its protocol.
    S3(S3Service),
    /// Google Cloud Storage.
    Gcs(ServiceAccount),
    /// Azure Blob Storage.
    Azure(AzureAccount),
}

/// What S3 needs.
#[derive(Debug, Clone)]
pub struct S3Service {
    /// Region, part of every signature.
    pub region: String,
    /// The bucket is a part of the host's name and not of the path.
    pub virtual_hosted: bool,
    /// Bodies are not part of signatures: what OSS wants of clients that speak S3.
    pub unsigned_payload: bool,
    /// Who asks.
    pub credentials: Credentials,
}

/// A service account of Google's.
#[derive(Clone)]
pub struct ServiceAccount {
    /// The JSON file of one of its keys. It is shown to nobody.
    pub key_json: String,
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ServiceAccount")
    }
}

/// A storage account of Azure's.
#[derive(Clone)]
pub struct AzureAccount {
    /// Its name.
    pub name: String,
    /// One of its two keys, Base64. It is shown to nobody.
    pub access_key: String,
}

impl fmt::Debug for AzureAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AzureAccount({})", self.name)
    }
}

impl StorageSettings {
    /// Where requests go, without a slash at its end.
    pub fn endpoint(&self) -> String {
        let own = || match &self.service {
            Service::S3(service) => format!("https://s3.{}.amazonaws.com", service.region),
            Service::Gcs(_) => "https://storage.googleapis.com".to_owned(),
            Service::Azure(account) => format!("https://{}.blob.core.windows.net", account.name),
        };
        self.endpoint.clone().unwrap_or_else(own).trim_end_matches('/').to_owned()
    }

    /// The region that signatures name; empty where they name none.
    pub fn region(&self) -> &str {
        match &self.service {
            Service::S3(service) => &service.region,
            Service::Gcs(_) | Service::Azure(_) => "",
        }
    }

    /// Steps between slashes that a name below the prefix may have; nothing: as many as there is room for.
    pub fn max_steps(&self) -> Option<usize> {
        let of_prefix = self.prefix.split('/').count();
        matches!(self.service, Service::Azure(_)).then(|| AZURE_STEPS.saturating_sub(of_prefix).max(1))
    }
}

/// An access key. Its secrets are shown to nobody.
#[derive(Clone)]
pub struct Credentials {
    /// Key id.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: String,
    /// Token of a temporary key.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Credentials({})", self.access_key_id)
    }
}

/// Bounds of waiting.
#[derive(Debug, Clone)]
pub struct Patience {
    /// To connect.
    pub connect: Duration,
    /// One request with its answer.
    pub request: Duration,
    /// A read with all repetitions.
    pub read: Duration,
    /// A put with all repetitions.
    pub write: Duration,
    /// Repetitions of a request.
    pub retries: usize,
    /// The first and the longest pause before a repetition.
    pub pauses: (Duration, Duration),
}

impl Default for Patience {
    fn default() -> Patience {
        let (first_ms, longest_ms) = RETRY_PAUSE_MS;
        Patience {
            connect: Duration::from_secs(CONNECT_TIMEOUT_S),
            request: Duration::from_secs(REQUEST_TIMEOUT_S),
            read: Duration::from_secs(READ_PATIENCE_S),
            write: Duration::from_secs(WRITE_PATIENCE_S),
            retries: RETRIES,
            pauses: (Duration::from_millis(first_ms), Duration::from_millis(longest_ms)),
        }
    }
}

/// What begins a `url`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `s3://`
    S3,
    /// `oss://`: Alibaba Cloud's service, which speaks S3 with habits of its own.
    Oss,
    /// `gs://`
    Gcs,
    /// `az://` or `azure://`
    Azure,
}

/// A `url`, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageUrl {
    /// Its beginning.
    pub scheme: Scheme,
    /// Bucket, or container.
    pub bucket: String,
    /// Prefix; may be empty.
    pub prefix: String,
}

const SCHEMES: [(&str, Scheme); 5] = [
    ("s3://", Scheme::S3),
    ("oss://", Scheme::Oss),
    ("gs://", Scheme::Gcs),
    ("az://", Scheme::Azure),
    ("azure://", Scheme::Azure),
];

/// Reads `s3://BUCKET/PREFIX`, `oss://…`, `gs://…`, `az://CONTAINER/PREFIX` or `azure://…`.
pub fn parse_url(url: &str) -> Result<StorageUrl, String> {
    const FORM: &str =
        "write s3://BUCKET or s3://BUCKET/PREFIX; gs:// for Google, az:// for Azure, oss:// for Alibaba Cloud";
    let found = SCHEMES.iter().find_map(|(start, scheme)| Some((url.strip_prefix(start)?, *scheme)));
    let (rest, scheme) = found.ok_or_else(|| format!("{url:?} is not an object storage: {FORM}"))?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_end_matches('/');
    let is_bucket = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
    if bucket.is_empty() || !bucket.chars().all(is_bucket) {
        return Err(format!("{url:?} names no bucket (lower-case letters, digits, - and .): {FORM}"));
    }
    let is_folder = |part: &str| !part.is_empty() && part != "." && part != "..";
    if !prefix.is_empty() && (prefix.contains(['?', '#', '%']) || !prefix.split('/').all(is_folder)) {
        return Err(format!("{url:?} has a prefix with an empty part, a dot part, ?, # or %: {FORM}"));
    }
    Ok(StorageUrl { scheme, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_from_urls() {
        let parsed = |url| parse_url(url).ok();
        let place = |scheme, bucket: &str, prefix: &str| {
            Some(StorageUrl { scheme, bucket: bucket.to_owned(), prefix: prefix.to_owned() })
        };
        assert_eq!(parsed("s3://audit"), place(Scheme::S3, "audit", ""));
        assert_eq!(parsed("s3://audit/"), place(Scheme::S3, "audit", ""));
        assert_eq!(parsed("oss://audit/a"), place(Scheme::Oss, "audit", "a"));
        assert_eq!(parsed("gs://audit/a"), place(Scheme::Gcs, "audit", "a"));
        assert_eq!(parsed("az://audit"), place(Scheme::Azure, "audit", ""));
        assert_eq!(parsed("azure://audit/a/b"), place(Scheme::Azure, "audit", "a/b"));
        assert_eq!(parsed("s3://au-d.it/a/b=c/"), place(Scheme::S3, "au-d.it", "a/b=c"));
        for wrong in
            ["", "audit", "s3://", "s3:///a", "http://a/b", "s3://Audit", "s3://a//b", "s3://a/../b", "s3://a/b?c"]
        {
            assert!(parse_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let credentials = Credentials {
            access_key_id: "id".to_owned(),
            secret_access_key: "very secret".to_owned(),
            session_token: Some("also secret".to_owned()),
        };
        assert_eq!(format!("{credentials:?}"), "Credentials(id)");
        let azure = AzureAccount { name: "audit".to_owned(), access_key: "very secret".to_owned() };
        let google = ServiceAccount { key_json: "very secret".to_owned() };
        assert_eq!(format!("{azure:?} {google:?}"), "AzureAccount(audit) ServiceAccount");
    }
}
