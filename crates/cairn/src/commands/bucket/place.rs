//! `BUCKET/KEY` on the command line, with `oss://` before it or not.

use std::convert::Infallible;
use std::str::FromStr;

/// What begins an object's name where a file's could stand, too.
pub(super) const SCHEME: &str = "oss://";

/// A bucket, or something in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) bucket: String,
    /// Key or prefix; may be empty.
    pub(super) key: String,
}

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Place, Infallible> {
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Place { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

impl Place {
    /// The key, which an object must have.
    pub(super) fn key(&self) -> Result<&str, String> {
        match self.key.as_str() {
            "" => Err(format!("{} is a bucket: name an object, BUCKET/KEY", self.bucket)),
            key => Ok(key),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("{SCHEME}{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_with_and_without_the_scheme() {
        for (text, bucket, key) in [
            ("audit", "audit", ""),
            ("oss://audit/", "audit", ""),
            ("audit/a/b c", "audit", "a/b c"),
            ("oss://audit/dir//x", "audit", "dir//x"),
        ] {
            let place: Place = text.parse().unwrap();
            assert_eq!((place.bucket.as_str(), place.key.as_str()), (bucket, key), "{text}");
        }
    }
}
