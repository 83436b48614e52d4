//! Signatures of both versions, computed the same way for checking and for signing.
//!
//! Public document: Simple Log Service, "Request signatures".

pub(crate) mod v1;
pub(crate) mod v4;

use http::HeaderMap;
use subtle::ConstantTimeEq;

/// Compares two signatures in a time that does not tell where they differ.
pub(crate) fn same(ours: &str, theirs: &str) -> bool {
    ours.as_bytes().ct_eq(theirs.as_bytes()).into()
}

/// Headers that are signed by their beginning, sorted by name, values trimmed.
fn service_headers(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let mut signed: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default().trim()))
        .filter(|(name, _)| name.starts_with("x-log-") || name.starts_with("x-acs-"))
        .collect();
    signed.sort_unstable();
    signed
}

#[cfg(test)]
pub(crate) mod examples {
    use http::{HeaderMap, HeaderValue};

    pub(crate) const SECRET: &str = "exampleSecret0123456789abcdefGH";

    pub(crate) fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }
}
