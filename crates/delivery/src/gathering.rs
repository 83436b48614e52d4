//! Events between journal and batch: gathered until there are enough of them or the first has waited long enough.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use crate::selection::Selection;
use audit::Read;

/// When a batch is due, and what fits into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How long the first event of a batch waits for others, milliseconds.
    pub linger_ms: i64,
    /// Bytes of the events of a batch; one event alone may have more.
    pub bytes: usize,
    /// Events of a batch.
    pub events: usize,
}

/// An event on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventInHand {
    /// Its place in the stream.
    pub position: u64,
    /// When it was journaled, Unix milliseconds.
    pub appended_ms: i64,
    /// `eventTime`, Unix seconds.
    pub time_s: i64,
    /// The region whose files it belongs to.
    pub region: Arc<str>,
    /// Its JSON text, as it was journaled.
    pub bytes: Bytes,
}

/// What others have delivered to the same place: events of these positions and selections are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// The stream.
    pub stream: String,
    /// First position.
    pub first: u64,
    /// Last position.
    pub last: u64,
    /// What was wanted of them.
    pub selection: Selection,
}

/// Positions of a stream that a batch settles, and the events among them that it delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// First position.
    pub first: u64,
    /// Last position.
    pub last: u64,
    /// Events to deliver.
    pub events: Vec<EventInHand>,
}

/// Gathers the events of one stream for one delivery.
#[derive(Debug)]
pub struct Gathering {
    selection: Selection,
    excluded: Vec<Excluded>,
    /// The position after the last one that a batch has settled.
    settled: u64,
    /// The position that is read next.
    next: u64,
    /// The last position that is delivered; none as long as the trail logs.
    last: Option<u64>,
    events: VecDeque<EventInHand>,
    bytes: usize,
    region: Arc<str>,
}

impl Gathering {
    /// Begins at a position.
    pub fn new(next: u64, last: Option<u64>, selection: Selection, excluded: Vec<Excluded>) -> Gathering {
        Gathering {
            selection,
            excluded,
            settled: next,
            next,
            last,
            events: VecDeque::new(),
            bytes: 0,
            region: Arc::from(""),
        }
    }

    /// The position that is read next; `None` when everything was read.
    pub fn wants(&self) -> Option<u64> {
        self.last.is_none_or(|last| self.next <= last).then_some(self.next)
    }

    /// Says where it ends. What was gathered behind the end is let go.
    pub fn end_at(&mut self, last: u64) {
        self.last = Some(last);
        while self.events.back().is_some_and(|event| event.position > last) {
            if let Some(event) = self.events.pop_back() {
                self.bytes -= event.bytes.len();
            }
        }
        self.next = self.next.min(last + 1).max(self.settled);
    }

    /// Where it ends, if that is known.
    pub fn end(&self) -> Option<u64> {
        self.last
    }

    /// Takes what was read from [`Gathering::wants`] on. The error names the event that cannot be read.
    pub fn take(&mut self, read: Read, now_ms: i64) -> Result<(), String> {
        for record in read.records {
            if self.last.is_some_and(|last| record.position > last) {
                break;
            }
            let picked = self.selection.pick(&record.bytes);
            let picked = picked.map_err(|error| format!("the event at position {}: {error}", record.position))?;
            let Some(picked) = picked.filter(|_| !self.is_excluded(record.position, &record.bytes)) else {
                continue;
            };
            if *self.region != *picked.region {
                self.region = Arc::from(&*picked.region);
            }
            self.bytes += record.bytes.len();
            self.events.push_back(EventInHand {
                position: record.position,
                // A clock that was set back must not make an event wait for its future.
                appended_ms: record.appended_ms.min(now_ms),
                time_s: picked.time_s,
                region: self.region.clone(),
                bytes: record.bytes.clone(),
            });
        }
        self.next = read.next.min(self.last.map_or(u64::MAX, |last| last + 1));
        Ok(())
    }

    fn is_excluded(&self, position: u64, bytes: &[u8]) -> bool {
        let covering = self.excluded.iter().filter(|other| (other.first..=other.last).contains(&position));
        covering.into_iter().any(|other| matches!(other.selection.pick(bytes), Ok(Some(_))))
    }

    /// Whether there is enough for a batch.
    pub fn is_full(&self, bounds: &Bounds) -> bool {
        self.events.len() >= bounds.events || self.bytes >= bounds.bytes
    }

    /// When a batch is due that is not full, Unix milliseconds; `None` when there is no event. Nobody adds to what has
    /// ended, so it is due at once.
    pub fn due_ms(&self, bounds: &Bounds) -> Option<i64> {
        let first = self.events.front()?;
        let has_ended = self.last.is_some_and(|last| self.next > last);
        Some(if has_ended { i64::MIN } else { first.appended_ms + bounds.linger_ms })
    }

    /// The position after the last one that a batch has settled.
    pub fn settled(&self) -> u64 {
        self.settled
    }

    /// Events that wait.
    pub fn waiting(&self) -> u64 {
        self.events.len() as u64
    }

    /// When the oldest event that waits was journaled, Unix milliseconds.
    pub fn oldest_ms(&self) -> Option<i64> {
        self.events.front().map(|event| event.appended_ms)
    }

    /// Positions that were read, hold no event for this delivery, and are not settled: how many.
    pub fn skipped(&self) -> u64 {
        if self.events.is_empty() { self.next - self.settled } else { 0 }
    }

    /// Passes over positions without an event; the position after them.
    pub fn skip(&mut self) -> u64 {
        if self.events.is_empty() {
            self.settled = self.next;
        }
        self.settled
    }

    /// Takes a batch out: as many events as fit, but at least one.
    pub fn cut(&mut self, bounds: &Bounds) -> Option<Cut> {
        let mut count = 0;
        let mut bytes = 0;
        for event in self.events.iter().take(bounds.events.max(1)) {
            if count > 0 && bytes + event.bytes.len() > bounds.bytes {
                break;
            }
            bytes += event.bytes.len();
            count += 1;
        }
        let events: Vec<EventInHand> = self.events.drain(..count).collect();
        let last_event = events.last()?.position;
        self.bytes -= bytes;
        // What follows without an event is settled, too.
        let last = self.events.front().map_or(self.next - 1, |_| last_event);
        let cut = Cut { first: self.settled, last, events };
        self.settled = last + 1;
        Some(cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::SourceRecord;
    use audit::trail::EventRw;
    use proptest::prelude::*;

    fn event(is_write: bool, padding: usize) -> Bytes {
        let access = if is_write { "Write" } else { "Read" };
        let padding = "x".repeat(padding);
        format!(
            r#"{{"eventId":"{padding}","eventVersion":1,"eventCategory":"Management","eventName":"N","eventRW":"{access}","eventTime":"2026-03-01T08:00:00Z","eventSource":"s","serviceName":"Ecs","acsRegion":"r","eventType":"ApiCall","userIdentity":{{"type":"root-account"}},"sourceIpAddress":"10.0.0.1","userAgent":""}}"#
        )
        .into()
    }

    fn selection(event_rw: EventRw) -> Selection {
        Selection { event_rw, regions: None, home_region: "home".to_owned(), times_s: None, data: None }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// However events are read and cut: the batches settle every position once, in order, with exactly the events that
        /// are wanted, within the bounds.
        #[test]
        fn batches_settle_every_position_once(
            events in proptest::collection::vec((any::<bool>(), 0_usize..2_000), 1..60),
            reads in proptest::collection::vec(1_usize..9, 60),
            max_bytes in 400_usize..6_000,
            max_events in 1_usize..9,
            excluded in proptest::option::of((1_u64..60, 0_u64..30)),
            end in proptest::option::of(1_u64..60),
        ) {
            let bounds = Bounds { linger_ms: 0, bytes: max_bytes, events: max_events };
            let excluded: Vec<_> = excluded
                .map(|(first, count)| Excluded { stream: String::new(), first, last: first + count, selection: selection(EventRw::All) })
                .into_iter()
                .collect();
            let records: Vec<SourceRecord> = events
                .iter()
                .enumerate()
                .map(|(n, (is_write, padding))| SourceRecord {
                    position: n as u64 + 1,
                    appended_ms: n as i64,
                    bytes: event(*is_write, *padding),
                })
                .collect();
            let end = end.map(|end| end.min(records.len() as u64));
            let mut gathering = Gathering::new(1, end, selection(EventRw::Write), excluded.clone());
            let mut settled = 1;
            let mut delivered = Vec::new();
            for count in reads {
                if let Some(next) = gathering.wants() {
                    let from = next as usize - 1;
                    let to = (from + count).min(records.len());
                    let read = Read { records: records[from..to].to_vec(), next: to as u64 + 1, expired: 0 };
                    gathering.take(read, i64::MAX).unwrap();
                }
                while gathering.is_full(&bounds) || (gathering.wants().is_none() && gathering.due_ms(&bounds).is_some()) {
                    let cut = gathering.cut(&bounds).expect("a batch is due");
                    prop_assert_eq!(cut.first, settled);
                    settled = cut.last + 1;
                    prop_assert!(!cut.events.is_empty() && cut.events.len() <= max_events);
                    let bytes: usize = cut.events.iter().map(|event| event.bytes.len()).sum();
                    prop_assert!(cut.events.len() == 1 || bytes <= max_bytes);
                    prop_assert!(cut.events.iter().all(|event| (cut.first..=cut.last).contains(&event.position)));
                    delivered.extend(cut.events.iter().map(|event| event.position));
                }
                if gathering.skipped() > 0 {
                    settled = gathering.skip();
                }
            }
            delivered.extend(std::iter::from_fn(|| gathering.cut(&bounds)).flat_map(|cut| cut.events).map(|e| e.position));
            let wanted: Vec<u64> = records
                .iter()
                .map(|record| record.position)
                .filter(|position| end.is_none_or(|end| *position <= end))
                .filter(|position| events[*position as usize - 1].0)
                .filter(|position| !excluded.iter().any(|other| (other.first..=other.last).contains(position)))
                .collect();
            prop_assert_eq!(delivered, wanted);
        }
    }

    #[test]
    fn a_batch_waits_for_others_and_not_longer() {
        let bounds = Bounds { linger_ms: 60_000, bytes: 1_000_000, events: 100 };
        let mut gathering = Gathering::new(1, None, selection(EventRw::All), Vec::new());
        assert_eq!((gathering.due_ms(&bounds), gathering.oldest_ms()), (None, None));
        let record = |position, appended_ms| SourceRecord { position, appended_ms, bytes: event(true, 0) };
        let read = Read { records: vec![record(1, 1_000), record(2, 9_000)], next: 3, expired: 0 };
        gathering.take(read, 5_000).unwrap();
        assert_eq!(gathering.due_ms(&bounds), Some(61_000));
        gathering.end_at(1);
        assert_eq!((gathering.due_ms(&bounds), gathering.wants()), (Some(i64::MIN), None));
        let cut = gathering.cut(&bounds).unwrap();
        assert_eq!((cut.first, cut.last, cut.events.len()), (1, 1, 1));
        assert!(gathering.cut(&bounds).is_none());
    }
}
