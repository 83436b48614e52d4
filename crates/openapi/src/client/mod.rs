//! Signs requests as the official clients do: for the command line, the demo, benchmarks and tests.

mod assumed_role;
mod call_error;
mod connections;
mod keys;
mod patience;
#[cfg(feature = "for_tests")]
pub mod scripted_server;

pub use assumed_role::AssumedRole;
pub use call_error::CallError;
pub use connections::connections;
pub use keys::KeySource;
pub use patience::{Pauses, block, skew_s};

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::clock::format_utc;
use crate::directory::SecretText;
use crate::signature::{canonical, v1, v3};

/// What a client signs with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Key id.
    pub access_key_id: String,
    /// Secret.
    pub access_key_secret: SecretText,
    /// Token of a temporary key.
    pub security_token: Option<String>,
}

/// The query of a signed V1 request: send it as `METHOD /?<query>` with an empty body.
pub fn signed_v1_query(
    method: &str,
    operation: &str,
    version: &str,
    parameters: &[(&str, &str)],
    credentials: &Credentials,
    now_s: i64,
) -> String {
    let timestamp = format_utc(now_s);
    let nonce = Uuid::new_v4().simple().to_string();
    let mut all: BTreeMap<&str, &str> = parameters.iter().copied().collect();
    all.extend([
        ("AccessKeyId", credentials.access_key_id.as_str()),
        ("Action", operation),
        ("Format", "JSON"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", nonce.as_str()),
        ("SignatureVersion", "1.0"),
        ("Timestamp", timestamp.as_str()),
        ("Version", version),
    ]);
    if let Some(token) = &credentials.security_token {
        all.insert("SecurityToken", token);
    }
    let string_to_sign = v1::string_to_sign(method, all.iter().map(|(name, value)| (*name, *value)));
    let signature = v1::sign(&string_to_sign, &credentials.access_key_secret);
    all.insert("Signature", &signature);
    canonical::query(all.into_iter())
}

/// A signed V3 request: query and headers, the body empty.
pub struct SignedV3 {
    /// Query text.
    pub query: String,
    /// Headers to send, `host` among them.
    pub headers: Vec<(&'static str, String)>,
}

/// Signs a `POST /` of generation V3 with all parameters in the query.
pub fn signed_v3(
    host: &str,
    operation: &str,
    version: &str,
    parameters: &[(&str, &str)],
    credentials: &Credentials,
    now_s: i64,
) -> SignedV3 {
    let sorted: BTreeMap<&str, &str> = parameters.iter().copied().collect();
    let query = canonical::query(sorted.into_iter());
    let body_sha256 = v3::sha256_hex(b"");
    let mut headers = vec![
        ("host", host.to_owned()),
        ("x-acs-action", operation.to_owned()),
        ("x-acs-content-sha256", body_sha256.clone()),
        ("x-acs-date", format_utc(now_s)),
        ("x-acs-signature-nonce", Uuid::new_v4().simple().to_string()),
        ("x-acs-version", version.to_owned()),
    ];
    if let Some(token) = &credentials.security_token {
        headers.push(("x-acs-accesskey-id", credentials.access_key_id.clone()));
        headers.push(("x-acs-security-token", token.clone()));
    }
    headers.sort_by_key(|(name, _)| *name);
    let signed: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    let request = v3::CanonicalRequest { method: "POST", query: &query, headers: &signed, body_sha256: &body_sha256 };
    let signature = v3::sign(&request.string_to_sign(), &credentials.access_key_secret);
    let authorization = format!(
        "{} Credential={},SignedHeaders={},Signature={signature}",
        v3::ALGORITHM,
        credentials.access_key_id,
        names.join(";")
    );
    headers.push(("authorization", authorization));
    SignedV3 { query, headers }
}
