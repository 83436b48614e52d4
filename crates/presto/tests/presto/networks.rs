//! Addresses and networks.

use crate::bench::{Row, check, check_refused};

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
