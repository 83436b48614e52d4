//! What an instance may dial, how often and when. A program that dials two telephones is a tool for fraud and nuisance,
//! so everything unusual is off until an administrator allows it.

use serde::{Deserialize, Serialize};

use crate::call::destination::{Destination, DestinationKind};
use crate::day::Day;
use crate::limits::{
    DEFAULT_CALLEE_COOL_DOWN_S, DEFAULT_CALLS_PER_SECOND, DEFAULT_CONCURRENT_CALLS, DEFAULT_PAIR_COOL_DOWN_S,
};

/// Rules of one instance. Stored as JSON: fields may be added with a default, never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct DiallingRules {
    /// Numbers outside mainland China.
    pub(crate) allow_international: bool,
    /// Numbers that bill the caller for a service.
    pub(crate) allow_premium: bool,
    /// Police, ambulance, fire.
    pub(crate) allow_emergency: bool,
    /// Service numbers of three to eight digits.
    pub(crate) allow_short: bool,
    /// If any, a number in normal form must begin with one of these.
    pub(crate) allowed_prefixes: Vec<String>,
    /// A number in normal form must begin with none of these.
    pub(crate) refused_prefixes: Vec<String>,
    /// Calls begun within one second.
    pub(crate) calls_per_second: i64,
    /// Dialled calls that are not over.
    pub(crate) concurrent_calls: i64,
    /// Time between two calls to one callee, seconds; 0 for none.
    pub(crate) callee_cool_down_s: i64,
    /// Time between two calls from one caller to one callee, seconds; 0 for none.
    pub(crate) pair_cool_down_s: i64,
    /// When nobody is called.
    pub(crate) quiet_hours: Option<QuietHours>,
}

impl Default for DiallingRules {
    fn default() -> Self {
        Self {
            allow_international: false,
            allow_premium: false,
            allow_emergency: false,
            allow_short: false,
            allowed_prefixes: Vec::new(),
            refused_prefixes: Vec::new(),
            calls_per_second: DEFAULT_CALLS_PER_SECOND,
            concurrent_calls: DEFAULT_CONCURRENT_CALLS,
            callee_cool_down_s: DEFAULT_CALLEE_COOL_DOWN_S,
            pair_cool_down_s: DEFAULT_PAIR_COOL_DOWN_S,
            quiet_hours: None,
        }
    }
}

impl DiallingRules {
    /// Why this number may not be called, for people; `None` if it may.
    pub(crate) fn refusal_of(&self, destination: &Destination) -> Option<&'static str> {
        let by_kind = match destination.kind {
            DestinationKind::International if !self.allow_international => Some("international numbers"),
            DestinationKind::Premium if !self.allow_premium => Some("premium numbers"),
            DestinationKind::Emergency if !self.allow_emergency => Some("emergency numbers"),
            DestinationKind::Short if !self.allow_short => Some("short numbers"),
            _ => None,
        };
        let begins = |prefixes: &[String]| prefixes.iter().any(|prefix| destination.number.starts_with(prefix));
        if by_kind.is_some() {
            by_kind
        } else if begins(&self.refused_prefixes) {
            Some("numbers with a refused prefix")
        } else if !self.allowed_prefixes.is_empty() && !begins(&self.allowed_prefixes) {
            Some("numbers without an allowed prefix")
        } else {
            None
        }
    }
}

/// A part of every day in UTC+8; it may contain midnight. The end is outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct QuietHours {
    from_minute: i64,
    until_minute: i64,
}

const MINUTE_MS: i64 = 60_000;

impl QuietHours {
    /// Reads `21:00-08:00`; `None` if it is not of that form or empty.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let (from_minute, until_minute) = (minute_of_day(from)?, minute_of_day(until)?);
        (from_minute != until_minute).then_some(Self { from_minute, until_minute })
    }

    /// Whether the moment is within.
    pub(crate) fn contains(self, at_ms: i64) -> bool {
        let minute = (at_ms - Day::of_ms(at_ms).start_ms()).div_euclid(MINUTE_MS);
        if self.from_minute < self.until_minute {
            (self.from_minute..self.until_minute).contains(&minute)
        } else {
            minute >= self.from_minute || minute < self.until_minute
        }
    }
}

fn minute_of_day(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl TryFrom<String> for QuietHours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is not of the form HH:mm-HH:mm"))
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{}-{}", clock(hours.from_minute), clock(hours.until_minute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::destination::normalise;

    #[test]
    fn quiet_hours_may_contain_midnight() {
        // 2026-03-01 00:00:00 UTC+8.
        let midnight_ms = 1_772_294_400_000;
        let at = |hour: i64, minute: i64| midnight_ms + (hour * 60 + minute) * MINUTE_MS;
        let night = QuietHours::parse("21:00-08:00").expect("a form");
        for (hour, minute, quiet) in [(0, 0, true), (7, 59, true), (8, 0, false), (20, 59, false), (21, 0, true)] {
            assert_eq!(night.contains(at(hour, minute)), quiet, "{hour}:{minute}");
        }
        let noon = QuietHours::parse("12:30-14:00").expect("a form");
        assert!(noon.contains(at(12, 30)) && noon.contains(at(13, 59)));
        assert!(!noon.contains(at(14, 0)) && !noon.contains(at(0, 0)));
        assert_eq!(String::from(night), "21:00-08:00");
        for unfit in ["", "21:00", "21-08", "24:00-08:00", "08:00-08:00", "8:00-09:00", "+1:00-08:00", "08:60-09:00"] {
            assert_eq!(QuietHours::parse(unfit), None, "{unfit}");
        }
    }

    #[test]
    fn unusual_destinations_must_be_allowed() {
        let rules = DiallingRules::default();
        let refusal = |rules: &DiallingRules, number| rules.refusal_of(&normalise(number).expect("a number"));
        for (number, expected) in [
            ("13812345678", None),
            ("02112345678", None),
            ("4001234567", None),
            ("+12127365000", Some("international numbers")),
            ("16812345", Some("premium numbers")),
            ("110", Some("emergency numbers")),
            ("10086", Some("short numbers")),
        ] {
            assert_eq!(refusal(&rules, number), expected, "{number}");
        }
        let narrow = DiallingRules {
            allow_short: true,
            allowed_prefixes: vec!["021".to_owned(), "100".to_owned()],
            refused_prefixes: vec!["0211".to_owned()],
            ..rules
        };
        assert_eq!(refusal(&narrow, "10086"), None);
        assert_eq!(refusal(&narrow, "02122345678"), None);
        assert_eq!(refusal(&narrow, "02112345678"), Some("numbers with a refused prefix"));
        assert_eq!(refusal(&narrow, "13812345678"), Some("numbers without an allowed prefix"));
    }

    #[test]
    fn stored_rules_read_back_and_old_ones_get_defaults() {
        let rules = DiallingRules { quiet_hours: QuietHours::parse("21:00-08:00"), ..DiallingRules::default() };
        let text = serde_json::to_string(&rules).expect("plain fields");
        assert_eq!(serde_json::from_str::<DiallingRules>(&text).expect("as written"), rules);
        assert_eq!(serde_json::from_str::<DiallingRules>("{}").expect("older"), DiallingRules::default());
        assert!(serde_json::from_str::<DiallingRules>(r#"{"QuietHours":"always"}"#).is_err());
    }
}
