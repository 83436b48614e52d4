//! The questions that are measured: one row each.

use openapi::clock::format_utc;

use crate::needles::Needles;

/// A question with the values of one needle.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Columns and the values that they must have.
    pub fields: Vec<(&'static str, String)>,
    /// Words that the event must have, anywhere.
    pub words: Vec<String>,
    /// Earliest and latest time, Unix seconds, inclusive.
    pub range: Option<(i64, i64)>,
}

/// A kind of question.
pub struct Kind {
    /// Name in the table.
    pub name: &'static str,
    /// Median that is to be reached with 5 million and with 40 million events, milliseconds.
    pub goals_ms: Option<(f64, f64)>,
    /// Draws a needle.
    pub draw: fn(&mut Needles<'_>) -> Option<Ask>,
}

/// A kind with its needles drawn.
pub struct Probe {
    pub name: &'static str,
    pub goals_ms: Option<(f64, f64)>,
    pub asks: Vec<Ask>,
}

/// Columns that may have several values.
pub const LISTS: [&str; 2] = ["resource_types", "resource_names"];

pub const KINDS: &[Kind] = &[
    by("newest page", None, |_| Some(Ask::of(vec![]))),
    by("newest by a common name", Some((6.0, 10.0)), |_| Some(Ask::of(vec![("event_name", "GetInstance".to_owned())]))),
    by("newest by a rare name", Some((6.0, 10.0)), |_| {
        Some(Ask::of(vec![("event_name", "DeleteInstance".to_owned())]))
    }),
    by("newest by a rare user", Some((6.0, 10.0)), |needles| needles.rare_user().map(|user| Ask::of(vec![user]))),
    by("newest by a temporary key", Some((6.0, 10.0)), |needles| {
        needles.old_where(&["access_key_id"], "access_key_id", "STS.")
    }),
    by("newest by a key", Some((6.0, 10.0)), |needles| needles.old_where(&["access_key_id"], "access_key_id", "LTAI")),
    by("newest by a source address", Some((6.0, 10.0)), |needles| needles.old(&["source_ip_address"])),
    by("newest by a resource", Some((6.0, 10.0)), |needles| needles.old(&["resource_names"])),
    by("newest by a role", Some((6.0, 10.0)), |needles| needles.old(&["role_name"])),
    by("newest writes", Some((6.0, 10.0)), |_| Some(Ask::of(vec![("event_rw", "Write".to_owned())]))),
    by("event id", Some((1.0, 1.0)), |needles| needles.old(&["event_id"])),
    by("absent user", None, |needles| {
        Some(Ask::of(vec![("user_name", format!("nobody-{}", needles.below(1_000_000)))]))
    }),
    by("three fields", Some((9.0, 9.0)), |needles| needles.old(&["event_name", "user_name", "source_ip_address"])),
    by("a name in one hour, long ago", None, |needles| {
        let mut ask = needles.old(&["event_name"])?;
        let from_s = needles.last_time_s().div_euclid(3_600) * 3_600;
        ask.range = Some((from_s, from_s + 3_599));
        Some(ask)
    }),
    by("word: request id", Some((2.0, 2.0)), |needles| {
        let id = needles.old(&["event_id"])?.fields.pop()?.1;
        Some(Ask::words(vec![id]))
    }),
    by("word: phone number", Some((5.0, 16.0)), |needles| {
        needles.old_phone_number().map(|(number, _)| Ask::words(vec![number]))
    }),
    by("words: phone number and user", Some((4.0, 4.0)), |needles| {
        let (number, user) = needles.old_phone_number()?;
        Some(Ask::words(vec![number, user]))
    }),
    by("word: absent", None, |needles| Some(Ask::words(vec![format!("nowhere{}", needles.below(1_000_000))]))),
];

const fn by(name: &'static str, goals_ms: Option<(f64, f64)>, draw: fn(&mut Needles<'_>) -> Option<Ask>) -> Kind {
    Kind { name, goals_ms, draw }
}

impl Ask {
    /// Any time.
    pub fn of(fields: Vec<(&'static str, String)>) -> Ask {
        Ask { fields, words: Vec::new(), range: None }
    }

    /// Events with these words.
    pub fn words(words: Vec<String>) -> Ask {
        Ask { fields: Vec::new(), words, range: None }
    }

    /// For other engines: `[column, value, whether the column is a list]`, words and range.
    pub fn to_json(&self) -> serde_json::Value {
        let fields: Vec<_> = self
            .fields
            .iter()
            .map(|(column, value)| serde_json::json!([column, value, LISTS.contains(column)]))
            .collect();
        let range = self.range.map(|(from_s, to_s)| [format_utc(from_s), format_utc(to_s)]);
        serde_json::json!({"fields": fields, "words": self.words, "range": range})
    }
}
