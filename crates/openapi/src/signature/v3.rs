//! Signature version 3, `ACS3-HMAC-SHA256`: HMAC-SHA256 over method, query, chosen headers and the body's digest.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::directory::SecretText;

/// Name of the algorithm, first word of the `Authorization` header.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The parts of an `Authorization` header.
#[derive(Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// Key id.
    pub credential: &'a str,
    /// Lower-case names, joined with `;`.
    pub signed_headers: &'a str,
    /// Lower-case hexadecimal.
    pub signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads what follows the algorithm's name. The error says what is missing.
    pub fn parse(rest: &'a str) -> Result<Self, &'static str> {
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for part in rest.split(',') {
            match part.trim().split_once('=') {
                Some(("Credential", value)) => credential = Some(value),
                Some(("SignedHeaders", value)) => signed_headers = Some(value),
                Some(("Signature", value)) => signature = Some(value),
                _ => {}
            }
        }
        Ok(Self {
            credential: credential
                .filter(|text| !text.is_empty())
                .ok_or("Credential is missing in the Authorization header")?,
            signed_headers: signed_headers
                .filter(|text| !text.is_empty())
                .ok_or("SignedHeaders is missing in the Authorization header")?,
            signature: signature
                .filter(|text| !text.is_empty())
                .ok_or("Signature is missing in the Authorization header")?,
        })
    }
}

/// What is signed, before it is digested.
pub struct CanonicalRequest<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Canonical query, see [`super::canonical::query`].
    pub query: &'a str,
    /// Lower-case names with trimmed values, in the order of `SignedHeaders`.
    pub headers: &'a [(&'a str, &'a str)],
    /// Lower-case hexadecimal SHA-256 of the body.
    pub body_sha256: &'a str,
}

impl CanonicalRequest<'_> {
    /// The string to sign.
    pub fn string_to_sign(&self) -> String {
        let mut text = format!("{}\n/\n{}\n", self.method, self.query);
        for (name, value) in self.headers {
            text.push_str(name);
            text.push(':');
            text.push_str(value);
            text.push('\n');
        }
        text.push('\n');
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        text.push_str(&names.join(";"));
        text.push('\n');
        text.push_str(self.body_sha256);
        format!("{ALGORITHM}\n{}", sha256_hex(text.as_bytes()))
    }
}

/// Lower-case hexadecimal of the HMAC; the key is the plain secret.
pub fn sign(string_to_sign: &str, secret: &SecretText) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        unreachable!("HMAC takes a key of any length")
    };
    mac.update(string_to_sign.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::canonical;

    const DATE: &str = "2026-03-04T05:06:07Z";
    const NONCE: &str = "9f1c2d3e4b5a69788796a5b4c3d2e1f0";

    fn secret() -> SecretText {
        SecretText::new("DocExampleSecret0123456789abcd")
    }

    #[test]
    fn query_parameters_of_the_worked_example() {
        let query = canonical::query(
            [
                ("Direction", "BACKWARD"),
                ("LookupAttribute.1.Key", "ServiceName"),
                ("LookupAttribute.1.Value", "Ccc é*"),
                ("MaxResults", "10"),
                ("StartTime", "2026-03-01T00:00:00Z"),
            ]
            .into_iter(),
        );
        let body_sha256 = sha256_hex(b"");
        let request = CanonicalRequest {
            method: "POST",
            query: &query,
            headers: &[
                ("host", "actiontrail.cn-shanghai.aliyuncs.com"),
                ("x-acs-action", "LookupEvents"),
                ("x-acs-content-sha256", &body_sha256),
                ("x-acs-date", DATE),
                ("x-acs-signature-nonce", NONCE),
                ("x-acs-version", "2020-07-06"),
            ],
            body_sha256: &body_sha256,
        };
        let string = request.string_to_sign();
        assert_eq!(string, "ACS3-HMAC-SHA256\n6f8878b2325755aebe9c8beb9503abeb8e21b9e7f1faf6455821fa2d455f4064");
        assert_eq!(sign(&string, &secret()), "6ad25db8b55b7432ff209ff99f0d3dc544192bedad5390b906be33652d547d34");
    }

    #[test]
    fn form_body_of_the_worked_example() {
        let body_sha256 = sha256_hex("ConfigItem.1=a%20b%2A&ConfigItem.2=c%26d~%C3%A9&InstanceId=acc-demo".as_bytes());
        assert_eq!(body_sha256, "372f0c28c608393cbc3a454702910b9943870e6387cd705dafacf79f3e174d36");
        let request = CanonicalRequest {
            method: "POST",
            query: "",
            headers: &[
                ("content-type", "application/x-www-form-urlencoded"),
                ("host", "ccc.cn-shanghai.aliyuncs.com"),
                ("x-acs-action", "ListConfig"),
                ("x-acs-content-sha256", &body_sha256),
                ("x-acs-date", DATE),
                ("x-acs-signature-nonce", NONCE),
                ("x-acs-version", "2017-07-05"),
            ],
            body_sha256: &body_sha256,
        };
        let string = request.string_to_sign();
        assert!(string.ends_with("173823cc0584150a1ebb007b8261dfb61e62c89b0ae31dd97a966afcfcbb4fc0"), "{string}");
        assert_eq!(sign(&string, &secret()), "497b3e5cda98ad8e3703785d8d1d9d29b28c82c9b0e48b1e997e896b1874686c");
    }

    #[test]
    fn authorization_header_in_parts() {
        let parsed = Authorization::parse(" Credential=LTAI,SignedHeaders=host;x-acs-date, Signature=ab");
        assert_eq!(
            parsed,
            Ok(Authorization { credential: "LTAI", signed_headers: "host;x-acs-date", signature: "ab" })
        );
        assert!(Authorization::parse("Credential=LTAI,Signature=ab").is_err());
        assert!(Authorization::parse("").is_err());
    }
}
