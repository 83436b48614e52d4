//! The rules of `StartTime` and `EndTime`.

use openapi::clock::parse_utc;
use openapi::{ApiError, Call};

use store::retention::StreamRules;

use crate::limits::{DEFAULT_RANGE_S, MAX_RANGE_S};

/// A range of whole seconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub from_s: i64,
    pub to_s: i64,
}

/// From when on events are kept, and what else is.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    pub horizon_s: i64,
    pub rules: &'a StreamRules,
}

/// By the public rule, a lookup looks at 30 days at most.
pub(super) fn read(call: &Call, now_s: i64, kept: Kept<'_>) -> Result<Range, ApiError> {
    let range = read_any(call, now_s, kept)?;
    check_length(range)
}

/// A range of any length.
pub(super) fn read_any(call: &Call, now_s: i64, kept: Kept<'_>) -> Result<Range, ApiError> {
    check(call.text("StartTime"), call.text("EndTime"), now_s, kept)
}

fn check_length(range: Range) -> Result<Range, ApiError> {
    if range.to_s - range.from_s > MAX_RANGE_S {
        return Err(bad(
            "InvalidParameterDateOutOfRange",
            "The range from StartTime to EndTime is longer than 30 days: ask in parts.",
        ));
    }
    Ok(range)
}

fn check(start: Option<&str>, end: Option<&str>, now_s: i64, kept: Kept<'_>) -> Result<Range, ApiError> {
    let (start, end) = match (start, end) {
        (None, None) => return Ok(Range { from_s: now_s - DEFAULT_RANGE_S, to_s: now_s }),
        (Some(start), Some(end)) => (start, end),
        _ => {
            return Err(bad(
                "InvalidParameterCombination",
                "StartTime and EndTime must both be given or both be left out.",
            ));
        }
    };
    let from_s = parse_utc(start)
        .ok_or_else(|| bad("InvalidParameterStartTime", "StartTime is not a time: use UTC as yyyy-MM-ddTHH:mm:ssZ."))?;
    let to_s = parse_utc(end)
        .ok_or_else(|| bad("InvalidParameterEndTime", "EndTime is not a time: use UTC as yyyy-MM-ddTHH:mm:ssZ."))?;
    if from_s > now_s {
        return Err(bad("InvalidParameterStartTimeExceedsCurrent", "StartTime is in the future."));
    }
    if to_s <= from_s {
        return Err(bad("InvalidParameterCombination", "EndTime must be later than StartTime."));
    }
    if from_s < kept.horizon_s && !kept.rules.is_held(from_s, to_s) {
        return Err(bad(
            "InvalidParameterStartTimeOutOfDate",
            "StartTime is further back than events are kept (90 days by default), and no legal hold keeps these.",
        ));
    }
    Ok(Range { from_s, to_s })
}

fn bad(code: &'static str, message: &'static str) -> ApiError {
    ApiError::bad_request(code, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Hold;

    const NOW_S: i64 = 1_772_600_767; // 2026-03-04T05:06:07Z

    #[test]
    fn each_rule_has_its_code() {
        let (from_s, to_s) = (NOW_S - 200 * 86_400, NOW_S - 199 * 86_400);
        let text = String::new;
        let hold = Hold { name: text(), from_s, to_s, reason: text(), placed_by: text(), placed_at_ms: 0 };
        let rules = StreamRules { holds: vec![hold], ..StreamRules::default() };
        let kept = Kept { horizon_s: NOW_S - 90 * 86_400, rules: &rules };
        let code =
            |start, end| check(start, end, NOW_S, kept).and_then(check_length).map_err(|error| error.code.into_owned());
        assert!(code(Some("2025-08-15T00:00:00Z"), Some("2025-08-17T00:00:00Z")).is_ok(), "under a hold");
        assert_eq!(code(None, None), Ok(Range { from_s: NOW_S - 604_800, to_s: NOW_S }));
        assert_eq!(
            code(Some("2026-03-04T05:00:00Z"), Some("2026-03-04T05:00:01Z")),
            Ok(Range { from_s: NOW_S - 367, to_s: NOW_S - 366 })
        );
        for (start, end, expected) in [
            (Some("2026-03-04T05:00:00Z"), None, "InvalidParameterCombination"),
            (None, Some("2026-03-04T05:00:00Z"), "InvalidParameterCombination"),
            (Some("yesterday"), Some("2026-03-04T05:00:00Z"), "InvalidParameterStartTime"),
            (Some("2026-03-04T05:00:00Z"), Some("2026-03-04"), "InvalidParameterEndTime"),
            (Some("2026-03-04T05:06:08Z"), Some("2026-03-05T00:00:00Z"), "InvalidParameterStartTimeExceedsCurrent"),
            (Some("2026-03-04T05:00:00Z"), Some("2026-03-04T05:00:00Z"), "InvalidParameterCombination"),
            (Some("2026-01-01T00:00:00Z"), Some("2026-02-01T00:00:00Z"), "InvalidParameterDateOutOfRange"),
            (Some("2025-11-01T00:00:00Z"), Some("2025-11-02T00:00:00Z"), "InvalidParameterStartTimeOutOfDate"),
        ] {
            assert_eq!(code(start, end), Err(expected.to_owned()), "{start:?} {end:?}");
        }
    }
}
