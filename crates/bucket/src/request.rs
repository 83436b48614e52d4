//! A request as it arrived, before anybody knows what it means.

use std::net::IpAddr;

use http::{HeaderMap, Method};
use openapi::Arrival;
use percent_encoding::percent_decode_str;

use crate::fault::{Fault, codes};

/// Head of a request. The body comes apart from it, as a stream.
#[derive(Debug, Clone)]
pub struct Head {
    /// The HTTP method.
    pub method: Method,
    /// Path, still percent-encoded.
    pub path: String,
    /// Decoded query, in the order of arrival.
    pub query: Query,
    /// Headers as received.
    pub headers: HeaderMap,
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

    /// The host without a port. Of several clients one forges it, so it is a hint and never a proof.
    pub fn host_name(&self) -> &str {
        let host = self.header("host");
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        }
    }
}

/// Query parameters; a name without a value has an empty one, which means the same to this service.
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

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A value that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether a name is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All pairs.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn decode(text: &str) -> Result<String, Fault> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| codes::INVALID_ARGUMENT.says("The query is not UTF-8."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_empty_values_are_the_same() {
        let query = Query::parse("acl&uploads=&prefix=a%2Fb+c%2Bd&&prefix=x").unwrap();
        assert!(query.has("acl") && query.has("uploads") && !query.has("x"));
        assert_eq!((query.text("acl"), query.text("prefix")), (None, Some("a/b c+d")));
        assert_eq!(query.pairs().count(), 4);
        assert!(Query::parse("a=%FF").is_err());
    }
}
