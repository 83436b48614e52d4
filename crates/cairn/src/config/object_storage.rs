//! Object storage for segments and for the files of buckets. Secrets stand in files or in the environment, never in settings.

use std::path::Path;

use objects::{Patience, Scheme, Service, StorageSettings};

use super::clouds::{AzureConfig, GcsConfig};
use super::{BucketConfig, S3Config, StoreConfig};

impl StoreConfig {
    /// The object storage for segments; nothing when they live in the data folder.
    ///
    /// # Errors
    /// When a setting is wrong or missing, or a file cannot be read; the text says which.
    pub fn object_storage(&self) -> Result<Option<StorageSettings>, String> {
        settings(&self.url, &self.s3, &self.gcs, &self.azure)
    }
}

impl BucketConfig {
    /// The object storage for files of objects; nothing when they live in the data folder.
    ///
    /// # Errors
    /// As [`StoreConfig::object_storage`], and when one of the two would lie in the other.
    pub fn object_storage(&self, segments: Option<&StorageSettings>) -> Result<Option<StorageSettings>, String> {
        let settings = settings(&self.url, &self.s3, &self.gcs, &self.azure)?;
        match (&settings, segments) {
            (Some(files), Some(segments)) if is_shared(files, segments) => {
                Err("url must lie beside the url in [store], not in it or around it: choose another prefix".to_owned())
            }
            _ => Ok(settings),
        }
    }
}

/// Whether one prefix is the other, or below it.
fn is_shared(left: &StorageSettings, right: &StorageSettings) -> bool {
    let below = |inner: &str, outer: &str| {
        outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_same_bucket = (left.endpoint(), &left.bucket) == (right.endpoint(), &right.bucket);
    is_same_bucket && (below(&left.prefix, &right.prefix) || below(&right.prefix, &left.prefix))
}

/// What a `url` and the section of its service mean together; nothing without a `url`.
pub(super) fn settings(
    url: &str,
    s3: &S3Config,
    gcs: &GcsConfig,
    azure: &AzureConfig,
) -> Result<Option<StorageSettings>, String> {
    if url.is_empty() {
        return Ok(None);
    }
    let url = objects::parse_url(url)?;
    let given = |endpoint: &String| Some(endpoint.clone()).filter(|endpoint| !endpoint.is_empty());
    let (endpoint, authorities) = match url.scheme {
        Scheme::S3 | Scheme::Oss => (s3.endpoint(url.scheme), &s3.authorities_file),
        Scheme::Gcs => (given(&gcs.endpoint), &gcs.authorities_file),
        Scheme::Azure => (given(&azure.endpoint), &azure.authorities_file),
    };
    let authorities_pem = authorities_pem(authorities)?;
    let service = match url.scheme {
        Scheme::S3 | Scheme::Oss => Service::S3(s3.service(url.scheme)?),
        Scheme::Gcs => Service::Gcs(gcs.account()?),
        Scheme::Azure => Service::Azure(azure.account()?),
    };
    let (bucket, prefix, patience) = (url.bucket, url.prefix, Patience::default());
    Ok(Some(StorageSettings { service, bucket, prefix, endpoint, authorities_pem, patience }))
}

fn authorities_pem(path: &Path) -> Result<Option<Vec<u8>>, String> {
    if path.as_os_str().is_empty() { Ok(None) } else { read(path, "authorities_file").map(Some) }
}

/// The first line of a file.
pub(super) fn secret(path: &Path, setting: &str) -> Result<String, String> {
    let text = read(path, setting)?;
    let secret = String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_owned();
    if secret.is_empty() { Err(format!("{setting} {} is empty", path.display())) } else { Ok(secret) }
}

/// A variable that the service's own programs read, too.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the configuration: the names are those that every client of the service knows"
)]
pub(super) fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A file that a setting names.
pub(super) fn read(path: &Path, setting: &str) -> Result<Vec<u8>, String> {
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
        let Service::S3(service) = &settings.service else { panic!("{settings:?}") };
        assert_eq!(service.credentials.secret_access_key, "TheSecretItself");
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
        assert!(matches!(&settings.service, Service::S3(s3) if s3.virtual_hosted && s3.unsigned_payload));
        for (url, is_shared) in [("one", true), ("one/two", true), ("", true), ("onetwo", false), ("two", false)] {
            let text = text.replace("audit/one", &format!("audit/{url}"));
            let bucket: BucketConfig = toml::from_str(&text).expect("a section");
            assert_eq!(bucket.object_storage(Some(&settings)).is_err(), is_shared, "{url}");
        }
    }

    #[test]
    fn every_cloud_has_its_section() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "TheSecretItself\n").expect("a file");
        let text = format!("url = \"gs://audit/one\"\n[gcs]\nservice_account_file = {secret:?}\n");
        let google = config(&text).object_storage().expect("sound").expect("an object storage");
        assert_eq!(google.endpoint(), "https://storage.googleapis.com");
        let Service::Gcs(account) = &google.service else { panic!("{google:?}") };
        assert_eq!(account.key_json, "TheSecretItself\n");
        let text = format!("url = \"az://audit/one\"\n[azure]\naccount = \"archive\"\naccess_key_file = {secret:?}\n");
        let azure = config(&text).object_storage().expect("sound").expect("an object storage");
        assert_eq!(azure.endpoint(), "https://archive.blob.core.windows.net");
        let Service::Azure(account) = &azure.service else { panic!("{azure:?}") };
        assert_eq!((account.name.as_str(), account.access_key.as_str()), ("archive", "TheSecretItself"));
        assert!(!format!("{google:?} {azure:?}").contains("TheSecretItself"));
        assert!(!is_shared(&google, &azure) && is_shared(&azure, &azure));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(config("").object_storage().expect("a folder needs nothing").is_none());
        for (text, named) in [
            ("url = \"ftp://a\"", "s3://BUCKET"),
            ("url = \"s3://a\"\n[s3]\naccess_key_id = \"id\"", "secret_access_key_file"),
            ("url = \"gs://a\"\n[gcs]\nservice_account_file = \"no/such\"", "service_account_file"),
            ("url = \"az://a\"\n[azure]\naccount = \"a\"\naccess_key_file = \"no/such\"", "access_key_file"),
            ("url = \"s3://a\"\n[s3]\naccess_key_id = \"id\"\nauthorities_file = \"no/such\"", "authorities_file"),
        ] {
            let error = config(text).object_storage().expect_err("incomplete");
            assert!(error.contains(named), "{error}");
        }
    }
}
