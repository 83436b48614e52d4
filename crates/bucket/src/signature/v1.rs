//! Version 1: HMAC-SHA1 over method, a few headers and the resource.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use openapi::SecretText;
use sha1::Sha1;

use super::signed_text;
use crate::request::Query;

/// Names of query parameters that are part of what is signed; all others are not.
const SIGNED_NAMES: &[&str] = &[
    "accessPoint",
    "accessPointPolicy",
    "acl",
    "append",
    "asyncFetch",
    "bucketArchiveDirectRead",
    "bucketInfo",
    "callback",
    "callback-var",
    "cloudboxes",
    "cname",
    "comp",
    "continuation-token",
    "cors",
    "delete",
    "encryption",
    "endTime",
    "group",
    "httpsConfig",
    "img",
    "inventory",
    "inventoryId",
    "lifecycle",
    "link",
    "live",
    "location",
    "logging",
    "metaQuery",
    "objectInfo",
    "objectMeta",
    "partNumber",
    "policy",
    "position",
    "publicAccessBlock",
    "qos",
    "qosInfo",
    "qosRequester",
    "redundancyTransition",
    "referer",
    "regionList",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "requestPayment",
    "requesterQosInfo",
    "resourceGroup",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "security-token",
    "sequential",
    "startTime",
    "stat",
    "status",
    "style",
    "styleName",
    "symlink",
    "tagging",
    "transferAcceleration",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "vod",
    "website",
    "worm",
    "wormExtend",
    "wormId",
    "x-oss-ac-forward-allow",
    "x-oss-ac-source-ip",
    "x-oss-ac-subnet-mask",
    "x-oss-ac-vpc-id",
    "x-oss-access-point-name",
    "x-oss-async-process",
    "x-oss-process",
    "x-oss-redundancy-transition-taskid",
    "x-oss-request-payer",
    "x-oss-target-redundancy-type",
    "x-oss-traffic-limit",
    "x-oss-write-get-object-response",
];

/// Whether a query parameter is signed; those that choose an operation are among them.
pub(crate) fn is_signed(name: &str) -> bool {
    SIGNED_NAMES.binary_search(&name).is_ok()
}

/// The string to sign. `date` is the value of `x-oss-date`, else of `Date`; in a link it is `Expires`.
pub fn string_to_sign(method: &str, headers: &HeaderMap, date: &str, resource: &str, query: &Query) -> String {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut text = format!("{method}\n{}\n{}\n{date}\n", header("content-md5"), header("content-type"));
    let mut signed: Vec<(&str, &str)> = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-oss-"))
        .map(|(name, value)| (name.as_str(), signed_text(value)))
        .collect();
    signed.sort_unstable();
    for (name, value) in signed {
        text.extend([name, ":", value, "\n"]);
    }
    text.push_str(resource);
    let mut parameters: Vec<(&str, &str)> = query.pairs().filter(|(name, _)| is_signed(name)).collect();
    parameters.sort_unstable();
    for (index, (name, value)) in parameters.into_iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(name);
        if !value.is_empty() {
            text.extend(["=", value]);
        }
    }
    text
}

/// Base64 of the HMAC.
pub fn sign(string_to_sign: &str, secret: &SecretText) -> String {
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

    #[test]
    fn names_are_sorted_for_the_search() {
        assert!(SIGNED_NAMES.is_sorted());
    }

    #[test]
    fn worked_example_of_an_append() {
        let headers = headers(&[
            ("content-type", "application/json"),
            ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
            ("date", "Wed, 04 Mar 2026 05:06:07 GMT"),
            ("x-oss-meta-owner", "seg"),
        ]);
        let query = Query::parse("append&position=128").unwrap();
        let resource = "/audit-archive/trail/2026 03/a+b.json";
        let text = string_to_sign("POST", &headers, "Wed, 04 Mar 2026 05:06:07 GMT", resource, &query);
        assert_eq!(sign(&text, &SecretText::new(SECRET)), "Mq9kwl1rrej+tm2GdPmYV8ETnOY=", "{text}");
    }

    #[test]
    fn worked_example_of_a_link() {
        let query = Query::parse(
            "OSSAccessKeyId=x&Expires=1772601667&response-content-type=text%2Fplain&security-token=CAISdocToken%2B%2F%3D%3D&prefix=x",
        );
        let resource = "/audit-archive/trail/2026 03/a+b.json";
        let text = string_to_sign("GET", &HeaderMap::new(), "1772601667", resource, &query.unwrap());
        assert_eq!(sign(&text, &SecretText::new(SECRET)), "HuRa/WUkVpRbmC4hKt8HYcnAphk=", "{text}");
    }
}
