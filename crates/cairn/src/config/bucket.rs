//! The object storage service.

use std::collections::BTreeMap;

use ::bucket::names::check_bucket_name;
use serde::{Deserialize, Serialize};

use super::{AzureConfig, GcsConfig, S3Config};

/// `[bucket]`: where the bytes of objects are, and under which host names of the operator's own buckets are reached.
///
/// Which objects there are is in the control database either way. With an object storage every request that moves an
/// object needs it; what fails is answered as an error and leaves nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BucketConfig {
    /// `s3://BUCKET/PREFIX`, or `oss://…`, `gs://…`, `az://CONTAINER/PREFIX`, for one server alone; empty: `objects/` in the
    /// data folder. Files that are there already are copied by hand: their names stay the same.
    pub url: String,
    /// Used with `s3://…` and `oss://…`.
    pub s3: S3Config,
    /// Used with `gs://…`.
    pub gcs: GcsConfig,
    /// Used with `az://…`.
    pub azure: AzureConfig,
    /// Host names, each with the bucket that it stands for, such as `"files.example.com" = "audit"`. The names that the
    /// cloud gives to buckets need not be listed.
    pub hosts: BTreeMap<String, String>,
}

impl BucketConfig {
    /// The host names as requests are compared with them: in lower case.
    ///
    /// # Errors
    /// When a host name has a port or a path, or a bucket cannot be called so.
    pub fn hosts(&self) -> Result<BTreeMap<String, String>, String> {
        self.hosts.iter().map(|(host, bucket)| checked(host, bucket)).collect()
    }
}

fn checked(host: &str, bucket: &str) -> Result<(String, String), String> {
    let is_name =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    if !is_name {
        return Err(format!("{host:?} in hosts must be a host name alone, such as files.example.com"));
    }
    check_bucket_name(bucket).map_err(|fault| format!("{host} in hosts stands for {bucket:?}: {}", fault.message))?;
    Ok((host.to_ascii_lowercase(), bucket.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_and_stand_for_buckets() {
        let read = |text: &str| toml::from_str::<BucketConfig>(text).map_err(|error| error.to_string())?.hosts();
        assert_eq!(read("").map(|hosts| hosts.len()), Ok(0));
        let hosts = read("hosts = { \"Files.Example.com\" = \"audit\" }").unwrap();
        assert_eq!(hosts, BTreeMap::from([("files.example.com".to_owned(), "audit".to_owned())]));
        for wrong in ["\"a.b:80\" = \"audit\"", "\"http://a.b\" = \"audit\"", "\"a.b\" = \"A\"", "\"\" = \"audit\""] {
            assert!(read(&format!("hosts = {{ {wrong} }}")).is_err(), "{wrong}");
        }
    }
}
