//! A request as it came, and its parameters merged from query and form.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode;

use crate::error::ApiError;
use crate::faults::{shorten, unsupported_method};
use crate::hang_up::HangUp;
use crate::limits::{MAX_BODY_BYTES, MAX_NAME_BYTES, MAX_PARAMETERS};

/// An HTTP request whose body was read whole.
#[derive(Debug)]
pub struct RawRequest {
    /// `GET` or `POST`; others are refused.
    pub method: Method,
    /// Query text, without `?`.
    pub query: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, at most [`MAX_BODY_BYTES`].
    pub body: Bytes,
    /// Address of the client.
    pub source_ip: IpAddr,
    /// The connection is encrypted.
    pub secure: bool,
    /// Arrival, Unix milliseconds.
    pub arrived_at_ms: i64,
    /// Set when the client is gone.
    pub hang_up: HangUp,
}

/// Decoded parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ParsedParameters {
    /// Those of the query alone: what signature V3 covers by name.
    pub query: BTreeMap<String, String>,
    /// Query and form together.
    pub merged: BTreeMap<String, String>,
}

impl RawRequest {
    /// A header as text; empty when absent or not text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).unwrap_or_default().trim()
    }

    /// The host without a scheme: one client puts its whole endpoint there.
    pub fn host(&self) -> &str {
        let host = self.header("host");
        host.strip_prefix("http://").or_else(|| host.strip_prefix("https://")).unwrap_or(host).trim_end_matches('/')
    }

    /// Decodes and merges the parameters.
    pub fn parameters(&self) -> Result<ParsedParameters, ApiError> {
        if self.method != Method::GET && self.method != Method::POST {
            return Err(unsupported_method());
        }
        if self.body.len() > MAX_BODY_BYTES {
            return Err(body_too_large());
        }
        let mut query = BTreeMap::new();
        decode_into(&mut query, self.query.as_bytes())?;
        let mut merged = query.clone();
        if self.has_form()? {
            decode_into(&mut merged, &self.body)?;
        }
        Ok(ParsedParameters { query, merged })
    }

    fn has_form(&self) -> Result<bool, ApiError> {
        if self.body.is_empty() {
            return Ok(false);
        }
        let content_type = self.header("content-type").to_ascii_lowercase();
        if content_type.is_empty() || content_type.starts_with("application/x-www-form-urlencoded") {
            return Ok(true);
        }
        Err(ApiError::bad_request(
            "InvalidParameter",
            format!(
                "The body has the type \"{}\": send parameters as application/x-www-form-urlencoded or in the query.",
                shorten(&content_type)
            ),
        ))
    }
}

/// 413 with a body that clients can read.
pub fn body_too_large() -> ApiError {
    ApiError::new(
        413,
        "RequestEntityTooLarge",
        format!("The request body is too large: at most {MAX_BODY_BYTES} bytes are taken."),
    )
}

fn decode_into(into: &mut BTreeMap<String, String>, text: &[u8]) -> Result<(), ApiError> {
    for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = decode(halves.next().unwrap_or_default())?;
        if name.len() > MAX_NAME_BYTES {
            return Err(ApiError::bad_request(
                "InvalidParameter",
                format!("A parameter name is longer than {MAX_NAME_BYTES} bytes: \"{}…\".", shorten(&name)),
            ));
        }
        match into.get(&name) {
            Some(there) if *there != value => {
                return Err(ApiError::bad_request(
                    "InvalidParameter",
                    format!("The parameter \"{}\" is given twice with different values.", shorten(&name)),
                ));
            }
            Some(_) => {}
            None if into.len() >= MAX_PARAMETERS => {
                return Err(ApiError::bad_request(
                    "InvalidParameter",
                    format!("The request has too many parameters: at most {MAX_PARAMETERS} are taken."),
                ));
            }
            None => {
                into.insert(name, value);
            }
        }
    }
    Ok(())
}

/// `+` is a space in query and form alike: clients write either.
fn decode(text: &[u8]) -> Result<String, ApiError> {
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    String::from_utf8(bytes).map_err(|error| {
        let start = shorten(&String::from_utf8_lossy(error.as_bytes()));
        ApiError::bad_request("InvalidParameter", format!("The request has text that is not valid UTF-8: \"{start}\"."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &str, content_type: &str, body: &[u8]) -> RawRequest {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert("content-type", content_type.parse().expect("a header value"));
        }
        headers.insert("host", "http://127.0.0.1:8080".parse().expect("a header value"));
        RawRequest {
            method: Method::POST,
            query: query.to_owned(),
            headers,
            body: Bytes::copy_from_slice(body),
            source_ip: IpAddr::from([127, 0, 0, 1]),
            secure: false,
            arrived_at_ms: 0,
            hang_up: HangUp::default(),
        }
    }

    #[test]
    fn query_and_form_are_decoded_and_merged() {
        let request =
            request("A=a+b&B=%E5%AE%A1%2A", "application/x-www-form-urlencoded; charset=utf-8", b"C=c%26d&A=a%20b");
        let parameters = request.parameters().expect("good parameters");
        let merged: Vec<_> = parameters.merged.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(merged, [("A", "a b"), ("B", "审*"), ("C", "c&d")]);
        assert_eq!(parameters.query.len(), 2);
        assert_eq!(request.host(), "127.0.0.1:8080");
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        let form = "application/x-www-form-urlencoded";
        for (query, content_type, body) in [
            ("A=1&A=2", "", &b""[..]),
            ("A=1", form, b"A=2"),
            ("A=%FF", "", b""),
            ("", form, b"A=\xff"),
            ("", "application/json", b"{}"),
        ] {
            let error = request(query, content_type, body).parameters().expect_err("bad parameters");
            assert_eq!((error.http_status, error.code.as_ref()), (400, "InvalidParameter"), "{query} {content_type}");
        }
        let many: String = (0..100_000).map(|n| format!("P{n}=1&")).collect();
        let error = request("", form, many.as_bytes()).parameters().expect_err("too many");
        assert!(error.message.contains("1000"), "{error}");
    }
}
