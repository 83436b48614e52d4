//! Times on the wire: `yyyy-MM-ddTHH:mm:ssZ`.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads a time, also with fractions and an offset, as Unix seconds.
pub fn parse_utc(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

/// Writes Unix seconds with whole seconds and `Z`. Times outside the years 1 to 9999 become the nearest end.
pub fn format_utc(unix_s: i64) -> String {
    const FIRST_S: i64 = -62_135_596_800;
    const LAST_S: i64 = 253_402_300_799;
    let time = OffsetDateTime::from_unix_timestamp(unix_s.clamp(FIRST_S, LAST_S)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, clock) = (time.date(), time.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second()
    )
}

/// Now, Unix milliseconds.
pub fn now_ms() -> i64 {
    (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_both_ways() {
        assert_eq!(parse_utc("2026-03-04T05:06:07Z"), Some(1_772_600_767));
        assert_eq!(parse_utc("2026-03-04T13:06:07.5+08:00"), Some(1_772_600_767));
        assert_eq!(format_utc(1_772_600_767), "2026-03-04T05:06:07Z");
        assert_eq!(parse_utc("2026-03-04 05:06:07"), None);
        assert_eq!(format_utc(i64::MIN), "0001-01-01T00:00:00Z");
    }
}
