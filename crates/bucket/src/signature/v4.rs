//! Version 4: HMAC-SHA256 with a key derived for day, region and service, over a canonical form of the request.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use openapi::SecretText;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::signed_text;
use crate::request::Query;

/// First word of the `Authorization` header.
pub const ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// The query parameter that holds the signature, and so is not part of it.
pub const SIGNATURE_PARAMETER: &str = "x-oss-signature";
/// What stands for the digest of a body that is not signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

const IN_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const IN_PATH: &AsciiSet = &IN_VALUE.remove(b'/');

/// For which day, region and service a key is derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// `20260304`
    pub day: String,
    /// `cn-hangzhou`
    pub region: String,
    /// `oss`
    pub product: String,
}

impl Scope {
    /// As the credential and the string to sign show it.
    pub fn text(&self) -> String {
        format!("{}/{}/{}/aliyun_v4_request", self.day, self.region, self.product)
    }
}

/// The parts of a credential: `<key id>/<day>/<region>/oss/aliyun_v4_request`.
pub fn parse_credential(credential: &str) -> Option<(&str, Scope)> {
    let mut parts = credential.rsplitn(5, '/');
    let (Some("aliyun_v4_request"), Some(product), Some(region), Some(day), Some(key_id)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let is_complete = !key_id.is_empty() && !region.is_empty() && day.len() == 8;
    is_complete.then(|| (key_id, Scope { day: day.to_owned(), region: region.to_owned(), product: product.to_owned() }))
}

/// What is signed, before it is digested.
pub struct CanonicalRequest<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Decoded resource, always with the bucket.
    pub resource: &'a str,
    /// All parameters; the signature is left out here.
    pub query: &'a Query,
    /// Headers as received.
    pub headers: &'a HeaderMap,
    /// Lower-case names of headers that are signed beyond the usual ones, sorted.
    pub additional: &'a [String],
    /// `UNSIGNED-PAYLOAD` or a digest.
    pub payload: &'a str,
}

impl CanonicalRequest<'_> {
    /// The canonical form.
    pub fn text(&self) -> String {
        let path = utf8_percent_encode(self.resource, IN_PATH);
        let mut text = format!("{}\n{path}\n{}\n", self.method, self.canonical_query());
        for (name, value) in self.signed_headers() {
            text.extend([name, ":", value, "\n"]);
        }
        text.push('\n');
        text.push_str(&self.additional.join(";"));
        text.push('\n');
        text.push_str(self.payload);
        text
    }

    fn canonical_query(&self) -> String {
        let encode = |text| utf8_percent_encode(text, IN_VALUE).to_string();
        let mut pairs: Vec<(String, String)> = self
            .query
            .pairs()
            .filter(|(name, _)| *name != SIGNATURE_PARAMETER)
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        pairs.sort_unstable();
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| if value.is_empty() { name } else { format!("{name}={value}") })
            .collect();
        pairs.join("&")
    }

    fn signed_headers(&self) -> Vec<(&str, &str)> {
        let mut headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), signed_text(value)))
            .filter(|(name, _)| {
                name.starts_with("x-oss-")
                    || matches!(*name, "content-type" | "content-md5")
                    || self.additional.iter().any(|additional| additional == name)
            })
            .collect();
        headers.sort_unstable();
        headers
    }
}

/// The string to sign. `date` is `x-oss-date`.
pub fn string_to_sign(date: &str, scope: &Scope, canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{date}\n{}\n{}", scope.text(), hex::encode(Sha256::digest(canonical_request)))
}

/// Lower-case hexadecimal of the HMAC.
pub fn sign(string_to_sign: &str, scope: &Scope, secret: &SecretText) -> String {
    let first = format!("aliyun_v4{}", secret.expose());
    let steps = [scope.day.as_str(), &scope.region, &scope.product, "aliyun_v4_request", string_to_sign];
    let signature = steps.iter().fold(first.into_bytes(), |key, text| hmac(&key, text));
    hex::encode(signature)
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes a key of any length") };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::examples::{SECRET, headers};

    const DATE: &str = "20260304T050607Z";
    const OBJECT: &str = "/audit-archive/trail/2026 03/a+b.json.gz";

    fn signature(request: &CanonicalRequest<'_>) -> String {
        let (key_id, scope) =
            parse_credential("LTAI5tDocExample0001/20260304/cn-hangzhou/oss/aliyun_v4_request").unwrap();
        assert_eq!(key_id, "LTAI5tDocExample0001");
        sign(&string_to_sign(DATE, &scope, &request.text()), &scope, &SecretText::new(SECRET))
    }

    #[test]
    fn worked_example_of_a_put_with_the_host_signed() {
        let headers = headers(&[
            ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
            ("content-type", "application/gzip"),
            ("host", "audit-archive.oss-cn-hangzhou.aliyuncs.com"),
            ("user-agent", "not signed"),
            ("x-oss-content-sha256", UNSIGNED_PAYLOAD),
            ("x-oss-date", DATE),
            ("x-oss-forbid-overwrite", "true"),
            ("x-oss-security-token", "CAISdocToken+/=="),
        ]);
        let request = CanonicalRequest {
            method: "PUT",
            resource: OBJECT,
            query: &Query::default(),
            headers: &headers,
            additional: &["host".to_owned()],
            payload: UNSIGNED_PAYLOAD,
        };
        assert_eq!(signature(&request), "04b29f87c051fc4e1893d983d9faeae6e0eed4b2e5c453a0df1102aa8b6d853c");
    }

    #[test]
    fn worked_example_of_a_listing() {
        let headers = headers(&[("x-oss-content-sha256", UNSIGNED_PAYLOAD), ("x-oss-date", DATE)]);
        let query = Query::parse("list-type=2&prefix=trail%2F&encoding-type=url&delimiter=%2F").unwrap();
        let request = CanonicalRequest {
            method: "GET",
            resource: "/audit-archive/",
            query: &query,
            headers: &headers,
            additional: &[],
            payload: UNSIGNED_PAYLOAD,
        };
        assert_eq!(signature(&request), "68d6e73c71125bc5d689e428f590e06a9535c831e78bc6357ffe2f7fead1d04a");
    }

    #[test]
    fn worked_example_of_a_link() {
        let query = Query::parse(
            "x-oss-credential=LTAI5tDocExample0001%2F20260304%2Fcn-hangzhou%2Foss%2Faliyun_v4_request&x-oss-date=20260304T050607Z\
             &x-oss-expires=900&x-oss-security-token=CAISdocToken%2B%2F%3D%3D&x-oss-signature-version=OSS4-HMAC-SHA256\
             &x-oss-signature=anything",
        );
        let request = CanonicalRequest {
            method: "GET",
            resource: OBJECT,
            query: &query.unwrap(),
            headers: &HeaderMap::new(),
            additional: &[],
            payload: UNSIGNED_PAYLOAD,
        };
        assert_eq!(signature(&request), "0d3c52b266614417fc927f21c1972a73487dacf2cfd8d1f52333566bf7b9cd50");
    }

    #[test]
    fn credentials_that_are_none() {
        for text in [
            "",
            "a/b",
            "a/20260304/cn-hangzhou/oss/aws4_request",
            "/20260304/r/oss/aliyun_v4_request",
            "a/2026/r/oss/aliyun_v4_request",
        ] {
            assert_eq!(parse_credential(text), None, "{text}");
        }
    }
}
