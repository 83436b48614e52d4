//! What has to be known of an object storage.

use std::fmt;
use std::time::Duration;

use crate::limits::{CONNECT_TIMEOUT_S, READ_PATIENCE_S, REQUEST_TIMEOUT_S, RETRIES, RETRY_PAUSE_MS, WRITE_PATIENCE_S};

/// A place in an object storage that speaks S3.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// Bucket; it must exist.
    pub bucket: String,
    /// What all names begin with, without slashes at its ends; may be empty.
    pub prefix: String,
    /// `http://…` or `https://…`; nothing: AWS in the region.
    pub endpoint: Option<String>,
    /// Region, part of every signature.
    pub region: String,
    /// The bucket is a part of the host's name and not of the path.
    pub virtual_hosted: bool,
    /// Bodies are not part of signatures: what OSS wants of clients that speak S3.
    pub unsigned_payload: bool,
    /// Certificates of authorities, PEM, beside the system's.
    pub authorities_pem: Option<Vec<u8>>,
    /// Who asks.
    pub credentials: Credentials,
    /// How long to wait.
    pub patience: Patience,
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

/// Bucket and prefix of `s3://BUCKET/PREFIX`, or of `oss://…`.
pub fn parse_url(url: &str) -> Result<(String, String), String> {
    const FORM: &str = "write s3://BUCKET or s3://BUCKET/PREFIX, or oss:// for Alibaba Cloud";
    let rest = url.strip_prefix("s3://").or_else(|| url.strip_prefix("oss://"));
    let rest = rest.ok_or_else(|| format!("{url:?} is not an object storage: {FORM}"))?;
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
    Ok((bucket.to_owned(), prefix.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_from_urls() {
        let parsed = |url| parse_url(url).ok();
        let pair = |bucket: &str, prefix: &str| Some((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(parsed("s3://audit"), pair("audit", ""));
        assert_eq!(parsed("s3://audit/"), pair("audit", ""));
        assert_eq!(parsed("oss://audit/a"), pair("audit", "a"));
        assert_eq!(parsed("s3://au-d.it/a/b=c/"), pair("au-d.it", "a/b=c"));
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
    }
}
