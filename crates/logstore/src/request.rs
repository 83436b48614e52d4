//! A request as it arrived, before anybody knows what it means.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderMap, Method};
use openapi::Arrival;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::fault::{Fault, codes};
use crate::limits::MAX_JSON_BYTES;

/// A request with its whole body.
#[derive(Debug, Clone)]
pub struct Head {
    /// The HTTP method.
    pub method: Method,
    /// Path as sent, percent-encoded.
    pub path: String,
    /// Query as sent, without the question mark.
    pub raw_query: String,
    /// Headers as received.
    pub headers: HeaderMap,
    /// The body as sent, compressed if it was.
    pub body: Bytes,
    /// Address of the client.
    pub source_ip: IpAddr,
    /// The connection was encrypted.
    pub secure: bool,
    /// Unix milliseconds.
    pub arrived_at_ms: i64,
}

impl Head {
    /// What the event of the request says of it.
    pub(crate) fn arrival(&self, request_id: &str) -> Arrival {
        Arrival {
            request_id: request_id.to_owned(),
            arrived_at_ms: self.arrived_at_ms,
            host: self.header("host").to_owned(),
            is_secure: self.secure,
            source_ip: self.source_ip,
            user_agent: self.header("user-agent").to_owned(),
        }
    }

    /// A header as text; empty when it is absent or not text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The decoded path.
    pub fn decoded_path(&self) -> Result<String, Fault> {
        let decoded = percent_decode_str(&self.path).decode_utf8();
        decoded.map(|path| path.into_owned()).map_err(|_| codes::PARAMETER_INVALID.says("The path is not UTF-8."))
    }

    /// The body as a JSON document.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        if self.body.len() > MAX_JSON_BYTES {
            return Err(codes::JSON_INVALID.says("The JSON of the body is larger than 1 MiB."));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| codes::JSON_INVALID.says(format!("The body is not the JSON of this operation: {error}.")))
    }
}

/// Query parameters, decoded, in the order of arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands behind the question mark.
    pub fn parse(raw: &str) -> Result<Query, Fault> {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        pairs.collect::<Result<_, _>>().map(Query)
    }

    /// The first value of a name; one client sends what it leaves out as empty, so empty means absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// A whole number.
    pub fn number(&self, name: &'static str) -> Result<Option<i64>, Fault> {
        let parse = |text: &str| text.parse().map_err(|_| not_a_number(name));
        self.text(name).map(parse).transpose()
    }

    /// A number that cannot be left out.
    pub fn required_number(&self, name: &'static str) -> Result<i64, Fault> {
        self.number(name)?.ok_or_else(|| not_a_number(name))
    }

    /// A flag; clients write it in either case.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    /// All pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What a number that is none is answered with; the text is the cloud's own.
pub(crate) fn not_a_number(name: &str) -> Fault {
    codes::PARAMETER_INVALID.says(format!("The parameter {name} must be a positive integer"))
}

fn decode(text: &str) -> Result<String, Fault> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| codes::PARAMETER_INVALID.says("The query is not UTF-8."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_are_absent_and_flags_have_either_case() {
        let query = Query::parse("offset=&size=10&reverse=True&x+y=a%2Fb&line=ten").unwrap();
        assert_eq!((query.number("offset"), query.number("size")), (Ok(None), Ok(Some(10))));
        assert!(query.flag("reverse") && !query.flag("offset"));
        assert_eq!(query.text("x y"), Some("a/b"));
        assert_eq!(query.number("line").unwrap_err().message, "The parameter line must be a positive integer");
        assert!(query.required_number("from").is_err() && Query::parse("a=%FF").is_err());
    }
}
