//! Signature version 1.0: HMAC-SHA1 over method and sorted parameters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::canonical;
use crate::directory::SecretText;

/// The string to sign. `parameters` are those of query and form, without `Signature`, in byte order of their names.
pub fn string_to_sign<'a>(method: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let query = canonical::query(parameters);
    format!("{method}&%2F&{}", canonical::encode(&query))
}

/// Base64 of the HMAC.
pub fn sign(string_to_sign: &str, secret: &SecretText) -> String {
    let key = format!("{}&", secret.expose());
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(string_to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: [(&str, &str); 12] = [
        ("AccessKeyId", "LTAI5tDocExample0001"),
        ("Action", "ListConfig"),
        ("ConfigItem.1", "a b*"),
        ("ConfigItem.2", "c&d~é"),
        ("Format", "JSON"),
        ("InstanceId", "acc-demo"),
        ("RegionId", "cn-shanghai"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", "9f1c2d3e4b5a69788796a5b4c3d2e1f0"),
        ("SignatureVersion", "1.0"),
        ("Timestamp", "2026-03-04T05:06:07Z"),
        ("Version", "2017-07-05"),
    ];

    #[test]
    fn signatures_of_the_worked_example() {
        let secret = SecretText::new("DocExampleSecret0123456789abcd");
        for (method, expected) in [("POST", "Gn8zR7nNhxICNGVpviDr6+qQfgM="), ("GET", "7AMFI6/cRiUW4LjcMi0R/7BZDPk=")] {
            let string = string_to_sign(method, PARAMETERS.into_iter());
            assert_eq!(sign(&string, &secret), expected, "{string}");
        }
    }
}
