//! `[store.gcs]`, `[store.azure]` and the same below `[bucket]`: the services behind `gs://…` and `az://…`.

use std::path::PathBuf;

use objects::{AzureAccount, ServiceAccount};
use serde::{Deserialize, Serialize};

use super::object_storage::{from_environment, read, secret};

/// Google Cloud Storage.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GcsConfig {
    /// `https://HOST[:PORT]` or `http://…`; empty: Google's own.
    pub endpoint: String,
    /// JSON file with a key of the service account; empty: the file that GOOGLE_APPLICATION_CREDENTIALS of the environment
    /// names.
    pub service_account_file: PathBuf,
    /// File with certificates of authorities, PEM, that hold beside the system's; empty: none.
    pub authorities_file: PathBuf,
}

/// Azure Blob Storage.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AzureConfig {
    /// `https://HOST[:PORT]` or `http://…`, with the account as a folder where the host is not the account's own; empty:
    /// Azure's own.
    pub endpoint: String,
    /// Storage account; empty: AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY of the environment.
    pub account: String,
    /// File with one of the account's keys; the key itself is never a setting.
    pub access_key_file: PathBuf,
    /// File with certificates of authorities, PEM, that hold beside the system's; empty: none.
    pub authorities_file: PathBuf,
}

impl GcsConfig {
    /// Who asks.
    pub(super) fn account(&self) -> Result<ServiceAccount, String> {
        let named = Some(self.service_account_file.clone()).filter(|path| !path.as_os_str().is_empty());
        let path = named.or_else(|| from_environment("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from));
        let path = path.ok_or(
            "needs a key: set service_account_file, or GOOGLE_APPLICATION_CREDENTIALS in the environment to a file",
        )?;
        let text = String::from_utf8(read(&path, "service_account_file")?);
        let key_json = text.map_err(|_| format!("service_account_file {} is not text", path.display()))?;
        Ok(ServiceAccount { key_json })
    }
}

impl AzureConfig {
    /// Who asks.
    pub(super) fn account(&self) -> Result<AzureAccount, String> {
        if !self.account.is_empty() {
            let access_key = secret(&self.access_key_file, "access_key_file")?;
            return Ok(AzureAccount { name: self.account.clone(), access_key });
        }
        let needed = |name: &str| {
            let hint = || format!("needs a key: set account and access_key_file, or {name} in the environment");
            from_environment(name).ok_or_else(hint)
        };
        Ok(AzureAccount { name: needed("AZURE_STORAGE_ACCOUNT")?, access_key: needed("AZURE_STORAGE_KEY")? })
    }
}
