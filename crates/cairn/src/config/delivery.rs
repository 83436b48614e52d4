//! Destinations of trails in other services. Secrets stand in files, never in settings.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use bucket::client::{BucketClient, ClientSettings};
use logstore::client::LogStoreClient;
use objects::{OnceBucket, StorageSettings};
use openapi::SecretText;
use openapi::client::Credentials;
use serde::{Deserialize, Serialize};

use super::clouds::{AzureConfig, GcsConfig};
use super::object_storage;
use super::s3::S3Config;

/// `[delivery]`: buckets and log projects that are not in this server; a trail that names one of them delivers there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryConfig {
    /// `[[delivery.buckets]]`
    pub buckets: Vec<RemoteConfig>,
    /// `[[delivery.s3_buckets]]`
    pub s3_buckets: Vec<S3BucketConfig>,
    /// `[[delivery.projects]]`
    pub projects: Vec<RemoteConfig>,
}

/// A bucket or a log project elsewhere.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteConfig {
    /// Its name, as trails give it.
    pub name: String,
    /// Address of its service, without the name.
    pub endpoint: String,
    /// Its region; empty: that of the endpoint's name.
    pub region: String,
    /// Key that writes.
    pub access_key_id: String,
    /// File with the key's secret; the secret itself is never a setting.
    pub access_key_secret_file: PathBuf,
}

/// A bucket elsewhere in a service that speaks S3.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3BucketConfig {
    /// Its name, as trails give it.
    pub name: String,
    /// `https://HOST[:PORT]` or `http://…`; empty: AWS in the region.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// The bucket's name is part of the host's name instead of the path.
    pub virtual_hosted: bool,
    /// Key that writes, reads and lists; empty: that of the environment, as for `[store.s3]`.
    pub access_key_id: String,
    /// File with the key's secret; the secret itself is never a setting.
    pub access_key_secret_file: PathBuf,
    /// File with certificates of authorities, PEM, that hold beside the system's; empty: none.
    pub authorities_file: PathBuf,
}

impl Default for S3BucketConfig {
    fn default() -> Self {
        let S3Config { endpoint, region, virtual_hosted, access_key_id, secret_access_key_file, authorities_file } =
            S3Config::default();
        let (name, access_key_secret_file) = (String::new(), secret_access_key_file);
        Self { name, endpoint, region, virtual_hosted, access_key_id, access_key_secret_file, authorities_file }
    }
}

impl S3BucketConfig {
    fn settings(&self) -> Result<StorageSettings, String> {
        let s3 = S3Config {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            virtual_hosted: self.virtual_hosted,
            access_key_id: self.access_key_id.clone(),
            secret_access_key_file: self.access_key_secret_file.clone(),
            authorities_file: self.authorities_file.clone(),
        };
        let url = format!("s3://{}", self.name);
        match object_storage::settings(&url, &s3, &GcsConfig::default(), &AzureConfig::default())? {
            Some(settings) if settings.bucket == self.name => Ok(settings),
            _ => Err("name must be that of a bucket, without a prefix: trails have OssKeyPrefix".to_owned()),
        }
    }
}

impl RemoteConfig {
    fn credentials(&self) -> Result<Credentials, String> {
        let path = &self.access_key_secret_file;
        let text = std::fs::read_to_string(path).map_err(|cause| {
            format!("[delivery] {}: access_key_secret_file {} cannot be read: {cause}", self.name, path.display())
        })?;
        let access_key_secret = text.lines().next().unwrap_or_default().trim().to_owned();
        if access_key_secret.is_empty() || self.access_key_id.is_empty() || self.name.is_empty() {
            return Err(format!("[delivery] {:?} needs name, access_key_id and a secret in its file", self.name));
        }
        Ok(Credentials {
            access_key_id: self.access_key_id.clone(),
            access_key_secret: SecretText::new(access_key_secret),
            security_token: None,
        })
    }

    fn region(&self) -> Option<String> {
        Some(self.region.clone()).filter(|region| !region.is_empty())
    }
}

impl DeliveryConfig {
    /// Clients of the buckets, by name.
    ///
    /// # Errors
    /// When a setting is wrong or a file cannot be read; the text says which.
    pub fn bucket_clients(&self) -> Result<HashMap<String, Arc<BucketClient>>, String> {
        let client = |remote: &RemoteConfig| {
            let settings = ClientSettings {
                endpoint: remote.endpoint.clone(),
                region: remote.region(),
                ..ClientSettings::default()
            };
            let client = BucketClient::new(&settings, remote.credentials()?);
            Ok((remote.name.clone(), Arc::new(client.map_err(|error| format!("[delivery] {}: {error}", remote.name))?)))
        };
        self.buckets.iter().map(client).collect()
    }

    /// Clients of the buckets that speak S3, by name.
    ///
    /// # Errors
    /// When a setting is wrong, a name is given twice, or a file cannot be read; the text says which.
    pub fn s3_clients(&self) -> Result<HashMap<String, Arc<OnceBucket>>, String> {
        let mut clients = HashMap::new();
        for remote in &self.s3_buckets {
            let wrong = |problem: String| format!("[[delivery.s3_buckets]] {}: {problem}", remote.name);
            let client =
                OnceBucket::connect(&remote.settings().map_err(wrong)?).map_err(|error| wrong(error.to_string()))?;
            let is_taken = self.buckets.iter().any(|other| other.name == remote.name);
            if is_taken || clients.insert(remote.name.clone(), Arc::new(client)).is_some() {
                return Err(wrong("two buckets of [delivery] have this name: remove one".to_owned()));
            }
        }
        Ok(clients)
    }

    /// Clients of the log projects, by name.
    ///
    /// # Errors
    /// When a setting is wrong or a file cannot be read; the text says which.
    pub fn log_clients(&self) -> Result<HashMap<String, Arc<LogStoreClient>>, String> {
        let client = |remote: &RemoteConfig| {
            let client = LogStoreClient::new(&remote.endpoint, remote.region(), remote.credentials()?);
            Ok((remote.name.clone(), Arc::new(client.map_err(|error| format!("[delivery] {}: {error}", remote.name))?)))
        };
        self.projects.iter().map(client).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_made_of_settings_and_what_is_missing_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "TheSecret\n").expect("a file");
        let config = |key: &str| -> DeliveryConfig {
            let of = |section: &str| {
                format!(
                    "[[{section}]]\nname = \"audit\"\nendpoint = \"http://localhost:1\"\nregion = \"cn-hangzhou\"\naccess_key_id = \"{key}\"\naccess_key_secret_file = {secret:?}\n"
                )
            };
            toml::from_str(&format!("{}{}", of("buckets"), of("projects"))).expect("a section")
        };
        assert!(config("id").bucket_clients().expect("sound").contains_key("audit"));
        assert!(config("id").log_clients().expect("sound").contains_key("audit"));
        assert!(config("").log_clients().err().expect("incomplete").contains("access_key_id"));
        assert!(!format!("{:?}", config("id")).contains("TheSecret"));
    }

    #[test]
    fn a_bucket_that_speaks_s3_has_a_name_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "TheSecret\n").expect("a file");
        let of = |section: &str, name: &str| {
            format!(
                "[[{section}]]\nname = {name:?}\nendpoint = \"http://localhost:9000\"\naccess_key_id = \"id\"\naccess_key_secret_file = {secret:?}\n"
            )
        };
        let clients = |text: &str| toml::from_str::<DeliveryConfig>(text).expect("a section").s3_clients();
        let one = of("s3_buckets", "archive");
        let sound = clients(&one).expect("sound");
        assert_eq!(sound.get("archive").map(|client| client.region().to_owned()).as_deref(), Some("us-east-1"));
        for (text, problem) in [
            (format!("{one}{one}"), "two buckets"),
            (format!("{one}{}", of("buckets", "archive")), "two buckets"),
            (of("s3_buckets", "archive/events"), "without a prefix"),
            (of("s3_buckets", "Archive"), "lower-case"),
            (one.replace("http://localhost:9000", "localhost"), "endpoint"),
            (one.replace("access_key_secret_file = ", "access_key_secret_file = \"no/such\" # "), "no/such"),
        ] {
            let error = clients(&text).err().expect("wrong");
            assert!(error.contains(problem) && !error.contains("TheSecret"), "{error}");
        }
    }
}
