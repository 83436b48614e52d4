//! Destinations of trails in other services. Secrets stand in files, never in settings.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use audit::trail::WriteRole;
use bucket::client::{BucketClient, ClientSettings};
use delivery::destination::Elsewhere;
use logstore::client::LogStoreClient;
use objects::{OnceBucket, StorageSettings};
use openapi::SecretText;
use openapi::client::{AssumedRole, Credentials, KeySource};
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
    /// Its region. Trails must name a project by an ARN of this region; empty: of any, and requests to a project are then
    /// signed with version 1. That of a bucket is, when empty, told by the endpoint's name.
    pub region: String,
    /// Of a project: the account that owns it in its service; trails must name it by an ARN of that account. Empty: of any.
    pub owner_account_id: String,
    /// Accounts of this server whose trails may deliver there, with the key below; empty: the first account alone.
    pub accounts: Vec<String>,
    /// Key that writes, or that takes the role.
    pub access_key_id: String,
    /// File with the key's secret; the secret itself is never a setting.
    pub access_key_secret_file: PathBuf,
    /// Role that writes, `acs:ram::<account>:role/<role>`; empty: the key itself.
    pub role_arn: String,
    /// Address of the security token service that gives the role's temporary keys; `https://sts.aliyuncs.com` when empty.
    pub sts_endpoint: String,
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
    /// Accounts of this server whose trails may deliver there, with the key below; empty: the first account alone.
    pub accounts: Vec<String>,
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
        let (name, accounts, access_key_secret_file) = (String::new(), Vec::new(), secret_access_key_file);
        Self {
            name,
            endpoint,
            region,
            accounts,
            virtual_hosted,
            access_key_id,
            access_key_secret_file,
            authorities_file,
        }
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

    /// The key, or the role that it takes.
    fn keys(&self) -> Result<KeySource, String> {
        let key = self.credentials()?;
        if self.role_arn.is_empty() {
            if !self.sts_endpoint.is_empty() {
                return Err(format!("[delivery] {}: sts_endpoint needs a role_arn", self.name));
            }
            return Ok(key.into());
        }
        if WriteRole::parse(&self.role_arn).is_none() {
            return Err(format!("[delivery] {}: role_arn must be acs:ram::<account>:role/<role>", self.name));
        }
        let endpoint = if self.sts_endpoint.is_empty() { STS_OF_THE_CLOUD } else { &self.sts_endpoint };
        let role = AssumedRole::new(endpoint, &self.role_arn, key);
        let role = role.map_err(|error| format!("[delivery] {}: sts_endpoint: {error}", self.name))?;
        Ok(KeySource::Role(Arc::new(role)))
    }

    fn region(&self) -> Option<String> {
        Some(self.region.clone()).filter(|region| !region.is_empty())
    }

    fn elsewhere<C>(&self, client: C, first_account_id: &str) -> Elsewhere<C> {
        Elsewhere {
            client: Arc::new(client),
            accounts: accounts(&self.accounts, first_account_id),
            region: self.region.clone(),
            owner: self.owner_account_id.clone(),
        }
    }
}

/// Where keys of roles come from when nothing else is said.
const STS_OF_THE_CLOUD: &str = "https://sts.aliyuncs.com";

fn accounts(named: &[String], first_account_id: &str) -> Vec<String> {
    if named.is_empty() { vec![first_account_id.to_owned()] } else { named.to_vec() }
}

/// Clients by the names of their destinations, of which no two have the same.
fn by_name<C>(
    what: &str,
    clients: impl Iterator<Item = Result<(String, Elsewhere<C>), String>>,
) -> Result<HashMap<String, Elsewhere<C>>, String> {
    let mut found = HashMap::new();
    for client in clients {
        let (name, client) = client?;
        if found.insert(name.clone(), client).is_some() {
            return Err(format!("[delivery] {name}: two {what} have this name: remove one"));
        }
    }
    Ok(found)
}

impl DeliveryConfig {
    /// The buckets, by name; where no accounts are named, for the first account.
    ///
    /// # Errors
    /// When a setting is wrong, a name is given twice, or a file cannot be read; the text says which.
    pub fn bucket_clients(&self, first_account_id: &str) -> Result<HashMap<String, Elsewhere<BucketClient>>, String> {
        let client = |remote: &RemoteConfig| {
            let settings = ClientSettings {
                endpoint: remote.endpoint.clone(),
                region: remote.region(),
                ..ClientSettings::default()
            };
            let client = BucketClient::new(&settings, remote.keys()?);
            let client = client.map_err(|error| format!("[delivery] {}: {error}", remote.name))?;
            Ok((remote.name.clone(), remote.elsewhere(client, first_account_id)))
        };
        if let Some(remote) = self.buckets.iter().find(|remote| !remote.owner_account_id.is_empty()) {
            return Err(format!("[delivery] {}: owner_account_id is for projects, which have ARNs", remote.name));
        }
        by_name("buckets", self.buckets.iter().map(client))
    }

    /// The buckets that speak S3, by name.
    ///
    /// # Errors
    /// When a setting is wrong, a name is given twice, or a file cannot be read; the text says which.
    pub fn s3_clients(&self, first_account_id: &str) -> Result<HashMap<String, Elsewhere<OnceBucket>>, String> {
        let mut clients = HashMap::new();
        for remote in &self.s3_buckets {
            let wrong = |problem: String| format!("[[delivery.s3_buckets]] {}: {problem}", remote.name);
            let client =
                OnceBucket::connect(&remote.settings().map_err(wrong)?).map_err(|error| wrong(error.to_string()))?;
            let is_taken = self.buckets.iter().any(|other| other.name == remote.name);
            let client = Elsewhere {
                client: Arc::new(client),
                accounts: accounts(&remote.accounts, first_account_id),
                region: String::new(),
                owner: String::new(),
            };
            if is_taken || clients.insert(remote.name.clone(), client).is_some() {
                return Err(wrong("two buckets of [delivery] have this name: remove one".to_owned()));
            }
        }
        Ok(clients)
    }

    /// The log projects, by name.
    ///
    /// # Errors
    /// When a setting is wrong, a name is given twice, or a file cannot be read; the text says which.
    pub fn log_clients(&self, first_account_id: &str) -> Result<HashMap<String, Elsewhere<LogStoreClient>>, String> {
        let client = |remote: &RemoteConfig| {
            let client = LogStoreClient::new(&remote.endpoint, remote.region(), remote.keys()?);
            let client = client.map_err(|error| format!("[delivery] {}: {error}", remote.name))?;
            Ok((remote.name.clone(), remote.elsewhere(client, first_account_id)))
        };
        by_name("projects", self.projects.iter().map(client))
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
        let with = |key: &str, more: &str| -> DeliveryConfig {
            let of = |section: &str| {
                format!(
                    "[[{section}]]\nname = \"audit\"\nendpoint = \"http://localhost:1\"\nregion = \"cn-hangzhou\"\naccess_key_id = \"{key}\"\naccess_key_secret_file = {secret:?}\n{more}\n"
                )
            };
            toml::from_str(&format!("{}{}", of("buckets"), of("projects"))).expect("a section")
        };
        let config = |key: &str| with(key, "");
        let accounts = |config: &DeliveryConfig| config.log_clients("1").expect("sound")["audit"].accounts.clone();
        assert!(config("id").bucket_clients("1").expect("sound").contains_key("audit"));
        assert_eq!(accounts(&config("id")), ["1"]);
        assert_eq!(accounts(&with("id", "accounts = [\"2\", \"3\"]")), ["2", "3"]);
        assert!(config("").log_clients("1").err().expect("incomplete").contains("access_key_id"));
        assert!(!format!("{:?}", config("id")).contains("TheSecret"));
        let mut twice = config("id");
        twice.projects.extend(twice.projects.clone());
        assert!(twice.log_clients("1").err().expect("ambiguous").contains("two projects"));
        let owned = with("id", "owner_account_id = \"1\"").bucket_clients("1");
        assert!(owned.err().expect("no ARN").contains("owner_account_id"));
        let role = "role_arn = \"acs:ram::1:role/writer\"";
        assert_eq!(accounts(&with("id", role)), ["1"]);
        for (more, problem) in [
            ("role_arn = \"writer\"".to_owned(), "role_arn must be"),
            ("sts_endpoint = \"https://sts.aliyuncs.com\"".to_owned(), "needs a role_arn"),
            (format!("{role}\nsts_endpoint = \"sts.aliyuncs.com\""), "sts_endpoint"),
        ] {
            let error = with("id", &more).log_clients("1").err().expect("wrong");
            assert!(error.contains(problem) && !error.contains("TheSecret"), "{error}");
        }
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
        let clients = |text: &str| toml::from_str::<DeliveryConfig>(text).expect("a section").s3_clients("1");
        let one = of("s3_buckets", "archive");
        let sound = clients(&one).expect("sound");
        assert_eq!(sound.get("archive").map(|found| found.client.region().to_owned()).as_deref(), Some("us-east-1"));
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
