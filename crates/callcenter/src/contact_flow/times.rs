//! Times of flow versions: texts in UTC+8 without a zone mark.

use openapi::clock::format_utc;

const OFFSET_S: i64 = 8 * 3_600;

/// `yyyy-MM-dd HH:mm:ss`
pub(super) fn wire_time(at_ms: i64) -> String {
    format_utc(at_ms.div_euclid(1_000).saturating_add(OFFSET_S)).replace('T', " ").replace('Z', "")
}

/// The name of a version made at this moment: `yyyyMMddHHmmss`.
pub(super) fn version_name(at_ms: i64) -> String {
    wire_time(at_ms).chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_shanghai() {
        assert_eq!(wire_time(1_772_294_400_123), "2026-03-01 00:00:00");
        assert_eq!(version_name(1_772_294_399_000), "20260228235959");
    }
}
