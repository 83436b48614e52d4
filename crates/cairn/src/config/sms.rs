//! How short messages leave: settings of the drivers. Secrets stand in files, never in settings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// `[sms]`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsConfig {
    /// `sink` (nothing leaves the machine), `http` or `smpp`.
    pub provider: SmsProviderName,
    /// Used with `http`.
    pub http: SmsHttpConfig,
    /// Used with `smpp`.
    pub smpp: SmsSmppConfig,
}

/// `[sms.http]`: the cloud's short message service, or what speaks like it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsHttpConfig {
    /// `http://HOST[:PORT]`
    pub endpoint: String,
    /// Region of the calls.
    pub region: String,
    /// Key id.
    pub access_key_id: String,
    /// File with the key's secret; the secret itself is never a setting.
    pub access_key_secret_file: PathBuf,
    /// An answer has so long, milliseconds.
    pub timeout_ms: u64,
    /// Receipts are asked for this often, milliseconds.
    pub receipt_interval_ms: u64,
}

/// `[sms.smpp]`: a gateway that speaks SMPP 3.4.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsSmppConfig {
    /// `HOST:PORT`
    pub address: String,
    /// Name to bind with.
    pub system_id: String,
    /// File with the password; the password itself is never a setting.
    pub password_file: PathBuf,
    /// Often empty.
    pub system_type: String,
    /// Number that messages come from; empty: the gateway's own.
    pub source_address: String,
    /// An answer has so long, milliseconds.
    pub timeout_ms: u64,
}

/// Names of the drivers.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsProviderName {
    #[default]
    Sink,
    Http,
    Smpp,
}

impl Default for SmsHttpConfig {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            region: "cn-hangzhou".to_owned(),
            access_key_id: String::new(),
            access_key_secret_file: PathBuf::new(),
            timeout_ms: 5_000,
            receipt_interval_ms: 30_000,
        }
    }
}

impl Default for SmsSmppConfig {
    fn default() -> Self {
        Self {
            address: String::new(),
            system_id: String::new(),
            password_file: PathBuf::new(),
            system_type: String::new(),
            source_address: String::new(),
            timeout_ms: 5_000,
        }
    }
}

impl SmsConfig {
    /// The driver of short messages, connected. Needs a runtime.
    ///
    /// # Errors
    /// When a setting is missing or a secret's file cannot be read; the text says which.
    pub fn connect(&self) -> Result<sms::Connected, String> {
        let (http, smpp) = (&self.http, &self.smpp);
        match self.provider {
            SmsProviderName::Sink => Ok(sms::Sink::connect()),
            SmsProviderName::Http => {
                if !http.endpoint.starts_with("http://") || http.access_key_id.is_empty() {
                    return Err("[sms.http] needs endpoint as http://HOST[:PORT] (this build speaks no TLS: put a \
                                TLS proxy before the service) and access_key_id"
                        .to_owned());
                }
                Ok(sms::HttpProvider::connect(sms::HttpSettings {
                    endpoint: http.endpoint.clone(),
                    region: http.region.clone(),
                    credentials: openapi::client::Credentials {
                        access_key_id: http.access_key_id.clone(),
                        access_key_secret: secret(&http.access_key_secret_file, "access_key_secret_file")?,
                        security_token: None,
                    },
                    timeout: Duration::from_millis(http.timeout_ms.max(1)),
                    receipt_interval: Duration::from_millis(http.receipt_interval_ms.max(100)),
                }))
            }
            SmsProviderName::Smpp => {
                if smpp.address.is_empty() || smpp.system_id.is_empty() {
                    return Err("[sms.smpp] needs address as HOST:PORT and system_id".to_owned());
                }
                Ok(sms::SmppProvider::connect(sms::SmppSettings {
                    address: smpp.address.clone(),
                    system_id: smpp.system_id.clone(),
                    password: secret(&smpp.password_file, "password_file")?,
                    system_type: smpp.system_type.clone(),
                    source_address: smpp.source_address.clone(),
                    timeout: Duration::from_millis(smpp.timeout_ms.max(1)),
                }))
            }
        }
    }
}

/// The first line of a secret's file.
fn secret(path: &Path, setting: &str) -> Result<openapi::SecretText, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| format!("{setting} {} cannot be read: {cause}", path.display()))?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(openapi::SecretText::new(line)),
        _ => Err(format!("{setting} {} is empty", path.display())),
    }
}
