//! Who sent a request: its signature of either generation is read, its key found, its time and nonce checked.
//!
//! Order: operation and version are named, signature parts are there, key known and active (with its token), time,
//! signature, nonce. What is wrong with an operation shows only after the signature held.

use std::collections::BTreeMap;

use crate::clock::parse_utc;
use crate::directory::{Directory, KeyOwner};
use crate::error::ApiError;
use crate::faults;
use crate::limits::{CLOCK_WINDOW_S, MAX_NONCE_BYTES};
use crate::nonce::{NonceStore, Seen};
use crate::request::{ParsedParameters, RawRequest};
use crate::signature::{canonical, same, v1, v3};

/// What a request says of itself before anything is believed.
#[derive(Debug, Default, Clone)]
pub(crate) struct Claim {
    pub operation: String,
    pub version: String,
    pub access_key_id: String,
    pub security_token: Option<String>,
    signed_at: String,
    nonce: String,
}

/// How the request is signed.
enum Scheme<'a> {
    V1 { signature: &'a str },
    V3(v3::Authorization<'a>),
}

/// Reads the claim as far as it goes, also from a request that will be refused: the log of rejected calls shows it.
pub(crate) fn read_claim(request: &RawRequest, parameters: &BTreeMap<String, String>) -> Claim {
    let parameter = |name: &str| parameters.get(name).cloned().unwrap_or_default();
    // V1 does not sign headers, so they name an operation only where nothing is signed, which is always refused.
    let is_unsigned = parameter("Signature").is_empty();
    let named = |value: String, header: &str| match value.is_empty() && is_unsigned {
        true => request.header(header).to_owned(),
        false => value,
    };
    match v3_authorization(request) {
        Some(rest) => Claim {
            operation: request.header("x-acs-action").to_owned(),
            version: request.header("x-acs-version").to_owned(),
            access_key_id: v3::Authorization::parse(rest).map(|parts| parts.credential.to_owned()).unwrap_or_default(),
            security_token: Some(request.header("x-acs-security-token").to_owned()).filter(|token| !token.is_empty()),
            signed_at: request.header("x-acs-date").to_owned(),
            nonce: request.header("x-acs-signature-nonce").to_owned(),
        },
        None => Claim {
            operation: named(parameter("Action"), "x-acs-action"),
            version: named(parameter("Version"), "x-acs-version"),
            access_key_id: parameter("AccessKeyId"),
            security_token: Some(parameter("SecurityToken")).filter(|token| !token.is_empty()),
            signed_at: parameter("Timestamp"),
            nonce: parameter("SignatureNonce"),
        },
    }
}

/// Checks everything that makes the claim true.
pub(crate) fn authenticate(
    request: &RawRequest,
    parameters: &ParsedParameters,
    claim: &Claim,
    directory: &dyn Directory,
    nonces: &NonceStore,
) -> Result<KeyOwner, ApiError> {
    let now_s = request.arrived_at_ms.div_euclid(1_000);
    if claim.operation.is_empty() {
        return Err(faults::missing_action());
    }
    if claim.version.is_empty() {
        return Err(faults::missing_version());
    }
    let scheme = scheme(request, &parameters.merged)?;
    require_parts(claim)?;
    let owner =
        directory.find_key(&claim.access_key_id, claim.security_token.as_deref(), now_s).map_err(faults::key)?;
    let signed_at_s = parse_utc(&claim.signed_at).ok_or_else(faults::unreadable_time)?;
    if (now_s - signed_at_s).abs() > CLOCK_WINDOW_S {
        return Err(faults::expired_time());
    }
    match scheme {
        Scheme::V1 { signature } => check_v1(request, &parameters.merged, signature, &owner)?,
        Scheme::V3(parts) => check_v3(request, &parameters.query, &parts, &owner)?,
    }
    match nonces.remember(&claim.access_key_id, &claim.nonce, signed_at_s, now_s) {
        Seen::First => Ok(owner),
        Seen::Again => Err(faults::repeated_nonce()),
        Seen::Full => Err(faults::throttled(60_000)),
    }
}

/// The request is of generation V3.
pub(crate) fn is_v3(request: &RawRequest) -> bool {
    v3_authorization(request).is_some()
}

fn v3_authorization(request: &RawRequest) -> Option<&str> {
    request.header("authorization").strip_prefix(v3::ALGORITHM)
}

fn scheme<'a>(request: &'a RawRequest, parameters: &'a BTreeMap<String, String>) -> Result<Scheme<'a>, ApiError> {
    if let Some(rest) = v3_authorization(request) {
        return v3::Authorization::parse(rest).map(Scheme::V3).map_err(faults::incomplete_signature);
    }
    let authorization = request.header("authorization");
    if authorization.starts_with("ACS3-") {
        return Err(faults::signature_method(authorization.split(' ').next().unwrap_or_default()));
    }
    let parameter = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    if parameter("SignatureType").eq_ignore_ascii_case("BEARERTOKEN")
        || !request.header("x-acs-bearer-token").is_empty()
    {
        return Err(faults::incomplete_signature("bearer tokens are not accepted here, sign with an access key"));
    }
    let signature = parameter("Signature");
    if signature.is_empty() {
        return Err(faults::incomplete_signature(
            "the request is not signed: Signature is missing, and there is no Authorization header",
        ));
    }
    match (parameter("SignatureMethod"), parameter("SignatureVersion")) {
        ("HMAC-SHA1", "1.0") => Ok(Scheme::V1 { signature }),
        ("", _) => Err(faults::incomplete_signature("SignatureMethod is missing")),
        (_, "") => Err(faults::incomplete_signature("SignatureVersion is missing")),
        (method, _) => Err(faults::signature_method(method)),
    }
}

fn require_parts(claim: &Claim) -> Result<(), ApiError> {
    for (part, name) in [
        (&claim.access_key_id, "the access key id is missing"),
        (&claim.signed_at, "the time of the request is missing (Timestamp or x-acs-date)"),
        (&claim.nonce, "the nonce is missing (SignatureNonce or x-acs-signature-nonce)"),
    ] {
        if part.is_empty() {
            return Err(faults::incomplete_signature(name));
        }
    }
    if claim.nonce.len() > MAX_NONCE_BYTES {
        return Err(faults::incomplete_signature("the nonce is longer than 256 bytes"));
    }
    Ok(())
}

fn check_v1(
    request: &RawRequest,
    parameters: &BTreeMap<String, String>,
    signature: &str,
    owner: &KeyOwner,
) -> Result<(), ApiError> {
    let signed =
        parameters.iter().filter(|(name, _)| *name != "Signature").map(|(name, value)| (name.as_str(), value.as_str()));
    let string_to_sign = v1::string_to_sign(request.method.as_str(), signed);
    if same(&v1::sign(&string_to_sign, &owner.secret), signature) {
        Ok(())
    } else {
        Err(faults::wrong_signature(&string_to_sign))
    }
}

/// Headers that must be signed, or they could be exchanged.
const SIGNED_ALWAYS: [&str; 6] =
    ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"];

fn check_v3(
    request: &RawRequest,
    query: &BTreeMap<String, String>,
    parts: &v3::Authorization<'_>,
    owner: &KeyOwner,
) -> Result<(), ApiError> {
    let names: Vec<&str> = parts.signed_headers.split(';').collect();
    if let Some(missing) = SIGNED_ALWAYS.iter().find(|name| !names.contains(name)) {
        return Err(faults::incomplete_signature(&format!("the header {missing} must be in SignedHeaders")));
    }
    let body_sha256 = v3::sha256_hex(&request.body);
    if request.header("x-acs-content-sha256") != body_sha256 {
        return Err(faults::incomplete_signature(
            "x-acs-content-sha256 is not the SHA-256 of the body, in lower-case hexadecimal",
        ));
    }
    let values: Vec<String> = names.iter().map(|name| joined_header(request, name)).collect();
    let headers: Vec<(&str, &str)> = names.iter().copied().zip(values.iter().map(String::as_str)).collect();
    let canonical_query = canonical::query(query.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let string_to_sign = v3::CanonicalRequest {
        method: request.method.as_str(),
        query: &canonical_query,
        headers: &headers,
        body_sha256: &body_sha256,
    }
    .string_to_sign();
    if same(&v3::sign(&string_to_sign, &owner.secret), parts.signature) {
        Ok(())
    } else {
        Err(faults::wrong_signature(&string_to_sign))
    }
}

/// All values of a header, trimmed and joined, as they were signed.
fn joined_header(request: &RawRequest, name: &str) -> String {
    let values: Vec<String> = request
        .headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
        .collect();
    values.join(",")
}
