//! Whose key the command line signs with: flags, then the environment, then the profile file of the vendor's CLI.

use std::path::PathBuf;

use clap::Args;
use openapi::SecretText;
use openapi::client::Credentials;
use serde::Deserialize;

/// Where to call and as whom.
#[derive(Debug, Clone, Args)]
pub struct ClientArguments {
    /// Address of the server
    #[arg(long, env = "CAIRN_ENDPOINT", default_value = "http://127.0.0.1:8080", global = true)]
    pub endpoint: String,
    /// Region to ask for
    #[arg(long, env = "ALIBABA_CLOUD_REGION_ID", global = true)]
    pub region: Option<String>,
    /// Access key id
    #[arg(long, env = "ALIBABA_CLOUD_ACCESS_KEY_ID", global = true)]
    pub access_key_id: Option<String>,
    /// Access key secret
    #[arg(long, env = "ALIBABA_CLOUD_ACCESS_KEY_SECRET", hide_env_values = true, global = true)]
    pub access_key_secret: Option<String>,
    /// Token of a temporary key
    #[arg(long, env = "ALIBABA_CLOUD_SECURITY_TOKEN", hide_env_values = true, global = true)]
    pub security_token: Option<String>,
    /// Profile in ~/.aliyun/config.json; the current one by default
    #[arg(long, env = "ALIBABA_CLOUD_PROFILE", global = true)]
    pub profile: Option<String>,
}

/// The part of the vendor CLI's file that is read.
#[derive(Debug, Deserialize)]
struct ProfileFile {
    #[serde(default)]
    current: String,
    #[serde(default)]
    profiles: Vec<Profile>,
}

#[derive(Debug, Deserialize)]
struct Profile {
    name: String,
    #[serde(default)]
    access_key_id: String,
    #[serde(default)]
    access_key_secret: String,
    #[serde(default)]
    sts_token: String,
}

impl ClientArguments {
    /// Finds a key, or says where it looked.
    pub fn credentials(&self) -> Result<Credentials, String> {
        if let (Some(id), Some(secret)) = (&self.access_key_id, &self.access_key_secret) {
            return Ok(Credentials {
                access_key_id: id.clone(),
                access_key_secret: SecretText::new(secret),
                security_token: self.security_token.clone().filter(|token| !token.is_empty()),
            });
        }
        self.profile_credentials()?.ok_or_else(|| {
            "no access key: give --access-key-id and --access-key-secret, set ALIBABA_CLOUD_ACCESS_KEY_ID and \
             ALIBABA_CLOUD_ACCESS_KEY_SECRET, or have a profile in ~/.aliyun/config.json"
                .to_owned()
        })
    }

    fn profile_credentials(&self) -> Result<Option<Credentials>, String> {
        let Some(path) = std::env::home_dir().map(|home: PathBuf| home.join(".aliyun/config.json")) else {
            return Ok(None);
        };
        let Ok(bytes) = std::fs::read(&path) else { return Ok(None) };
        let file: ProfileFile = serde_json::from_slice(&bytes)
            .map_err(|error| format!("the profile file {} is not valid: {error}", path.display()))?;
        let wanted = self.profile.as_ref().unwrap_or(&file.current);
        let Some(profile) = file.profiles.into_iter().find(|profile| profile.name == *wanted) else {
            return Err(format!("the profile file {} has no profile {wanted:?}", path.display()));
        };
        if profile.access_key_id.is_empty() || profile.access_key_secret.is_empty() {
            return Err(format!("the profile {:?} in {} has no access key", profile.name, path.display()));
        }
        Ok(Some(Credentials {
            access_key_id: profile.access_key_id,
            access_key_secret: SecretText::new(profile.access_key_secret),
            security_token: Some(profile.sts_token).filter(|token| !token.is_empty()),
        }))
    }
}
