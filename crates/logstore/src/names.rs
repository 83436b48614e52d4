//! Names that clients give. Public document: Simple Log Service, "CreateProject", "CreateLogStore".

/// Whether a text may be the name of a project: 3 to 63 lower-case letters, digits and hyphens, with a letter or digit at
/// both ends.
pub(crate) fn is_project(name: &str) -> bool {
    is_name(name, b"-")
}

/// Whether a text may be the name of a logstore: like that of a project, with underscores, too.
pub(crate) fn is_logstore(name: &str) -> bool {
    is_name(name, b"-_")
}

/// Whether a text may be the name of a consumer group: 1 to 63 letters, digits, hyphens and underscores.
pub(crate) fn is_group(name: &str) -> bool {
    (1..=63).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Whether a text may be the name of a dashboard: 2 to 128 letters, digits, hyphens and underscores.
pub(crate) fn is_dashboard(name: &str) -> bool {
    (2..=128).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_name(name: &str, inside: &[u8]) -> bool {
    let is_end = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| is_end(byte) || inside.contains(byte))
        && bytes.first().is_some_and(is_end)
        && bytes.last().is_some_and(is_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules() {
        assert!(is_project("abc") && is_project("a-1") && is_logstore("a_b-c") && is_group("A_b-9"));
        assert!(is_dashboard("A_b-9") && !is_dashboard("a") && !is_dashboard("a.b") && !is_dashboard(&"a".repeat(129)));
        for refused in ["", "ab", "-ab", "ab-", "Abc", "a.b", "a/b", "a_b", "日志x", &"a".repeat(64)] {
            assert!(!is_project(refused), "{refused}");
        }
        assert!(!is_logstore("_ab") && !is_logstore("a.b") && !is_group("") && !is_group("a/b"));
    }
}
