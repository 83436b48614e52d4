//! What a group must be before it is written. One bad log refuses the whole group.

use prost::Message;

use crate::data::row::LogRow;
use crate::fault::{Fault, codes};
use crate::limits::{
    MAX_AGE_S, MAX_AHEAD_S, MAX_EXPANDED_BYTES, MAX_GROUP_LOGS, MAX_KEY_BYTES, MAX_ROW_BYTES, MAX_TOPIC_BYTES,
    MAX_VALUE_BYTES,
};
use crate::wire::{LogGroup, PutLog};

/// Keys that a log has anyway; `__tag__:…` is not among them.
const RESERVED_KEYS: &[&str] =
    &["__time__", "__source__", "__topic__", "__partition_time__", "_extract_others_", "__extract_others__"];

/// A byte of a text takes at most so many in a row, where it is JSON.
const MAX_ESCAPED_BYTES: usize = 6;

/// What a group of a client must be.
pub fn check(group: &LogGroup, now_s: i64) -> Result<(), Fault> {
    for time_s in group.logs.iter().filter_map(|log| log.time).map(i64::from) {
        if !(now_s - MAX_AGE_S..=now_s + MAX_AHEAD_S).contains(&time_s) {
            return Err(codes::BODY_INVALID.says("The post data time is out of range"));
        }
    }
    check_delivered(group)
}

/// What a group of a trail must be: everything but of these days.
pub(crate) fn check_delivered(group: &LogGroup) -> Result<(), Fault> {
    if group.logs.len() > MAX_GROUP_LOGS {
        return Err(codes::BODY_TOO_LARGE.says(format!("A LogGroup has at most {MAX_GROUP_LOGS} logs.")));
    }
    for (name, text) in [("Topic", &group.topic), ("Source", &group.source)] {
        if text.as_ref().is_some_and(|text| text.len() > MAX_TOPIC_BYTES) {
            return Err(codes::BODY_INVALID.says(format!("{name} has more than {MAX_TOPIC_BYTES} bytes.")));
        }
    }
    if group.log_tags.iter().any(|tag| tag.key.is_none() || tag.value.is_none()) {
        return Err(codes::BODY_INVALID.says("A tag has no key or no value."));
    }
    // Every log is kept with what it shares with its group.
    let shared_bytes = group.clone_shared().encoded_len();
    if shared_bytes.saturating_mul(group.logs.len()) > MAX_EXPANDED_BYTES {
        return Err(
            codes::BODY_TOO_LARGE.says("Tags, topic and source are too large for so many logs; send fewer at once.")
        );
    }
    for log in &group.logs {
        check_log(log)?;
        if (log.encoded_len() + shared_bytes) * MAX_ESCAPED_BYTES > MAX_ROW_BYTES {
            let row =
                LogRow::new(u64::MAX, i64::MAX, group, log).to_bytes().map_err(|error| Fault::internal(&error))?;
            if row.len() > MAX_ROW_BYTES {
                return Err(codes::BODY_INVALID.says("A log has more than 4 MiB as JSON."));
            }
        }
    }
    Ok(())
}

fn check_log(log: &PutLog) -> Result<(), Fault> {
    if log.time.is_none() {
        return Err(codes::BODY_INVALID.says("A log has no Time."));
    }
    if log.time_ns.is_some_and(|ns| ns >= 1_000_000_000) {
        return Err(codes::BODY_INVALID.says("The Time_ns of a log is a second or more."));
    }
    for content in &log.contents {
        let key = content.key.as_deref().unwrap_or_default();
        if key.is_empty() || key.len() > MAX_KEY_BYTES || RESERVED_KEYS.contains(&key) {
            let key: String = key.chars().take(64).collect();
            return Err(codes::INVALID_KEY.says(format!(
                "The key {key:?} of a log must have 1 to {MAX_KEY_BYTES} bytes and not be one of the service's own."
            )));
        }
        match &content.value {
            None => return Err(codes::BODY_INVALID.says(format!("The key {key:?} of a log has no value."))),
            Some(value) if value.len() > MAX_VALUE_BYTES => {
                return Err(codes::BODY_INVALID.says(format!("The value of {key:?} has more than 1 MiB.")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

impl LogGroup {
    /// What all logs of the group share.
    fn clone_shared(&self) -> LogGroup {
        LogGroup {
            logs: Vec::new(),
            reserved: self.reserved.clone(),
            topic: self.topic.clone(),
            source: self.source.clone(),
            machine_uuid: self.machine_uuid.clone(),
            log_tags: self.log_tags.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Content, LogTag};

    const NOW_S: i64 = 1_795_334_400;

    fn content(key: &str, value: Option<&str>) -> Content {
        Content { key: Some(key.to_owned()), value: value.map(str::to_owned) }
    }

    fn refused(change: impl FnOnce(&mut LogGroup)) -> Option<(&'static str, String)> {
        let log = PutLog { time: Some(NOW_S as u32), contents: vec![content("a.b:c-d", Some(""))], time_ns: Some(1) };
        let mut group = LogGroup { logs: vec![log], ..LogGroup::default() };
        change(&mut group);
        check(&group, NOW_S).err().map(|fault| (fault.code.name, fault.message.into_owned()))
    }

    fn code(change: impl FnOnce(&mut LogGroup)) -> Option<&'static str> {
        refused(change).map(|(code, _)| code)
    }

    #[test]
    fn what_a_group_may_be() {
        assert_eq!(refused(|_| {}), None);
        assert_eq!(refused(|group| group.logs.clear()), None);
        assert_eq!(refused(|group| group.logs[0].time = Some((NOW_S - MAX_AGE_S) as u32)), None);
        assert_eq!(refused(|group| group.logs[0].time = Some((NOW_S + MAX_AHEAD_S) as u32)), None);
        assert_eq!(refused(|group| group.logs[0].contents[0].key = Some("__tag__:x".to_owned())), None);
    }

    #[test]
    fn what_it_may_not_be() {
        let invalid = Some("PostBodyInvalid");
        assert_eq!(code(|group| group.logs[0].time = None), invalid);
        assert_eq!(code(|group| group.logs[0].time = Some((NOW_S - MAX_AGE_S - 1) as u32)), invalid);
        assert_eq!(code(|group| group.logs[0].time = Some((NOW_S + MAX_AHEAD_S + 1) as u32)), invalid);
        assert_eq!(code(|group| group.logs[0].time_ns = Some(1_000_000_000)), invalid);
        assert_eq!(code(|group| group.logs[0].contents[0].value = None), invalid);
        assert_eq!(code(|group| group.logs[0].contents[0].value = Some("x".repeat(MAX_VALUE_BYTES + 1))), invalid);
        assert_eq!(code(|group| group.topic = Some("x".repeat(129))), invalid);
        assert_eq!(code(|group| group.log_tags.push(LogTag::default())), invalid);
        for key in ["", "__time__", &"k".repeat(129)] {
            assert_eq!(code(|group| group.logs[0].contents[0].key = Some(key.to_owned())), Some("InvalidKey"), "{key}");
        }
        // Escaped, a control character takes six bytes: this log fits into a call, and not into a row.
        let control = content("c", Some(&"\u{1}".repeat(MAX_VALUE_BYTES)));
        assert_eq!(code(|group| group.logs[0].contents.push(control)), invalid);
        let tag = LogTag { key: Some("k".to_owned()), value: Some("v".repeat(2_000_000)) };
        let many = |group: &mut LogGroup| {
            group.log_tags.push(tag);
            group.logs = vec![group.logs[0].clone(); 100];
        };
        assert_eq!(code(many), Some("PostBodyTooLarge"));
    }
}
