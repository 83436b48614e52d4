//! Where a request goes: the endpoint, and the name of the bucket before it or behind it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use openapi::client::CallError;

use super::{Addressing, ClientError};
use crate::names::{check_bucket_name, check_key};

const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// Names below which the cloud's endpoints are.
const CLOUD: &str = ".aliyuncs.com";
/// Region where neither setting nor endpoint names one: this server takes any.
const ANY_REGION: &str = "cn-hangzhou";

/// An endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `https`
    scheme: String,
    /// With a port if there is one.
    host: String,
    is_virtual: bool,
}

/// What a call is about: empty names are left out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
}

impl Place<'_> {
    /// As signatures name it: decoded, always with the bucket.
    pub(super) fn signed(&self) -> String {
        if self.bucket.is_empty() { "/".to_owned() } else { format!("/{}/{}", self.bucket, self.key) }
    }
}

impl Address {
    pub(super) fn parse(endpoint: &str, addressing: Addressing) -> Result<Address, ClientError> {
        let wrong = || CallError::Endpoint(endpoint.to_owned());
        let (scheme, host) = endpoint.split_once("://").ok_or_else(wrong)?;
        let host = host.trim_end_matches('/');
        let is_host = !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
        if !matches!(scheme, "http" | "https") || !is_host {
            return Err(wrong().into());
        }
        let is_virtual = match addressing {
            Addressing::ByEndpoint => name_of(host).ends_with(CLOUD),
            Addressing::Path => false,
            Addressing::VirtualHost => true,
        };
        Ok(Address { scheme: scheme.to_owned(), host: host.to_owned(), is_virtual })
    }

    /// The region that the endpoint's name says: `oss-REGION` or `oss-REGION-internal`.
    pub(super) fn region(&self) -> &str {
        let label = self.host.split('.').find_map(|label| label.strip_prefix("oss-"));
        label.map_or(ANY_REGION, |region| region.strip_suffix("-internal").unwrap_or(region))
    }

    /// The host of a request.
    pub(super) fn host(&self, place: &Place<'_>) -> String {
        match place.bucket {
            bucket if self.is_virtual && !bucket.is_empty() => format!("{bucket}.{}", self.host),
            _ => self.host.clone(),
        }
    }

    /// The URL of a request, without a query.
    ///
    /// # Errors
    /// When a name is none that the service takes: it would address something else.
    pub(super) fn url(&self, place: &Place<'_>) -> Result<String, ClientError> {
        if !place.bucket.is_empty() {
            check_bucket_name(place.bucket).map_err(|fault| ClientError::Name(fault.message.into_owned()))?;
        }
        if !place.key.is_empty() {
            check_key(place.key).map_err(|fault| ClientError::Name(fault.message.into_owned()))?;
        }
        let key = utf8_percent_encode(place.key, IN_PATH);
        let path = match place.bucket {
            "" => "/".to_owned(),
            _ if self.is_virtual => format!("/{key}"),
            bucket => format!("/{bucket}/{key}"),
        };
        Ok(format!("{}://{}{path}", self.scheme, self.host(place)))
    }
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(endpoint: &str, bucket: &str, key: &str) -> String {
        let address = Address::parse(endpoint, Addressing::ByEndpoint).unwrap();
        address.url(&Place { bucket, key }).unwrap()
    }

    #[test]
    fn buckets_are_in_the_path_but_at_the_cloud() {
        assert_eq!(url("http://127.0.0.1:8080", "audit", "a/b c+d"), "http://127.0.0.1:8080/audit/a/b%20c%2Bd");
        assert_eq!(url("https://[::1]:8080/", "audit", ""), "https://[::1]:8080/audit/");
        assert_eq!(url("https://oss.example.com", "", ""), "https://oss.example.com/");
        let cloud = "https://oss-cn-hangzhou.aliyuncs.com:443";
        assert_eq!(url(cloud, "audit", "a/审"), "https://audit.oss-cn-hangzhou.aliyuncs.com:443/a/%E5%AE%A1");
        assert_eq!(url(cloud, "", ""), "https://oss-cn-hangzhou.aliyuncs.com:443/");
    }

    #[test]
    fn regions_are_read_from_names() {
        let region = |endpoint| Address::parse(endpoint, Addressing::ByEndpoint).unwrap().region().to_owned();
        assert_eq!(region("https://oss-cn-beijing.aliyuncs.com"), "cn-beijing");
        assert_eq!(region("https://oss-cn-beijing-internal.aliyuncs.com"), "cn-beijing");
        assert_eq!(region("http://127.0.0.1"), ANY_REGION);
    }

    #[test]
    fn what_would_address_something_else_is_refused() {
        for endpoint in ["", "oss.example.com", "ftp://a", "http://", "http://a/b", "http://u@a"] {
            assert!(Address::parse(endpoint, Addressing::Path).is_err(), "{endpoint}");
        }
        let address = Address::parse("http://a", Addressing::VirtualHost).unwrap();
        for (bucket, key) in [("a/b", ""), ("evil.com#", "x"), ("ab", "k"), ("abc", "/k")] {
            assert!(address.url(&Place { bucket, key }).is_err(), "{bucket} {key}");
        }
    }
}
