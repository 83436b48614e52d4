//! Names of buckets and keys of objects: which are good, and what they are called in a folder.
//!
//! Public documents: Object Storage Service, "Bucket naming conventions", "Object naming conventions".
//!
//! A key becomes a path that leads back to it and nowhere else:
//!
//! ```text
//! key     trail/2026 03/..//a+b.json
//! path    trail/2026%2003/%2E./%/a%2Bb.json
//! ```
//!
//! Letters, digits and `-_.` stay, every other byte becomes `%XX`; an empty step is `%`; the first dot of a step is
//! escaped, so `.` and `..` never occur; a step too long for a file name is cut into pieces that end with `%`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::fault::{Fault, codes};
use crate::limits::MAX_KEY_BYTES;

const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// Bytes of one step of a path; file systems take 255, and an object's file has a suffix.
const MAX_STEP_BYTES: usize = 180;

/// Checks the name of a bucket.
pub fn check_bucket_name(name: &str) -> Result<(), Fault> {
    let is_edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    let is_good = (3..=63).contains(&bytes.len())
        && bytes.iter().all(|&byte| is_edge(byte) || byte == b'-')
        && bytes.first().zip(bytes.last()).is_some_and(|(&first, &last)| is_edge(first) && is_edge(last));
    if is_good { Ok(()) } else { Err(codes::INVALID_BUCKET_NAME.fault().detail("BucketName", name)) }
}

/// Checks the key of an object.
pub fn check_key(key: &str) -> Result<(), Fault> {
    let is_good = (1..=MAX_KEY_BYTES).contains(&key.len()) && !key.starts_with(['/', '\\']);
    if is_good { Ok(()) } else { Err(codes::INVALID_OBJECT_NAME.fault().detail("ObjectName", key)) }
}

/// The path of a key, relative and with `/` between its steps.
pub fn path_of_key(key: &str) -> String {
    let steps: Vec<String> = key.split('/').map(path_of_step).collect();
    steps.join("/")
}

fn path_of_step(step: &str) -> String {
    if step.is_empty() {
        return "%".to_owned();
    }
    let encoded = utf8_percent_encode(step, UNSAFE).to_string();
    let encoded = match encoded.strip_prefix('.') {
        Some(rest) => format!("%2E{rest}"),
        None => encoded,
    };
    let mut pieces = String::with_capacity(encoded.len());
    let mut rest = encoded.as_str();
    while rest.len() > MAX_STEP_BYTES {
        // An escape of three bytes is not cut.
        let end = (MAX_STEP_BYTES - 2..=MAX_STEP_BYTES)
            .rev()
            .find(|&end| !rest[..end].ends_with('%') && !rest[..end - 1].ends_with('%'));
        let (piece, remaining) = rest.split_at(end.unwrap_or(MAX_STEP_BYTES - 2));
        pieces.extend([piece, "%/"]);
        rest = remaining;
    }
    pieces.push_str(rest);
    pieces
}

/// The key that a path was made of; `None` for a path that no key has.
pub fn key_of_path(path: &str) -> Option<String> {
    let joined = path.replace("%/", "\u{0}");
    let mut key = Vec::with_capacity(path.len());
    for (index, step) in joined.split('/').enumerate() {
        if index > 0 {
            key.push(b'/');
        }
        push_step(&mut key, step)?;
    }
    let key = String::from_utf8(key).ok()?;
    (path_of_key(&key) == path).then_some(key)
}

fn push_step(key: &mut Vec<u8>, step: &str) -> Option<()> {
    let mut rest = step.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            // Where two pieces were joined, or an empty step before another.
            0 if key.is_empty() || key.ends_with(b"/") => key.push(b'/'),
            0 => {}
            b'%' if rest.is_empty() => {}
            b'%' => {
                let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
                key.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &rest[2..];
            }
            other => key.push(other),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_buckets() {
        for good in ["abc", "a-1", "0".repeat(63).as_str()] {
            assert!(check_bucket_name(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "-ab", "ab-", "Abc", "a_b", "a.b", "审计审", "0".repeat(64).as_str()] {
            assert!(check_bucket_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_cannot_leave_their_folder() {
        assert_eq!(path_of_key("trail/2026 03/..//a+b.json"), "trail/2026%2003/%2E./%/a%2Bb.json");
        assert_eq!(path_of_key("a/"), "a/%");
        for key in [".", "..", "../x", "a/../../x", "\0", "a\\..\\b"] {
            let path = path_of_key(key);
            assert!(path.split('/').all(|step| !step.starts_with('.') && !step.is_empty()), "{key:?}: {path}");
        }
    }

    proptest! {
        #[test]
        fn a_path_leads_back_to_its_key(key in "([a-c./%\\PC]{0,12}/?){1,8}|[é/]{300,400}") {
            let path = path_of_key(&key);
            prop_assert_eq!(key_of_path(&path), Some(key));
            prop_assert!(path.split('/').all(|step| (1..=MAX_STEP_BYTES + 1).contains(&step.len())));
        }
    }
}
