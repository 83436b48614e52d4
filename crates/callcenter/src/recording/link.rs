//! Links that are good for a time: OSS signature version 1 in the query.
//!
//! Public document: Object Storage Service, "Add signatures to URLs" (V1). The key is the server's own, never a user's:
//! a link says that the server let its holder have this object until then.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::Sha1;
use sha2::{Digest, Sha256};

const IN_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const IN_PATH: &AsciiSet = &IN_VALUE.remove(b'/');
/// Query names that are part of what is signed, as far as a GET of an object has them.
const SIGNED_NAMES: [&str; 8] = [
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "security-token",
    "versionId",
];

/// Makes links and checks them.
pub struct LinkSigner {
    access_key_id: String,
    secret: [u8; 32],
}

/// A request by a link.
#[derive(Debug, Clone, Copy)]
pub struct LinkRequest<'a> {
    /// `GET` or `HEAD`
    pub method: &'a str,
    /// Decoded.
    pub bucket: &'a str,
    /// Decoded.
    pub key: &'a str,
    /// As received.
    pub query: &'a str,
    /// Header, empty without.
    pub content_md5: &'a str,
    /// Header, empty without.
    pub content_type: &'a str,
    /// Unix seconds.
    pub now_s: i64,
}

/// Why a link does not open its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkFault {
    /// One of the three parameters is missing.
    Incomplete,
    /// `Expires` is no number.
    UnreadableExpiry,
    /// The time is over; `Expires` in Unix seconds.
    Expired(i64),
    /// Signed with a key that is not the server's.
    UnknownKey(String),
    /// The signature is of something else.
    WrongSignature {
        /// What should have been signed; no secret is in it.
        string_to_sign: String,
        /// What came.
        provided: String,
        /// With which key.
        access_key_id: String,
    },
}

impl LinkSigner {
    /// A signer with the server's key. The key's id follows from it, and shows nothing of it.
    pub fn new(secret: [u8; 32]) -> Self {
        let access_key_id = format!("CAIRN{}", hex::encode_upper(&Sha256::digest(secret)[..8]));
        Self { access_key_id, secret }
    }

    /// Id of the key, as links show it.
    pub fn key_id(&self) -> &str {
        &self.access_key_id
    }

    /// `/<bucket>/<key>?Expires=…&OSSAccessKeyId=…&Signature=…` for GET.
    pub fn path_and_query(&self, bucket: &str, key: &str, expires_s: i64) -> String {
        let signature = self.sign(&string_to_sign("GET", "", "", expires_s, bucket, key, &BTreeMap::new()));
        format!(
            "/{}/{}?Expires={expires_s}&OSSAccessKeyId={}&Signature={}",
            utf8_percent_encode(bucket, IN_PATH),
            utf8_percent_encode(key, IN_PATH),
            self.access_key_id,
            utf8_percent_encode(&signature, IN_VALUE)
        )
    }

    /// Expiry is looked at before the signature. A link for GET serves HEAD, too: it shows less.
    ///
    /// # Errors
    /// What is wrong with the link.
    pub fn check(&self, request: &LinkRequest<'_>) -> Result<(), LinkFault> {
        let query = decoded(request.query);
        let [Some(expires), Some(access_key_id), Some(provided)] =
            ["Expires", "OSSAccessKeyId", "Signature"].map(|name| query.get(name))
        else {
            return Err(LinkFault::Incomplete);
        };
        let expires_s: i64 = expires.parse().map_err(|_| LinkFault::UnreadableExpiry)?;
        if expires_s < request.now_s {
            return Err(LinkFault::Expired(expires_s));
        }
        if *access_key_id != self.access_key_id {
            return Err(LinkFault::UnknownKey(access_key_id.clone()));
        }
        let of = |method| {
            let (md5, kind) = (request.content_md5, request.content_type);
            string_to_sign(method, md5, kind, expires_s, request.bucket, request.key, &query)
        };
        let is_good = |method| same(&self.sign(&of(method)), provided);
        if is_good(request.method) || (request.method == "HEAD" && is_good("GET")) {
            return Ok(());
        }
        Err(LinkFault::WrongSignature {
            string_to_sign: of(request.method),
            provided: provided.clone(),
            access_key_id: access_key_id.clone(),
        })
    }

    fn sign(&self, text: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(hex::encode(self.secret).as_bytes()) else {
            unreachable!("HMAC takes a key of any length")
        };
        mac.update(text.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

fn string_to_sign(
    method: &str,
    content_md5: &str,
    content_type: &str,
    expires_s: i64,
    bucket: &str,
    key: &str,
    query: &BTreeMap<String, String>,
) -> String {
    let sub_resources: Vec<String> = query
        .iter()
        .filter(|(name, _)| SIGNED_NAMES.contains(&name.as_str()))
        .map(|(name, value)| if value.is_empty() { name.clone() } else { format!("{name}={value}") })
        .collect();
    let separator = if sub_resources.is_empty() { "" } else { "?" };
    format!(
        "{method}\n{content_md5}\n{content_type}\n{expires_s}\n/{bucket}/{key}{separator}{}",
        sub_resources.join("&")
    )
}

fn decoded(query: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// Compares in a time that does not tell where they differ.
fn same(ours: &str, theirs: &str) -> bool {
    ours.len() == theirs.len() && ours.bytes().zip(theirs.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "record/i/云 a+b.wav";

    fn request(link: &str) -> LinkRequest<'_> {
        let query = link.split_once('?').map_or("", |(_, query)| query);
        LinkRequest { method: "GET", bucket: "ccc-b", key: KEY, query, content_md5: "", content_type: "", now_s: 1_000 }
    }

    #[test]
    fn a_link_opens_its_object_until_it_expires() {
        let signer = LinkSigner::new([7; 32]);
        let link = signer.path_and_query("ccc-b", KEY, 1_000);
        assert!(link.starts_with("/ccc-b/record/i/%E4%BA%91%20a%2Bb.wav?Expires=1000&OSSAccessKeyId=CAIRN"), "{link}");
        let good = request(&link);
        assert_eq!(signer.check(&good), Ok(()));
        assert_eq!(signer.check(&LinkRequest { method: "HEAD", ..good }), Ok(()));
        assert_eq!(signer.check(&LinkRequest { now_s: 1_001, ..good }), Err(LinkFault::Expired(1_000)));
        assert!(matches!(signer.check(&LinkRequest { key: "other", ..good }), Err(LinkFault::WrongSignature { .. })));
        assert!(matches!(signer.check(&LinkRequest { method: "PUT", ..good }), Err(LinkFault::WrongSignature { .. })));
        assert_eq!(signer.check(&LinkRequest { query: "Expires=9999", ..good }), Err(LinkFault::Incomplete));
        let later = link.replace("Expires=1000", "Expires=9000");
        assert!(matches!(signer.check(&request(&later)), Err(LinkFault::WrongSignature { .. })));
        let renamed = format!("{link}&response-content-type=text/html");
        assert!(matches!(signer.check(&request(&renamed)), Err(LinkFault::WrongSignature { .. })));
        assert!(matches!(LinkSigner::new([8; 32]).check(&good), Err(LinkFault::UnknownKey(_))));
    }

    #[test]
    fn the_worked_string() {
        let query =
            decoded("response-content-type=text/plain&security-token=CAISdocToken%2B/%3D%3D&Expires=1772601667");
        let string = string_to_sign("GET", "", "", 1_772_601_667, "audit-archive", "trail/2026 03/a+b.json", &query);
        let resource =
            "/audit-archive/trail/2026 03/a+b.json?response-content-type=text/plain&security-token=CAISdocToken+/==";
        assert_eq!(string, format!("GET\n\n\n1772601667\n{resource}"));
    }

    proptest! {
        #[test]
        fn no_query_opens_by_chance(query in ".{0,80}") {
            let link = format!("?{query}");
            prop_assert!(LinkSigner::new([7; 32]).check(&request(&link)).is_err());
        }
    }
}
