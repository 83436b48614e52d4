//! How the values of a selector are compared.

/// The way of comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Equal.
    Exact,
    /// An ARN, in which `*` is any text: within one of its first four parts, and anything in the last one. An empty region
    /// or account is any, as policies have it.
    Arn,
}

pub(super) fn matches(wanted: &str, value: &str, pattern: Pattern) -> bool {
    match pattern {
        Pattern::Exact => wanted == value,
        Pattern::Arn => is_arn_of(wanted, value),
    }
}

fn is_arn_of(wanted: &str, value: &str) -> bool {
    let (mut wanted, mut value) = (wanted.splitn(5, ':'), value.splitn(5, ':'));
    (0..5).all(|part| match (wanted.next(), value.next()) {
        (Some(wanted), Some(value)) => (wanted.is_empty() && matches!(part, 2 | 3)) || is_like(wanted, value),
        _ => false,
    })
}

/// Whether a text has the form of a pattern in which `*` is any text. In time of one length times the other at most.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    // Where to go on when the text after the last star does not fit: the star takes one byte more.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at + 1, read));
            at += 1;
        } else if pattern.get(at) == Some(&text[read]) {
            (at, read) = (at + 1, read + 1);
        } else if let Some((after, from)) = &mut star {
            *from += 1;
            (at, read) = (*after, *from);
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rule itself, in any time that it takes.
    fn is_like_plainly(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|from| is_like_plainly(rest, &text[from..])),
            Some((byte, rest)) => text.first() == Some(byte) && is_like_plainly(rest, &text[1..]),
        }
    }

    #[test]
    fn arns_are_compared_part_by_part() {
        let object = "acs:oss:cn-shanghai:105:audit/2026/a:b.json";
        for (wanted, is_it) in [
            (object, true),
            ("acs:oss:cn-shanghai:105:audit/*", true),
            ("acs:oss:*:*:audit/2026/*", true),
            ("acs:oss:::*", true),
            ("acs:oss:*:*:*.json", true),
            ("acs:oss:*:105:audit", false),
            ("acs:oss:*:105:other/*", false),
            ("acs:oss:cn-beijing:105:audit/*", false),
            ("acs:oss:*:106:audit/*", false),
            ("acs:log:*:105:audit/*", false),
            ("acs:*", false),
            ("acs::cn-shanghai:105:audit/*", false),
        ] {
            assert_eq!(matches(wanted, object, Pattern::Arn), is_it, "{wanted}");
        }
        assert!(matches("GetObject", "GetObject", Pattern::Exact) && !matches("Get*", "GetObject", Pattern::Exact));
    }

    proptest! {
        #[test]
        fn stars_are_any_text(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(is_like(&pattern, &text), is_like_plainly(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
