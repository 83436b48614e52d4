//! Object storage for segments and for the files of buckets. Secrets stand in files or in the environment, never in settings.

use std::path::{Path, PathBuf};

use objects::{Credentials, Patience, S3Settings};
use serde::{Deserialize, Serialize};

use super::{BucketConfig, StoreConfig};

/// What begins a `url` of Alibaba Cloud's service, which speaks S3 with habits of its own.
const OSS: &str = "oss://";

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

impl StoreConfig {
    /// The object storage for segments; nothing when they live in the data folder.
    ///
    /// # Errors
    /// When a setting is wrong or missing, or a file cannot be read; the text says which.
    pub fn object_storage(&self) -> Result<Option<S3Settings>, String> {
        self.s3.settings(&self.url)
    }
}

impl BucketConfig {
    /// The object storage for files of objects; nothing when they live in the data folder.
    ///
    /// # Errors
    /// As [`StoreConfig::object_storage`], and when one of the two would lie in the other.
    pub fn object_storage(&self, segments: Option<&S3Settings>) -> Result<Option<S3Settings>, String> {
        let settings = self.s3.settings(&self.url)?;
        match (&settings, segments) {
            (Some(files), Some(segments)) if is_shared(files, segments) => {
                Err("url must lie beside the url in [store], not in it or around it: choose another prefix".to_owned())
            }
            _ => Ok(settings),
        }
    }
}

/// Whether one prefix is the other, or below it.
fn is_shared(left: &S3Settings, right: &S3Settings) -> bool {
    let below = |inner: &str, outer: &str| {
        outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_same_bucket = (&left.endpoint, &left.bucket) == (&right.endpoint, &right.bucket);
    is_same_bucket && (below(&left.prefix, &right.prefix) || below(&right.prefix, &left.prefix))
}

impl S3Config {
    /// What a `url` and these settings mean together; nothing without a `url`.
    pub(super) fn settings(&self, url: &str) -> Result<Option<S3Settings>, String> {
        if url.is_empty() {
            return Ok(None);
        }
        let (bucket, prefix) = objects::parse_url(url)?;
        let is_oss = url.starts_with(OSS);
        let authorities_pem = match self.authorities_file.as_os_str().is_empty() {
            true => None,
            false => Some(read(&self.authorities_file, "authorities_file")?),
        };
        let endpoint = match self.endpoint.as_str() {
            "" if is_oss => Some(format!("https://s3.oss-{}.aliyuncs.com", self.region)),
            "" => None,
            endpoint => Some(endpoint.to_owned()),
        };
        Ok(Some(S3Settings {
            bucket,
            prefix,
            endpoint,
            region: self.region.clone(),
            virtual_hosted: self.virtual_hosted || is_oss,
            unsigned_payload: is_oss,
            authorities_pem,
            credentials: credentials(self)?,
            patience: Patience::default(),
        }))
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
    let text = read(&s3.secret_access_key_file, "secret_access_key_file")?;
    let secret = String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_owned();
    if secret.is_empty() {
        return Err(format!("secret_access_key_file {} is empty", s3.secret_access_key_file.display()));
    }
    Ok(Credentials { access_key_id: s3.access_key_id.clone(), secret_access_key: secret, session_token: None })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the configuration: the names are those that every S3 client knows"
)]
fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn read(path: &Path, setting: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|cause| format!("{setting} {} cannot be read: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> StoreConfig {
        toml::from_str(text).expect("a section")
    }

    #[test]
    fn a_key_in_a_file_is_read_and_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "TheSecretItself\n").expect("a file");
        let text = format!(
            "url = \"s3://audit/one\"\n[s3]\nendpoint = \"http://localhost:9000\"\naccess_key_id = \"id\"\nsecret_access_key_file = {secret:?}\n"
        );
        let settings = config(&text).object_storage().expect("sound").expect("an object storage");
        assert_eq!((settings.bucket.as_str(), settings.prefix.as_str()), ("audit", "one"));
        assert_eq!(settings.credentials.secret_access_key, "TheSecretItself");
        assert!(!format!("{settings:?} {:?}", config(&text)).contains("TheSecretItself"));
    }

    #[test]
    fn the_clouds_own_service_has_its_habits() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "secret").expect("a file");
        let key = format!("access_key_id = \"id\"\nsecret_access_key_file = {secret:?}\n");
        let text = format!("url = \"oss://audit/one\"\n[s3]\nregion = \"cn-hangzhou\"\n{key}");
        let settings = config(&text).object_storage().expect("sound").expect("an object storage");
        assert_eq!(settings.endpoint.as_deref(), Some("https://s3.oss-cn-hangzhou.aliyuncs.com"));
        assert!(settings.virtual_hosted && settings.unsigned_payload);
        for (url, is_shared) in [("one", true), ("one/two", true), ("", true), ("onetwo", false), ("two", false)] {
            let text = text.replace("audit/one", &format!("audit/{url}"));
            let bucket: BucketConfig = toml::from_str(&text).expect("a section");
            assert_eq!(bucket.object_storage(Some(&settings)).is_err(), is_shared, "{url}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(config("").object_storage().expect("a folder needs nothing").is_none());
        for (text, named) in [
            ("url = \"ftp://a\"", "s3://BUCKET"),
            ("url = \"s3://a\"\n[s3]\naccess_key_id = \"id\"", "secret_access_key_file"),
            ("url = \"s3://a\"\n[s3]\naccess_key_id = \"id\"\nauthorities_file = \"no/such\"", "authorities_file"),
        ] {
            let error = config(text).object_storage().expect_err("incomplete");
            assert!(error.contains(named), "{error}");
        }
    }
}
