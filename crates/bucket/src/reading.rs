//! What a request may address. Host and path alone do not tell: one official client forges the host, another leaves
//! out the last slash. So a request has several readings, and the one under which its signature holds is meant.
//!
//! Public document: Object Storage Service, "Access by domain name" (virtual host, custom domain, path style).

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::fault::{Fault, codes};
use crate::request::Head;

/// What is addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The service: the list of buckets.
    Service,
    /// A bucket.
    Bucket(String),
    /// An object.
    Object {
        /// Name of the bucket.
        bucket: String,
        /// Key of the object.
        key: String,
    },
}

/// A target with the form of it that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What is addressed.
    pub target: Target,
    /// `/`, `/bucket/` or `/bucket/key`, decoded.
    pub signed_resource: String,
}

/// All readings, the likeliest first. `hosts` are names of the operator's own, with the bucket that each stands for.
pub fn readings(head: &Head, hosts: &BTreeMap<String, String>) -> Result<Vec<Reading>, Fault> {
    // The path is cut before it is decoded: %2F inside a key is a slash of the key.
    let path = head.path.strip_prefix('/').unwrap_or(&head.path);
    let mut readings = Vec::with_capacity(4);
    match path.split_once('/') {
        _ if path.is_empty() => {}
        Some((bucket, key)) => readings.push(under_bucket(decode(bucket)?, decode(key)?)),
        None => {
            let bucket = decode(path)?;
            readings.push(under_bucket(bucket.clone(), String::new()));
            // Some clients sign a bucket without its last slash.
            readings.push(Reading { signed_resource: format!("/{bucket}"), target: Target::Bucket(bucket) });
        }
    }
    if let Some(bucket) = hosts.get(&head.host_name().to_ascii_lowercase()) {
        readings.push(under_bucket(bucket.clone(), decode(path)?));
    }
    if let Some(bucket) = bucket_of_host(head.host_name()) {
        readings.push(under_bucket(bucket.to_owned(), decode(path)?));
    }
    if path.is_empty() {
        readings.push(Reading { target: Target::Service, signed_resource: "/".to_owned() });
    }
    Ok(readings)
}

fn under_bucket(bucket: String, key: String) -> Reading {
    let signed_resource = format!("/{bucket}/{key}");
    let target = if key.is_empty() { Target::Bucket(bucket) } else { Target::Object { bucket, key } };
    Reading { target, signed_resource }
}

/// The first label of a host that has several; an address has none.
fn bucket_of_host(host: &str) -> Option<&str> {
    if host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return None;
    }
    host.split_once('.').map(|(label, _)| label).filter(|label| !label.is_empty() && !label.starts_with("oss-"))
}

/// Whether a host name is the service's, one of its buckets', or one of `hosts`: the cloud's names end in the service's
/// region, or in the service.
pub(crate) fn is_service_host(host_name: &str, hosts: &BTreeMap<String, String>) -> bool {
    let host_name = host_name.to_ascii_lowercase();
    let service = host_name.strip_suffix(".aliyuncs.com").and_then(|name| name.rsplit('.').next());
    hosts.contains_key(&host_name) || service.is_some_and(|label| label == "oss" || label.starts_with("oss-"))
}

fn decode(text: &str) -> Result<String, Fault> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| codes::INVALID_OBJECT_NAME.fault())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Query;
    use http::{HeaderMap, Method};

    fn targets(host: &str, path: &str) -> Vec<String> {
        let mut headers = HeaderMap::new();
        headers.insert("host", host.parse().unwrap());
        let head = Head {
            method: Method::GET,
            path: path.to_owned(),
            query: Query::default(),
            headers,
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            arrived_at_ms: 0,
        };
        let hosts = BTreeMap::from([("files.example.com".to_owned(), "mapped".to_owned())]);
        readings(&head, &hosts).unwrap().into_iter().map(|reading| reading.signed_resource).collect()
    }

    #[test]
    fn every_way_of_the_official_clients_is_among_the_readings() {
        assert_eq!(targets("127.0.0.1:8080", "/audit/a%2Fb%20c%2Bd.txt"), ["/audit/a/b c+d.txt"]);
        assert_eq!(targets("127.0.0.1:8080", "/audit/"), ["/audit/"]);
        assert_eq!(targets("127.0.0.1:8080", "/audit"), ["/audit/", "/audit"]);
        assert_eq!(targets("127.0.0.1:8080", "/"), ["/"]);
        assert_eq!(targets("audit.oss-cn-hangzhou.aliyuncs.com", "/a/b"), ["/a/b", "/audit/a/b"]);
        assert_eq!(targets("audit.oss-cn-hangzhou.aliyuncs.com", "/"), ["/audit/", "/"]);
        assert_eq!(targets(".oss-cn-hangzhou.aliyuncs.com", "/"), ["/"]);
        assert_eq!(targets("oss-cn-hangzhou.aliyuncs.com", "/"), ["/"]);
        assert_eq!(targets("localhost:80", "/audit/dir//x"), ["/audit/dir//x"]);
        assert_eq!(targets("localhost", "/audit/../etc"), ["/audit/../etc"]);
        assert_eq!(targets("Files.example.com:80", "/a/b"), ["/a/b", "/mapped/a/b", "/Files/a/b"]);
        assert_eq!(targets("files.example.com", "/"), ["/mapped/", "/files/", "/"]);
    }

    #[test]
    fn hosts_of_the_service() {
        let hosts = BTreeMap::from([("files.example.com".to_owned(), "mapped".to_owned())]);
        for host in [
            "files.example.com",
            "audit.oss-cn-hangzhou.aliyuncs.com",
            "audit.oss-cn-hangzhou-internal.aliyuncs.com",
            "oss-cn-hangzhou.aliyuncs.com",
            "audit.cn-hangzhou.oss.aliyuncs.com",
            "audit.oss-accelerate.aliyuncs.com",
        ] {
            assert!(is_service_host(host, &hosts), "{host}");
        }
        for host in [
            "127.0.0.1",
            "localhost",
            "other.example.com",
            "ccc.cn-shanghai.aliyuncs.com",
            "oss-logs.cn-hangzhou.log.aliyuncs.com",
            "oss-x.example.com",
            "aliyuncs.com",
        ] {
            assert!(!is_service_host(host, &hosts), "{host}");
        }
    }
}
