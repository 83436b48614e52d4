//! A line of text as a log.

use std::collections::BTreeMap;

use logstore::limits::{MAX_AGE_S, MAX_AHEAD_S};
use logstore::wire::{Content, LogGroup, LogTag, PutLog};
use openapi::clock::format_utc;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What a tag's key begins with in the answer of a search.
const TAG_PREFIX: &str = "__tag__:";
/// What a search says of a log for those who ask for its neighbours. It belongs to the place of the log, not to the log.
const PLACE_KEYS: [&str; 2] = ["__tag__:__pack_id__", "__pack_meta__"];

const NS_OF_S: i128 = 1_000_000_000;

/// How lines are read.
pub(super) struct LineReader<'a> {
    /// Topic of logs that have none of their own.
    pub(super) topic: &'a str,
    /// Source of logs that have none of their own.
    pub(super) source: &'a str,
    /// The member that says when a log was.
    pub(super) time_field: Option<&'a str>,
}

/// What the logs of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Shared {
    pub(super) topic: String,
    pub(super) source: String,
    pub(super) tags: BTreeMap<String, String>,
}

impl Shared {
    /// The group of such logs.
    pub(super) fn group(&self, logs: Vec<PutLog>) -> LogGroup {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let tag = |(key, value): (&String, &String)| LogTag { key: Some(key.clone()), value: Some(value.clone()) };
        LogGroup {
            logs,
            topic: text(&self.topic),
            source: text(&self.source),
            log_tags: self.tags.iter().map(tag).collect(),
            ..LogGroup::default()
        }
    }
}

impl LineReader<'_> {
    /// Reads a line; what is wrong with it otherwise.
    pub(super) fn read(&self, line: &str, now_ms: i64) -> Result<(Shared, PutLog), String> {
        let members = match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(members)) => members,
            _ => [("content".to_owned(), Value::String(line.to_owned()))].into_iter().collect(),
        };
        let mut shared = Shared::default();
        let (mut log, mut time, mut part_ns) = (PutLog::default(), None, None);
        for (key, value) in &members {
            let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match key.as_str() {
                "__time__" => time = Some(seconds(&plain).ok_or_else(|| not_a_time(key, &plain, "Unix seconds"))?),
                "__time_ns_part__" => part_ns = plain.parse().ok(),
                "__topic__" => shared.topic = plain,
                "__source__" => shared.source = plain,
                key if PLACE_KEYS.contains(&key) => {}
                key => match key.strip_prefix(TAG_PREFIX) {
                    Some(tag) => drop(shared.tags.insert(tag.to_owned(), plain)),
                    None => log.contents.push(Content { key: Some(key.to_owned()), value: Some(plain) }),
                },
            }
        }
        for (own, general) in [(&mut shared.topic, self.topic), (&mut shared.source, self.source)] {
            if own.is_empty() {
                general.clone_into(own);
            }
        }
        let time_ns = match (self.time_field, time) {
            (Some(name), _) => time_of(name, members.get(name))?,
            (None, Some(time_s)) => i128::from(time_s) * NS_OF_S + i128::from(part_ns.unwrap_or(0_u32)),
            (None, None) => i128::from(now_ms) * 1_000_000,
        };
        (log.time, log.time_ns) = wire_time(time_ns, now_ms.div_euclid(1_000))?;
        Ok((shared, log))
    }
}

/// Seconds and the rest of them, when a service takes logs of that time.
fn wire_time(time_ns: i128, now_s: i64) -> Result<(Option<u32>, Option<u32>), String> {
    let time_s = time_ns.div_euclid(NS_OF_S);
    if !(i128::from(now_s - MAX_AGE_S)..=i128::from(now_s + MAX_AHEAD_S)).contains(&time_s) {
        let shown = i64::try_from(time_s).map_or_else(|_| time_s.to_string(), format_utc);
        return Err(format!("its time {shown} is more than 7 days ago or 15 minutes ahead, and no service takes it"));
    }
    Ok((u32::try_from(time_s).ok(), u32::try_from(time_ns.rem_euclid(NS_OF_S)).ok()))
}

fn seconds(text: &str) -> Option<u32> {
    text.parse().ok()
}

fn not_a_time(key: &str, text: &str, form: &str) -> String {
    let text: String = text.chars().take(64).collect();
    format!("its {key} {text:?} is no time: {form} are wanted")
}

/// The time of a member, Unix nanoseconds: RFC 3339, or a number of seconds, or a whole one with the digits that
/// milliseconds, microseconds and nanoseconds of these years have.
fn time_of(name: &str, value: Option<&Value>) -> Result<i128, String> {
    let value = value.ok_or_else(|| format!("it has no {name}, which is to tell its time"))?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let wrong = || not_a_time(name, &text, "RFC 3339 or Unix seconds, milliseconds, microseconds or nanoseconds");
    if let Ok(time) = OffsetDateTime::parse(&text, &Rfc3339) {
        return Ok(time.unix_timestamp_nanos());
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 19 || !is_digits(whole) || !is_digits(fraction) {
        return Err(wrong());
    }
    let number: i128 = whole.parse().map_err(|_| wrong())?;
    let unit_ns = match whole.len() {
        ..=11 => NS_OF_S,
        12..=14 => 1_000_000,
        15..=17 => 1_000,
        _ => 1,
    };
    let fraction = format!("{fraction:0<9}");
    let fraction_ns: i128 = fraction.get(..9).and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
    Ok(number * unit_ns + fraction_ns * unit_ns / NS_OF_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_795_334_400_250;
    const PLAIN: LineReader<'_> = LineReader { topic: "t", source: "s", time_field: None };

    fn contents(log: &PutLog) -> Vec<(&str, &str)> {
        log.contents
            .iter()
            .map(|content| (content.key.as_deref().unwrap(), content.value.as_deref().unwrap()))
            .collect()
    }

    #[test]
    fn members_become_keys_and_other_text_content() {
        let read = |line: &str| PLAIN.read(line, NOW_MS).unwrap().1;
        assert_eq!(
            contents(&read(r#"{"a":"x","n":1,"o":{"b":true}}"#)),
            [("a", "x"), ("n", "1"), ("o", r#"{"b":true}"#)]
        );
        assert_eq!(contents(&read("plain text")), [("content", "plain text")]);
        assert_eq!(contents(&read("[1]")), [("content", "[1]")]);
        assert_eq!((read("x").time, read("x").time_ns), (Some(1_795_334_400), Some(250_000_000)));
    }

    #[test]
    fn what_a_search_answers_becomes_what_it_was() {
        let line = r#"{"__time__":"1795330000","__time_ns_part__":"7","__topic__":"top","__source__":"","a":"x",
            "__tag__:host":"h","__tag__:__pack_id__":"AB-1","__pack_meta__":"0|x"}"#;
        let (shared, log) = PLAIN.read(line, NOW_MS).unwrap();
        assert_eq!((shared.topic.as_str(), shared.source.as_str()), ("top", "s"));
        assert_eq!(shared.tags, [("host".to_owned(), "h".to_owned())].into_iter().collect());
        assert_eq!((log.time, log.time_ns, contents(&log)), (Some(1_795_330_000), Some(7), vec![("a", "x")]));
        let group = shared.group(vec![log]);
        assert_eq!((group.topic.as_deref(), group.log_tags.len()), (Some("top"), 1));
    }

    #[test]
    fn a_field_tells_the_time_in_every_usual_form() {
        let reader = LineReader { time_field: Some("at"), ..PLAIN };
        for at in [
            r#""2026-11-22T07:59:59.5Z""#,
            r#""2026-11-22T15:59:59.5+08:00""#,
            "1795334399.5",
            "1795334399500",
            r#""1795334399500000""#,
            "1795334399500000000",
        ] {
            let (_, log) = reader.read(&format!(r#"{{"at":{at}}}"#), NOW_MS).unwrap();
            assert_eq!((log.time, log.time_ns), (Some(1_795_334_399), Some(500_000_000)), "{at}");
            assert_eq!(log.contents.len(), 1, "the field stays");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let reader = LineReader { time_field: Some("at"), ..PLAIN };
        for (line, words) in [
            (r#"{"at":"noon"}"#, "\"noon\" is no time"),
            (r#"{"at":1e9}"#, "is no time"),
            (r#"{"at":"."}"#, "is no time"),
            (r#"{"at":null}"#, "is no time"),
            ("{}", "has no at"),
            (r#"{"at":0}"#, "1970-01-01T00:00:00Z is more than 7 days ago"),
            (r#"{"at":9999999999}"#, "15 minutes ahead"),
        ] {
            let wrong = reader.read(line, NOW_MS).unwrap_err();
            assert!(wrong.contains(words), "{line}: {wrong}");
        }
        assert!(PLAIN.read(r#"{"__time__":"soon"}"#, NOW_MS).unwrap_err().contains("Unix seconds"));
    }
}
