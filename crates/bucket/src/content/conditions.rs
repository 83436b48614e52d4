//! Conditions of a read: `If-Match` and its kin, also in the form that a copy has them.

use http::HeaderMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// What a request asks of the object before it is read.
pub(crate) struct Conditions<'a> {
    if_match: Option<&'a str>,
    if_none_match: Option<&'a str>,
    if_modified_since_s: Option<i64>,
    if_unmodified_since_s: Option<i64>,
}

/// What follows from the conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Go,
    NotModified,
    Failed,
}

impl<'a> Conditions<'a> {
    /// Reads the headers; `prefix` is empty or `x-oss-copy-source-`. A date that is none is ignored, as HTTP says.
    pub(crate) fn of(headers: &'a HeaderMap, prefix: &str) -> Conditions<'a> {
        let text = |name: &str| headers.get(format!("{prefix}{name}")).and_then(|value| value.to_str().ok());
        let date = |name: &str| {
            let text = text(name)?.replace("GMT", "+0000");
            OffsetDateTime::parse(&text, &Rfc2822).ok().map(OffsetDateTime::unix_timestamp)
        };
        Conditions {
            if_match: text("if-match"),
            if_none_match: text("if-none-match"),
            if_modified_since_s: date("if-modified-since"),
            if_unmodified_since_s: date("if-unmodified-since"),
        }
    }

    /// Judges an object by its ETag and the time of its last change.
    pub(crate) fn judge(&self, etag: &str, modified_ms: i64) -> Verdict {
        let modified_s = modified_ms.div_euclid(1_000);
        let is_other = self.if_match.is_some_and(|wanted| !same_etag(wanted, etag));
        if is_other || self.if_unmodified_since_s.is_some_and(|since_s| modified_s > since_s) {
            return Verdict::Failed;
        }
        let is_known = self.if_none_match.is_some_and(|known| same_etag(known, etag));
        if is_known || self.if_modified_since_s.is_some_and(|since_s| modified_s <= since_s) {
            return Verdict::NotModified;
        }
        Verdict::Go
    }
}

/// ETags come with quotes and without, in either case.
pub(crate) fn same_etag(left: &str, right: &str) -> bool {
    left.trim().trim_matches('"').eq_ignore_ascii_case(right.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::examples::headers;

    #[test]
    fn conditions_hold_or_not() {
        let judge = |name: &'static str, value: &str| {
            Conditions::of(&headers(&[(name, value)]), "").judge("AB12", 1_772_600_767_500)
        };
        assert_eq!(judge("if-match", "\"ab12\""), Verdict::Go);
        assert_eq!(judge("if-match", "x"), Verdict::Failed);
        assert_eq!(judge("if-none-match", "AB12"), Verdict::NotModified);
        assert_eq!(judge("if-none-match", "x"), Verdict::Go);
        assert_eq!(judge("if-modified-since", "Wed, 04 Mar 2026 05:06:07 GMT"), Verdict::NotModified);
        assert_eq!(judge("if-modified-since", "Wed, 04 Mar 2026 05:06:06 GMT"), Verdict::Go);
        assert_eq!(judge("if-unmodified-since", "Wed, 04 Mar 2026 05:06:06 GMT"), Verdict::Failed);
        assert_eq!(judge("if-unmodified-since", "nonsense"), Verdict::Go);
    }
}
