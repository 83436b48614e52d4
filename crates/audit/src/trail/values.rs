//! The rules for a trail's values.
//!
//! Public document: ActionTrail, "CreateTrail" (2020-07-06).

use openapi::ApiError;

use super::record::{ALL_REGIONS, LogProject, WriteRole};

/// 6 to 36 characters: a lower-case letter, then lower-case letters, digits, `-`, `_`.
pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let is_good = (6..=36).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    if is_good {
        return Ok(());
    }
    Err(ApiError::bad_request(
        "InvalidTrailNameException",
        "The trail name is not valid: use 6 to 36 lower-case letters, digits, '-' and '_', with a letter first.",
    ))
}

/// 3 to 63 characters: lower-case letters, digits and `-`, none of these at an end.
pub(super) fn check_bucket_name(name: &str) -> Result<(), ApiError> {
    let is_good = (3..=63).contains(&name.len())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_good {
        return Ok(());
    }
    Err(delivery("OssBucketName must have 3 to 63 lower-case letters, digits and '-', with no '-' at an end"))
}

/// Empty, or 6 to 32 characters: a letter, then letters, digits, `-`, `/`, `_`.
pub(super) fn check_prefix(prefix: &str) -> Result<(), ApiError> {
    let is_good = (6..=32).contains(&prefix.len())
        && prefix.starts_with(|c: char| c.is_ascii_alphabetic())
        && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b'_'))
        && !prefix.contains("//");
    if prefix.is_empty() || is_good {
        return Ok(());
    }
    Err(ApiError::bad_request(
        "InvalidPrefixException",
        "OssKeyPrefix is not valid: leave it empty or use 6 to 32 letters, digits, '-', '/' and '_', with a letter first.",
    ))
}

/// The ARN of a project.
pub(super) fn check_project(arn: &str) -> Result<(), ApiError> {
    match LogProject::parse(arn) {
        Some(_) => Ok(()),
        None => Err(delivery("SlsProjectArn must be acs:log:<region>:<account>:project/<project>")),
    }
}

/// The ARN of a role, or none.
pub(super) fn check_role(parameter: &str, arn: &str) -> Result<(), ApiError> {
    if arn.is_empty() || WriteRole::parse(arn).is_some() {
        return Ok(());
    }
    Err(delivery(&format!("{parameter} must be acs:ram::<account>:role/<role>")))
}

/// `All`, or region ids joined with commas; answered without spaces and doubles.
pub(super) fn regions(text: &str) -> Result<String, ApiError> {
    let mut regions: Vec<&str> = text.split(',').map(str::trim).filter(|region| !region.is_empty()).collect();
    let mut seen = std::collections::HashSet::new();
    regions.retain(|region| seen.insert(*region));
    let is_region = |region: &&str| {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        region.len() <= 64 && region.contains('-') && region.bytes().all(is_plain)
    };
    if regions == [ALL_REGIONS] || (!regions.is_empty() && regions.iter().all(is_region)) {
        return Ok(regions.join(","));
    }
    Err(ApiError::bad_request(
        "InvalidQueryParameter",
        "TrailRegion is not valid: use All, or region ids joined with commas.",
    ))
}

/// 400 `InvalidDeliveryConfigurationException`
pub(super) fn delivery(problem: &str) -> ApiError {
    ApiError::bad_request(
        "InvalidDeliveryConfigurationException",
        format!("The delivery configuration is not valid: {problem}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, is_good) in [
            ("trail1", true),
            ("trail", false),
            ("t-_0aa", true),
            ("Trail1", false),
            ("1trail", false),
            ("-trail", false),
            ("trail.1", false),
            ("审计审计审计", false),
        ] {
            assert_eq!(check_name(name).is_ok(), is_good, "{name}");
        }
        assert!(check_name(&"a".repeat(36)).is_ok() && check_name(&"a".repeat(37)).is_err());
    }

    #[test]
    fn prefixes_buckets_and_arns() {
        for (prefix, is_good) in
            [("", true), ("audit", false), ("audit1", true), ("1audit", false), ("au/dit-_", true), ("audit//1", false)]
        {
            assert_eq!(check_prefix(prefix).is_ok(), is_good, "{prefix}");
        }
        assert!(check_prefix(&"a".repeat(33)).is_err());
        assert!(
            check_bucket_name("ab").is_err() && check_bucket_name("a-b").is_ok() && check_bucket_name("a_b").is_err()
        );
        assert!(check_project("acs:log:cn-shanghai:105:project/p-1").is_ok());
        for arn in ["", "acs:log:cn-shanghai:105:project/", "acs:oss:r:1:project/p", "acs:log::1:project/p", "p"] {
            assert!(check_project(arn).is_err(), "{arn}");
        }
        assert!(check_role("OssWriteRoleArn", "acs:ram::105:role/writer").is_ok());
        assert!(check_role("OssWriteRoleArn", "acs:ram::x:role/writer").is_err());
    }

    #[test]
    fn regions_are_all_or_ids() {
        assert_eq!(regions("All").as_deref(), Ok("All"));
        assert_eq!(regions("cn-shanghai, cn-beijing,cn-shanghai").as_deref(), Ok("cn-shanghai,cn-beijing"));
        for text in ["", ",", "all", "All,cn-shanghai", "shanghai", "cn-shanghai;cn-beijing"] {
            assert!(regions(text).is_err(), "{text}");
        }
    }
}
