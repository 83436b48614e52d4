//! Version 1: HMAC-SHA1 over method, digest, type, date, headers of the service and the decoded resource.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use openapi::SecretText;
use sha1::Sha1;

use super::service_headers;
use crate::request::Query;

/// What is signed. `path` is decoded; `date` is `x-log-date`, or else `Date`.
pub(crate) fn string_to_sign(method: &str, headers: &HeaderMap, date: &str, path: &str, query: &Query) -> String {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut text = format!("{method}\n{}\n{}\n{date}\n", header("content-md5"), header("content-type"));
    for (name, value) in service_headers(headers) {
        if name != "x-log-date" && !name.starts_with("x-log-meta-") {
            text.extend([name, ":", value, "\n"]);
        }
    }
    text.push_str(path);
    let mut parameters: Vec<(&str, &str)> = query.pairs().collect();
    parameters.sort_unstable();
    for (index, (name, value)) in parameters.into_iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.extend([name, "=", value]);
    }
    text
}

/// Base64 of the HMAC.
pub(crate) fn sign(string_to_sign: &str, secret: &SecretText) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.expose().as_bytes()) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(string_to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::examples::{SECRET, headers};

    const DATE: &str = "Sun, 22 Nov 2026 08:00:00 GMT";

    #[test]
    fn worked_example_of_a_list() {
        let headers = headers(&[
            ("date", DATE),
            ("x-log-apiversion", "0.6.0"),
            ("x-log-bodyrawsize", "0"),
            ("x-log-signaturemethod", "hmac-sha1"),
        ]);
        let query = Query::parse("size=10&offset=0&logstoreName=").unwrap();
        let text = string_to_sign("GET", &headers, DATE, "/logstores", &query);
        assert_eq!(sign(&text, &SecretText::new(SECRET)), "5E1KXX1ZjhJ5adrFn1/NOz+oMa8=", "{text}");
    }

    #[test]
    fn worked_examples_of_a_put_without_and_with_a_token() {
        let pairs = [
            ("content-md5", "28166190FB8CB8D02E63F5950582E9BD"),
            ("content-type", "application/x-protobuf"),
            ("x-log-apiversion", "0.6.0"),
            ("x-log-bodyrawsize", "137"),
            ("x-log-compresstype", "lz4"),
            ("x-log-date", DATE),
            ("x-log-signaturemethod", "hmac-sha1"),
        ];
        let path = "/logstores/actiontrail_demo/shards/lb";
        let sign = |headers: &HeaderMap| {
            sign(&string_to_sign("POST", headers, DATE, path, &Query::default()), &SecretText::new(SECRET))
        };
        let mut headers = headers(&pairs);
        assert_eq!(sign(&headers), "RvE7Uh7yGJ3miKzdBnt5gQBnVuM=");
        headers.insert("x-acs-security-token", "CAISexampleStsToken==".parse().unwrap());
        assert_eq!(sign(&headers), "MkjuKl6uzlLonU9A8L4cwE0hnEQ=");
    }
}
