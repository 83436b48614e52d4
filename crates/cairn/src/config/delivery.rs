//! Destinations of trails in other services. Secrets stand in files, never in settings.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use bucket::client::{BucketClient, ClientSettings};
use logstore::client::LogStoreClient;
use openapi::SecretText;
use openapi::client::Credentials;
use serde::{Deserialize, Serialize};

/// `[delivery]`: buckets and log projects that are not in this server; a trail that names one of them delivers there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryConfig {
    /// `[[delivery.buckets]]`
    pub buckets: Vec<RemoteConfig>,
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
}
