//! Times on the command line, and the range of times of a search.

use openapi::clock::parse_utc;

/// How far ahead of the clock logs may be, seconds: a search up to now finds these, too.
const AHEAD_S: i64 = logstore::limits::MAX_AHEAD_S;

/// `2026-03-01T08:00:00Z`, with another offset, or Unix seconds.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    parse_utc(text)
        .or_else(|| text.parse().ok())
        .filter(|time_s| *time_s >= 0)
        .ok_or_else(|| "it must be as 2026-03-01T08:00:00Z or 2026-03-01T16:00:00+08:00, or Unix seconds".to_owned())
}

/// Begin and end of a search: what was not said is now, and so many seconds before the end.
pub(super) fn range(from_s: Option<i64>, to_s: Option<i64>, since_s: i64, now_s: i64) -> (i64, i64) {
    let begin_s = || to_s.unwrap_or(now_s).saturating_sub(since_s).max(0);
    (from_s.unwrap_or_else(begin_s), to_s.unwrap_or(now_s + AHEAD_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_texts_or_seconds() {
        assert_eq!(parse("2026-03-04T05:06:07Z"), Ok(1_772_600_767));
        assert_eq!(parse("2026-03-04T13:06:07+08:00"), Ok(1_772_600_767));
        assert_eq!(parse("1772600767"), Ok(1_772_600_767));
        assert!(parse("yesterday").unwrap_err().contains("2026-03-01T08:00:00Z"));
        assert!(parse("-1").is_err());
    }

    #[test]
    fn a_range_ends_now_unless_it_says_otherwise() {
        assert_eq!(range(None, None, 60, 1_000), (940, 1_900));
        assert_eq!(range(Some(5), None, 3_600, 1_000), (5, 1_900));
        assert_eq!(range(None, Some(500), 60, 1_000), (440, 500));
        assert_eq!(range(Some(5), Some(7), 3_600, 1_000), (5, 7));
        assert_eq!(range(None, None, i64::MAX, 1_000), (0, 1_900));
    }
}
