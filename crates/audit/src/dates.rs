//! Days, as `yyyy-MM-dd`.

use openapi::clock::{format_utc, parse_utc};

/// Seconds of a day.
pub(crate) const DAY_S: i64 = 86_400;

/// Number of a day since 1970.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if text.len() != 10 {
        return None;
    }
    parse_utc(&format!("{text}T00:00:00Z")).map(|time_s| time_s.div_euclid(DAY_S))
}

/// The text of a day.
pub(crate) fn format(day: i64) -> String {
    let mut text = format_utc(day.saturating_mul(DAY_S));
    text.truncate(10);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_go_both_ways() {
        assert_eq!(parse("1970-01-02"), Some(1));
        assert_eq!(format(20_516), "2026-03-04");
        assert_eq!(parse("2026-03-04"), Some(20_516));
        for text in ["2026-3-4", "2026-02-30", "yesterday", "", "2026-03-04T00:00:00Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
