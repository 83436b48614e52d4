//! Which region a call is for: the host says it, else `RegionId`, else the configuration.

/// Picks the region. `ccc.cn-shanghai.aliyuncs.com` and `ccc-vpc.cn-shanghai.aliyuncs.com` name one,
/// `sts.aliyuncs.com` and addresses do not.
pub(crate) fn of_call(host: &str, region_id: Option<&str>, default_region: &str) -> String {
    of_host(host).or(region_id.filter(|region| is_region(region))).unwrap_or(default_region).to_owned()
}

fn of_host(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let region = name.strip_suffix(".aliyuncs.com")?.split_once('.')?.1;
    Some(region).filter(|region| is_region(region))
}

fn is_region(text: &str) -> bool {
    text.len() <= 64
        && text.contains('-')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::of_call;

    #[test]
    fn the_host_comes_first() {
        for (host, region_id, expected) in [
            ("ccc.cn-shanghai.aliyuncs.com", None, "cn-shanghai"),
            ("ccc-vpc.cn-beijing.aliyuncs.com:8080", Some("cn-hangzhou"), "cn-beijing"),
            ("sts.aliyuncs.com", Some("eu-west-1"), "eu-west-1"),
            ("127.0.0.1:8080", None, "cn-default"),
            ("127.0.0.1:8080", Some("../etc"), "cn-default"),
            ("", None, "cn-default"),
        ] {
            assert_eq!(of_call(host, region_id, "cn-default"), expected, "{host} {region_id:?}");
        }
    }
}
