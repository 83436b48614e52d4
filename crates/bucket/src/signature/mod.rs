//! Signatures of both versions, in the header and in the query, computed the same way for checking and for signing.
//!
//! Public documents: Object Storage Service, "Include a V1 signature in the Authorization header", "Add signatures to
//! URLs", and the same pages for V4.

pub mod v1;
pub mod v4;

use http::HeaderValue;
use subtle::ConstantTimeEq;

/// A header as it is signed: clients send text beyond ASCII in UTF-8.
fn signed_text(value: &HeaderValue) -> &str {
    std::str::from_utf8(value.as_bytes()).unwrap_or_default().trim()
}

/// Compares two signatures in a time that does not tell where they differ.
pub(crate) fn same(ours: &str, theirs: &str) -> bool {
    ours.as_bytes().ct_eq(theirs.as_bytes()).into()
}

#[cfg(test)]
pub(crate) mod examples {
    use http::{HeaderMap, HeaderValue};

    pub(crate) const SECRET: &str = "DocExampleSecret0123456789abcd";

    pub(crate) fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }
}
