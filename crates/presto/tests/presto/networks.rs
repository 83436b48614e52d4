//! Addresses and networks.

use std::net::IpAddr;
use std::sync::Arc;

use datafusion::error::Result;
use presto::{Geography, Language, MmdbFile, Place};

use crate::bench::{Row, check, check_refused, check_with};

/// Knows one network, in which it places every address.
#[derive(Debug)]
struct OneNetwork;

impl Geography for OneNetwork {
    fn place(&self, address: IpAddr, language: Language) -> Result<Option<Place>> {
        let is_known = matches!(address, IpAddr::V4(address) if address.octets()[..3] == [203, 0, 113]);
        let country = if language == Language::English { "China" } else { "中国" };
        Ok(is_known.then(|| Place {
            country: country.to_owned(),
            country_code: "CN".to_owned(),
            province: "浙江".to_owned(),
            city: "杭州".to_owned(),
            position: Some((30.25, 120.17)),
            provider: "电信".to_owned(),
        }))
    }
}

pub(crate) const ROWS: &[Row] = &[
    ("ip_to_domain('10.0.0.1')", "intranet"),
    ("ip_to_domain('100.64.1.1')", "intranet"),
    ("ip_to_domain('fd00::1')", "intranet"),
    ("ip_to_domain('203.0.113.5')", "internet"),
    ("ip_to_domain('ecs.aliyuncs.com')", "null"),
    ("ip_to_domain(NULL)", "null"),
    // No data of places is here.
    ("ip_to_country('203.0.113.5')", ""),
    ("ip_to_country('203.0.113.5', 'en')", ""),
    ("ip_to_country_code('203.0.113.5')", ""),
    ("ip_to_province('203.0.113.5')", ""),
    ("ip_to_city('203.0.113.5')", ""),
    ("ip_to_city_geo('203.0.113.5')", ""),
    ("ip_to_geo('203.0.113.5')", ""),
    ("ip_to_provider('203.0.113.5')", ""),
    ("ip_to_country(NULL)", "null"),
    ("ip_prefix('192.168.255.9', 9)", "192.128.0.0/9"),
    ("ip_prefix('2001:db8::9', 32)", "2001:db8::/32"),
    ("ip_subnet_min('192.168.1.77/24')", "192.168.1.0"),
    ("ip_subnet_max('192.168.1.77/24')", "192.168.1.255"),
    ("ip_subnet_range('192.168.1.77/30')", r#"["192.168.1.76","192.168.1.79"]"#),
    ("is_subnet_of('10.0.0.0/8', '10.9.8.7')", "true"),
    ("is_subnet_of('10.0.0.0/8', '11.9.8.7')", "false"),
    ("is_subnet_of('10.0.0.0/8', '2001:db8::1')", "false"),
    ("is_subnet_of('10.0.0.0/8', NULL)", "null"),
    ("is_prefix_subnet_of('10.0.0.0/8', '10.1.0.0/16')", "true"),
    ("is_prefix_subnet_of('10.1.0.0/16', '10.0.0.0/8')", "false"),
];

#[test]
fn addresses_are_in_networks() {
    check(ROWS);
}

#[test]
fn wrong_addresses_are_refused() {
    check_refused(&[
        ("is_subnet_of('10.0.0.0/33', '10.0.0.1')", "is no network"),
        ("is_subnet_of('10.0.0.0/8', 'host')", "is no IP address"),
        ("ip_prefix('10.0.0.1', 33)", "33 is no length"),
        ("ip_to_country('10.0.0.1', 'fr')", "is no language"),
    ]);
}

#[test]
fn places_come_from_the_geography() {
    let rows = [
        ("ip_to_country('203.0.113.5')", "中国"),
        ("ip_to_country('203.0.113.5', 'en')", "China"),
        ("ip_to_country_code('203.0.113.5')", "CN"),
        ("ip_to_province('203.0.113.5')", "浙江"),
        ("ip_to_city('203.0.113.5')", "杭州"),
        ("ip_to_geo('203.0.113.5')", "30.25,120.17"),
        ("ip_to_city_geo('203.0.113.5')", "30.25,120.17"),
        ("ip_to_provider('203.0.113.5')", "电信"),
        ("ip_to_city('198.51.100.1')", ""),
        ("ip_to_city('host')", ""),
    ];
    check_with(Arc::new(OneNetwork), &rows);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let error = MmdbFile::from_bytes(b"places".to_vec()).expect_err("six bytes are no database");
    assert!(error.to_string().contains("no MMDB file"), "{error}");
}
