//! Compares what a trail should have delivered, by the event store, with what lies in its destinations.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use audit::trail::Trail;
use bytes::Bytes;
use event::Facts;
use logstore::wire::LogGroup;
use md5::{Digest, Md5};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::destination::{Destination, EVENT_KEY, Kind, PACK_ID_TAG};
use crate::engine::Deliveries;
use crate::expectation::expect;
use crate::failure::Failure;
use crate::limits::{MAX_FINDINGS, MAX_OBJECT_BYTES, MAX_VERIFIED_EVENTS};
use crate::object_file::KeyBeginning;

/// What a comparison found at one destination.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DestinationReport {
    /// `bucket`, `logstore` or `data`.
    pub kind: String,
    /// Events that the trail wants there, by its spans and the event store.
    pub expected: u64,
    /// Those of them that are there.
    pub found: u64,
    /// Those that are not there because they are not delivered yet.
    pub waiting: u64,
    /// Events whose retention was over before they were delivered: the store has them no more.
    pub expired: u64,
    /// Events there that are not asked for: of a time before, of an earlier trail, or no longer in the event store.
    pub others: u64,
    /// Events of groups that are there again: a log service elsewhere did not answer and had taken them; readers recognise
    /// them by the `__pack_id__`, which is that of the first.
    pub repeated: u64,
    /// Files, or groups of logs, that were read.
    pub batches: u64,
    /// How many findings there are; the first ones are named.
    pub finding_count: u64,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
    /// Why nothing is delivered at present; empty when something is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// Why the comparison is not whole; empty when it is. Nothing is called missing then.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub problem: String,
}

/// An event that is not there once, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Finding {
    /// `missing`, `doubled` or `different`; of a file `unreadable`.
    pub problem: &'static str,
    /// Its id; of a file its key.
    pub event_id: String,
}

/// An event that should be there.
#[derive(Default)]
struct Expected {
    digest: u64,
    /// How many there are once everything is delivered.
    wanted: u32,
    /// Those of them that are not delivered yet.
    waiting: u32,
    found: u32,
    is_different: bool,
}

/// The events of a destination, by id.
#[derive(Default)]
pub(crate) struct Comparison {
    events: HashMap<Box<str>, Expected>,
    pub(crate) report: DestinationReport,
}

impl Deliveries {
    /// Compares all destinations of a trail, each for itself: what cannot be read says so in its report.
    pub async fn compare(&self, trail: &Trail) -> Result<Vec<DestinationReport>, Failure> {
        self.context.notice_streams().await?;
        let mut reports = Vec::new();
        for kind in Kind::ALL {
            if let Some(target) = kind.target(trail) {
                let mut comparison = Comparison::default();
                comparison.report.kind = kind.as_str().to_owned();
                let expected = expect(self, trail, kind, &target, &mut comparison).await;
                let outcome = match expected {
                    Ok(()) => self.find(trail, kind, &mut comparison).await,
                    failed => failed,
                };
                if let Err(failure) = outcome {
                    comparison.report.problem = failure.to_string();
                }
                reports.push(comparison.finish());
            }
        }
        Ok(reports)
    }

    async fn find(&self, trail: &Trail, kind: Kind, comparison: &mut Comparison) -> Result<(), Failure> {
        match Destination::of(kind, trail, &*self.context.places)? {
            Destination::Bucket { place, prefix, .. } => {
                let organization = trail.is_organization_trail.then_some(trail.organization_id.as_str());
                find_files(&*place, &prefix, organization, comparison).await
            }
            Destination::Logs { place } => find_logs(&*place, comparison).await,
            Destination::Data { places } => {
                // A project that cannot be read says nothing of the others.
                let mut outcome = Ok(());
                for (region, place) in places {
                    let found = find_logs(&*place, comparison).await;
                    outcome = outcome.and(found.map_err(|failure| Failure::new(format!("{region}: {failure}"))));
                }
                outcome
            }
        }
    }
}

async fn find_files(
    place: &dyn crate::destination::ObjectPlace,
    prefix: &str,
    organization: Option<&str>,
    comparison: &mut Comparison,
) -> Result<(), Failure> {
    let mut folder = format!("{}/", KeyBeginning { prefix, member: None }.folder());
    if let Some(organization) = organization {
        folder = format!("{folder}{organization}/");
    }
    let mut after = String::new();
    loop {
        let keys = place.keys(&folder, &after).await?;
        let Some(last) = keys.last() else { return Ok(()) };
        after.clone_from(last);
        for key in keys {
            // Files of an organization's trail, which may share the bucket.
            if organization.is_none() && key.strip_prefix(&folder).is_some_and(|rest| rest.starts_with("rd-")) {
                continue;
            }
            let packed = place.read(&key).await?;
            let unpacked = tokio::task::spawn_blocking(move || unpack(&packed)).await;
            let text = unpacked.map_err(|error| Failure::new(error.to_string()))?;
            // A file that is no packed list of events is damage, not a file without events.
            let events = text.as_deref().and_then(|text| serde_json::from_slice::<Vec<&RawValue>>(text).ok());
            let Some(events) = events else {
                comparison.note("unreadable", &key);
                continue;
            };
            comparison.report.batches += 1;
            events.iter().for_each(|event| comparison.find(event.get().as_bytes()));
        }
    }
}

fn unpack(packed: &Bytes) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut bounded = flate2::read::GzDecoder::new(&packed[..]).take(MAX_OBJECT_BYTES);
    #[expect(clippy::disallowed_methods, reason = "the reader is bounded")]
    bounded.read_to_end(&mut text).ok()?;
    Some(text)
}

async fn find_logs(place: &dyn crate::destination::LogPlace, comparison: &mut Comparison) -> Result<(), Failure> {
    let mut known = HashSet::new();
    for shard in place.shards().await? {
        let mut cursor = String::new();
        loop {
            let (groups, next) = place.groups(shard, &cursor).await?;
            for group in &groups {
                comparison.report.batches += 1;
                if place.may_repeat() && is_known(group, &mut known) {
                    comparison.report.repeated += group.logs.len() as u64;
                    continue;
                }
                for content in group.logs.iter().flat_map(|log| &log.contents) {
                    if content.key.as_deref() == Some(EVENT_KEY) {
                        comparison.find(content.value.as_deref().unwrap_or_default().as_bytes());
                    }
                }
            }
            let Some(next) = next.filter(|next| *next != cursor) else { break };
            cursor = next;
        }
    }
    Ok(())
}

/// Whether a group with the same id and the same contents was read already; its times may be others.
fn is_known(group: &LogGroup, known: &mut HashSet<u64>) -> bool {
    let Some(id) = group.log_tags.iter().find(|tag| tag.key.as_deref() == Some(PACK_ID_TAG)) else { return false };
    let mut whole = Md5::new();
    whole.update(id.value.as_deref().unwrap_or_default());
    for content in group.logs.iter().flat_map(|log| &log.contents) {
        whole.update([0]);
        whole.update(content.value.as_deref().unwrap_or_default());
    }
    !known.insert(first_number(&whole.finalize()))
}

impl Comparison {
    /// An event that the trail wants there; one that waits may be there already, written and not confirmed.
    pub(crate) fn expect(&mut self, bytes: &[u8], is_waiting: bool) -> Result<(), Failure> {
        let id = event_id(bytes).unwrap_or_default();
        if self.events.len() >= MAX_VERIFIED_EVENTS && !self.events.contains_key(&*id) {
            return Err(Failure::new(format!(
                "the trail has more than {MAX_VERIFIED_EVENTS} events, which are too many"
            )));
        }
        let expected = self.events.entry(id.into()).or_default();
        expected.digest = digest(bytes);
        expected.wanted += 1;
        expected.waiting += u32::from(is_waiting);
        self.report.expected += 1;
        Ok(())
    }

    /// The event is expected already.
    pub(crate) fn expects(&self, bytes: &[u8]) -> bool {
        event_id(bytes).is_some_and(|id| self.events.contains_key(&*id))
    }

    fn find(&mut self, bytes: &[u8]) {
        self.report.found += 1;
        let found = event_id(bytes).and_then(|id| self.events.get_mut(&*id));
        let Some(expected) = found else {
            self.report.found -= 1;
            self.report.others += 1;
            return;
        };
        expected.found += 1;
        expected.is_different |= expected.digest != digest(bytes);
    }

    fn note(&mut self, problem: &'static str, event_id: &str) {
        self.report.finding_count += 1;
        if self.report.findings.len() < MAX_FINDINGS {
            self.report.findings.push(Finding { problem, event_id: event_id.to_owned() });
        }
    }

    fn finish(mut self) -> DestinationReport {
        let mut wrong: Vec<(&'static str, Box<str>)> = Vec::new();
        for (id, expected) in std::mem::take(&mut self.events) {
            let lacking = expected.wanted.saturating_sub(expected.found);
            self.report.waiting += u64::from(lacking.min(expected.waiting));
            if lacking > expected.waiting {
                // What was not read may be there.
                if self.report.problem.is_empty() {
                    wrong.push(("missing", id));
                }
            } else if expected.found > expected.wanted {
                wrong.push(("doubled", id));
            } else if expected.is_different {
                wrong.push(("different", id));
            }
        }
        wrong.sort_unstable();
        wrong.iter().for_each(|(problem, id)| self.note(problem, id));
        self.report
    }
}

fn event_id(bytes: &[u8]) -> Option<String> {
    Facts::read(bytes).ok()?.event_id.map(|id| id.into_owned())
}

fn digest(bytes: &[u8]) -> u64 {
    first_number(&Md5::digest(bytes))
}

fn first_number(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use logstore::wire::{Content, LogTag, PutLog};

    use super::*;

    #[test]
    fn missing_doubled_and_different_events_are_named() {
        let event = |id: &str, name: &str| {
            format!(
                r#"{{"eventId":"{id}","eventVersion":1,"eventName":"{name}","eventTime":"2026-03-01T08:00:00Z","eventSource":"s","serviceName":"Ecs","acsRegion":"r","eventType":"ApiCall","userIdentity":{{"type":"root-account"}},"sourceIpAddress":"10.0.0.1","userAgent":""}}"#
            )
        };
        let mut comparison = Comparison::default();
        for id in ["E", "F"] {
            comparison.expect(event(id, "N").as_bytes(), true).unwrap();
        }
        for id in ["A", "B", "C", "D"] {
            comparison.expect(event(id, "N").as_bytes(), false).unwrap();
        }
        for (id, name) in [("A", "N"), ("B", "N"), ("B", "N"), ("C", "Other"), ("X", "N"), ("F", "N")] {
            comparison.find(event(id, name).as_bytes());
        }
        let report = comparison.finish();
        assert_eq!((report.expected, report.found, report.others, report.finding_count), (6, 5, 1, 3));
        assert_eq!(report.waiting, 1, "E; F is written and not confirmed");
        let findings: Vec<_> = report.findings.iter().map(|one| (one.problem, one.event_id.as_str())).collect();
        assert_eq!(findings, [("different", "C"), ("doubled", "B"), ("missing", "D")]);
    }

    #[test]
    fn a_group_is_known_by_its_id_and_its_contents() {
        let group = |id: Option<&str>, event: &str, time_s: u32| {
            let value = |text: &str| Some(text.to_owned());
            LogGroup {
                logs: vec![PutLog {
                    time: Some(time_s),
                    contents: vec![Content { key: value(EVENT_KEY), value: value(event) }],
                    time_ns: None,
                }],
                log_tags: id.map(|id| LogTag { key: value(PACK_ID_TAG), value: value(id) }).into_iter().collect(),
                ..LogGroup::default()
            }
        };
        let mut known = HashSet::new();
        let answers = [
            (group(Some("A-1"), "x", 1), false),
            (group(Some("A-1"), "x", 2), true),
            // Twice the same id is no repetition when something else is in it, nor twice the same event without an id.
            (group(Some("A-1"), "y", 1), false),
            (group(Some("A-2"), "x", 1), false),
            (group(None, "x", 1), false),
            (group(None, "x", 1), false),
        ];
        for (group, is_expected) in answers {
            assert_eq!(is_known(&group, &mut known), is_expected, "{group:?}");
        }
    }
}
