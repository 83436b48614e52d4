//! `[store.s3]` and `[bucket.s3]`: services that speak S3.

use std::path::PathBuf;

use objects::{Credentials, S3Service, Scheme};
use serde::{Deserialize, Serialize};

use super::object_storage::{from_environment, secret};

/// `[store.s3]` and `[bucket.s3]`: the service behind a `url` of `s3://…` or `oss://…`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3Config {
    /// `https://HOST[:PORT]` or `http://…`; empty: AWS in the region, or Alibaba Cloud in the region for `oss://`.
    pub endpoint: String,
    /// Region of the bucket.
    pub region: String,
    /// The bucket's name is part of the host's name (`BUCKET.HOST`) instead of the path; some services demand it.
    pub virtual_hosted: bool,
    /// Key id; empty: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if there is one, AWS_SESSION_TOKEN of the environment.
    pub access_key_id: String,
    /// File with the key's secret; the secret itself is never a setting.
    pub secret_access_key_file: PathBuf,
    /// File with certificates of authorities, PEM, that hold beside the system's; empty: none.
    pub authorities_file: PathBuf,
}

impl Default for S3Config {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            region: "us-east-1".to_owned(),
            virtual_hosted: false,
            access_key_id: String::new(),
            secret_access_key_file: PathBuf::new(),
            authorities_file: PathBuf::new(),
        }
    }
}

impl S3Config {
    /// Where requests go when it is not the service's own address.
    pub(super) fn endpoint(&self, scheme: Scheme) -> Option<String> {
        match self.endpoint.as_str() {
            "" if scheme == Scheme::Oss => Some(format!("https://s3.oss-{}.aliyuncs.com", self.region)),
            "" => None,
            endpoint => Some(endpoint.to_owned()),
        }
    }

    /// The service.
    pub(super) fn service(&self, scheme: Scheme) -> Result<S3Service, String> {
        let is_oss = scheme == Scheme::Oss;
        Ok(S3Service {
            region: self.region.clone(),
            virtual_hosted: self.virtual_hosted || is_oss,
            unsigned_payload: is_oss,
            credentials: credentials(self)?,
        })
    }
}

fn credentials(s3: &S3Config) -> Result<Credentials, String> {
    if s3.access_key_id.is_empty() {
        let needed = |name: &str| {
            from_environment(name).ok_or_else(|| {
                format!(
                    "needs an access key: set access_key_id and secret_access_key_file, or {name} in the environment"
                )
            })
        };
        return Ok(Credentials {
            access_key_id: needed("AWS_ACCESS_KEY_ID")?,
            secret_access_key: needed("AWS_SECRET_ACCESS_KEY")?,
            session_token: from_environment("AWS_SESSION_TOKEN"),
        });
    }
    let secret = secret(&s3.secret_access_key_file, "secret_access_key_file")?;
    Ok(Credentials { access_key_id: s3.access_key_id.clone(), secret_access_key: secret, session_token: None })
}
