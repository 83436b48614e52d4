//! Which project a request is for: its host name says so.
//!
//! The host is `<project>.<endpoint>`. The endpoint may be any name or address that an operator lets clients use, so it
//! is recognised by elimination: a name that is an endpoint as a whole has no project, of every other the first label is
//! one. Names of projects have no dots.
//!
//! Public document: Simple Log Service, "Endpoints".

use std::net::IpAddr;

/// The project in a host, with or without a port; `None` for a bare endpoint.
pub(crate) fn project<'a>(host: &'a str, endpoints: &[String]) -> Option<&'a str> {
    let name = without_port(host);
    if is_endpoint(name, endpoints) {
        return None;
    }
    name.split_once('.').map(|(project, _)| project).filter(|project| !project.is_empty())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_endpoint(name: &str, endpoints: &[String]) -> bool {
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let region = name.strip_suffix(".log.aliyuncs.com");
    address.parse::<IpAddr>().is_ok()
        || !name.contains('.')
        || region.is_some_and(|region| !region.contains('.'))
        || name == "log-global.aliyuncs.com"
        || endpoints.iter().any(|endpoint| without_port(endpoint).eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_label_is_the_project_unless_the_host_is_an_endpoint() {
        let endpoints = ["logs.example.com".to_owned()];
        for (host, expected) in [
            ("demo.cn-hangzhou.log.aliyuncs.com", Some("demo")),
            ("demo.cn-hangzhou-intranet.log.aliyuncs.com:80", Some("demo")),
            ("cn-hangzhou.log.aliyuncs.com", None),
            ("log-global.aliyuncs.com", None),
            ("demo.log-global.aliyuncs.com", Some("demo")),
            ("demo.127.0.0.1", Some("demo")),
            ("demo.127.0.0.1:8080", Some("demo")),
            ("127.0.0.1:8080", None),
            ("[::1]:8080", None),
            ("localhost:8080", None),
            ("demo.localhost:8080", Some("demo")),
            ("logs.example.com:8080", None),
            ("demo.logs.example.com", Some("demo")),
            ("", None),
            (".x", None),
        ] {
            assert_eq!(project(host, &endpoints), expected, "{host}");
        }
    }
}
