//! Version 4: HMAC-SHA256 with a key derived for day, region and service, over a canonical form of the request.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use openapi::SecretText;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::service_headers;
use crate::request::Query;

/// First word of the `Authorization` header.
pub(crate) const ALGORITHM: &str = "SLS4-HMAC-SHA256";

const IN_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// For which day and region a key is derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// `20260304`
    pub(crate) day: String,
    /// `cn-hangzhou`; it need not be the server's.
    pub(crate) region: String,
}

impl Scope {
    fn text(&self) -> String {
        format!("{}/{}/sls/aliyun_v4_request", self.day, self.region)
    }
}

/// The parts of a credential: `<key id>/<day>/<region>/sls/aliyun_v4_request`.
pub(crate) fn parse_credential(credential: &str) -> Option<(&str, Scope)> {
    let mut parts = credential.rsplitn(5, '/');
    let (Some("aliyun_v4_request"), Some("sls"), Some(region), Some(day), Some(key_id)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let is_complete = !key_id.is_empty() && !region.is_empty() && day.len() == 8;
    is_complete.then(|| (key_id, Scope { day: day.to_owned(), region: region.to_owned() }))
}

/// What is signed, before it is digested. `path` is as sent; the list of signed headers is not sent but recomputed.
pub(crate) fn canonical_request(
    method: &str,
    headers: &HeaderMap,
    path: &str,
    query: &Query,
    has_meta: bool,
    body_sha256: &str,
) -> String {
    let mut signed = service_headers(headers);
    signed.retain(|(name, _)| has_meta || !name.starts_with("x-log-meta-"));
    for name in ["content-type", "host"] {
        if let Some(value) = headers.get(name) {
            signed.push((name, value.to_str().unwrap_or_default().trim()));
        }
    }
    signed.sort_unstable();
    let mut text = format!("{method}\n{path}\n{}\n", canonical_query(query));
    for (name, value) in &signed {
        text.extend([name, ":", value, "\n"]);
    }
    let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
    text.extend(["\n", &names.join(";"), "\n", body_sha256]);
    text
}

fn canonical_query(query: &Query) -> String {
    let mut pairs: Vec<(&str, &str)> = query.pairs().collect();
    pairs.sort_unstable();
    let pairs = pairs.into_iter().map(|(name, value)| match value {
        "" => name.to_owned(),
        value => format!("{name}={}", utf8_percent_encode(value, IN_VALUE)),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// The string to sign. `date` is `x-log-date`.
pub(crate) fn string_to_sign(date: &str, scope: &Scope, canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{date}\n{}\n{}", scope.text(), hex::encode(Sha256::digest(canonical_request)))
}

/// Lower-case hexadecimal of the HMAC.
pub(crate) fn sign(string_to_sign: &str, scope: &Scope, secret: &SecretText) -> String {
    let first = hmac(format!("aliyun_v4{}", secret.expose()).as_bytes(), &scope.day);
    let key = [scope.region.as_str(), "sls", "aliyun_v4_request"].iter().fold(first, |key, part| hmac(&key, part));
    hex::encode(hmac(&key, string_to_sign))
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes a key of any length") };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::examples::{SECRET, headers};

    const HOST: &str = "demo-project.cn-hangzhou.log.aliyuncs.com";
    const DATE: &str = "20261122T080000Z";

    fn signature(canonical: &str) -> String {
        let (_, scope) = parse_credential("LTAIexampleKeyId01/20261122/cn-hangzhou/sls/aliyun_v4_request").unwrap();
        sign(&string_to_sign(DATE, &scope, canonical), &scope, &SecretText::new(SECRET))
    }

    #[test]
    fn worked_example_of_a_search() {
        let digest = "94a48fd6b48f6e2e6064658c326b983e7435b9f88199f1f11838382d5d4236ec";
        let headers = headers(&[
            ("content-type", "application/json"),
            ("host", HOST),
            ("x-log-apiversion", "0.6.0"),
            ("x-log-bodyrawsize", "114"),
            ("x-log-content-sha256", digest),
            ("x-log-date", DATE),
        ]);
        let path = "/logstores/actiontrail_demo/logs";
        let text = canonical_request("POST", &headers, path, &Query::default(), true, digest);
        assert_eq!(signature(&text), "60a7cc24e29c489df89d0d233c909f6486b8f1adc457b6298e2ab2da0057e4af", "{text}");
    }

    #[test]
    fn worked_example_of_a_query() {
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let headers = headers(&[
            ("host", HOST),
            ("x-log-apiversion", "0.6.0"),
            ("x-log-bodyrawsize", "0"),
            ("x-log-content-sha256", digest),
            ("x-log-date", DATE),
        ]);
        let query = Query::parse("logstoreName=&offset=0&size=10&x%20y=a%2Fb%20c~%2A").unwrap();
        let text = canonical_request("GET", &headers, "/logstores", &query, true, digest);
        assert_eq!(signature(&text), "f70b7b005da3d67fe9c234774f136c87b44d70c014bde112e500d11ff0446afa", "{text}");
    }
}
