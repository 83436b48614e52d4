//! From where to where in the stream of data events a trail wanted what.

use serde::{Deserialize, Serialize};

use super::STREAM_PREFIX;
use super::selection::DataEventSelection;
use crate::operations::ActionTrail;
use crate::trail::{Marks, Properties, Status, Trail};

/// Where the streams of data events that belong to a trail are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataMarks {
    /// The stream of the trail's own account.
    pub own: u64,
    /// Those of the others, of a trail over all accounts.
    pub others: Marks,
}

impl From<u64> for DataMarks {
    fn from(own: u64) -> Self {
        DataMarks { own, others: Marks::new() }
    }
}

/// Positions of the account's stream of data events in which a trail logged with one selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSpan {
    /// Counts the spans of the trail, from 1.
    pub number: u64,
    /// Where the stream was at the beginning: its next record is the first.
    pub after: u64,
    /// Where it was at the end: this record is the last. Nothing while it goes on.
    pub until: Option<u64>,
    /// Where the streams of the other accounts were at the beginning; one that is not named came later.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub others_after: Marks,
    /// Where they were at the end.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub others_until: Marks,
    /// What was wanted.
    pub selection: DataEventSelection,
}

impl DataSpan {
    /// Where a stream was at the beginning.
    pub fn after_in(&self, stream: &str, is_own: bool) -> u64 {
        if is_own { self.after } else { self.others_after.get(stream).copied().unwrap_or_default() }
    }

    /// Where it was at the end. Nothing while the span goes on.
    pub fn until_in(&self, stream: &str, is_own: bool) -> Option<u64> {
        let until = self.until?;
        Some(if is_own { until } else { self.others_until.get(stream).copied().unwrap_or_default() })
    }

    fn is_of_nothing(&self) -> bool {
        self.until == Some(self.after) && self.others_until == self.others_after
    }
}

impl Properties {
    /// The selection has changed, or the trail was started or stopped: the span that went on ends where the streams are, and
    /// if the trail logs, another one begins there.
    pub fn renew_data_span(&mut self, marks: impl Into<DataMarks>) {
        let DataMarks { own: position, others } = marks.into();
        for span in self.data_spans.iter_mut().filter(|span| span.until.is_none()) {
            span.until = Some(position);
            span.others_until.clone_from(&others);
        }
        self.data_spans.retain(|span| !span.is_of_nothing());
        if let Some(selection) = self.data_events.clone().filter(|_| self.status == Status::Enable) {
            self.last_data_span += 1;
            let number = self.last_data_span;
            let (others_after, others_until) = (others, Marks::new());
            self.data_spans.push(DataSpan {
                number,
                after: position,
                until: None,
                others_after,
                others_until,
                selection,
            });
        }
        self.renew_data_generation();
    }

    /// A span that ended is delivered.
    pub(crate) fn forget_data_span(&mut self, number: u64) {
        self.data_spans.retain(|span| span.number != number || span.until.is_none());
        self.renew_data_generation();
    }

    /// When nothing is to be delivered any more, what delivered is cleared away; what comes later is another delivery.
    fn renew_data_generation(&mut self) {
        if !self.delivers_data() && self.last_data_span > 0 {
            self.data_generation += 1;
        }
    }

    /// A trail that an earlier version wrote has a selection and no span: nothing was recorded then.
    pub(crate) fn complete_data_spans(&mut self) {
        if self.data_spans.is_empty() && self.data_events.is_some() {
            self.renew_data_span(0);
        }
    }

    /// Streams of other accounts that the spans name.
    pub fn marked_data_streams(&self) -> impl Iterator<Item = &String> {
        self.data_spans.iter().flat_map(|span| span.others_after.keys().chain(span.others_until.keys()))
    }

    /// Data events are delivered, or are still to be.
    pub fn delivers_data(&self) -> bool {
        self.data_events.is_some() || !self.data_spans.is_empty()
    }

    /// The regions whose projects get data events.
    pub fn data_regions(&self) -> Vec<String> {
        let selections = self.data_spans.iter().map(|span| &span.selection).chain(&self.data_events);
        let mut regions: Vec<String> =
            selections.flat_map(|selection| &selection.deliveries).map(|delivery| delivery.region.clone()).collect();
        regions.sort_unstable();
        regions.dedup();
        regions
    }
}

impl Trail {
    /// The stream of the account's data events.
    pub fn data_stream(&self) -> String {
        format!("{STREAM_PREFIX}{}", self.account_id)
    }

    /// ARN of the project that gets the data events of a region.
    pub fn data_project_arn(&self, region: &str) -> String {
        let account_id = &self.account_id;
        format!("acs:log:{region}:{account_id}:project/actiontrail-log-{account_id}-{region}")
    }
}

impl ActionTrail {
    /// Where the streams of a trail's data events are.
    pub(crate) fn data_marks(&self, trail: &Trail) -> DataMarks {
        let mut marks = DataMarks::default();
        for (stream, _, last) in self.journal.streams() {
            match stream.as_str().strip_prefix(STREAM_PREFIX) {
                Some(account_id) if account_id == trail.account_id => marks.own = last,
                Some(_) if trail.is_organization_trail => drop(marks.others.insert(stream.as_str().to_owned(), last)),
                _ => {}
            }
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_follow_the_selection_and_the_state() {
        let selection = |region: &str| DataEventSelection {
            selectors: Vec::new(),
            is_all_regions: false,
            regions: vec![region.to_owned()],
            deliveries: Vec::new(),
        };
        let mut trail = Properties { data_events: Some(selection("a")), ..Properties::default() };
        trail.renew_data_span(7);
        assert!(trail.data_spans.is_empty(), "a trail that does not log wants nothing");
        trail.status = Status::Enable;
        trail.renew_data_span(8);
        trail.data_events = Some(selection("b"));
        trail.renew_data_span(9);
        trail.status = Status::Disable;
        trail.renew_data_span(11);
        let spans: Vec<_> = trail
            .data_spans
            .iter()
            .map(|span| (span.number, span.after, span.until, span.selection.regions[0].as_str()))
            .collect();
        assert_eq!(spans, [(1, 8, Some(9), "a"), (2, 9, Some(11), "b")]);
        trail.forget_data_span(1);
        trail.data_events = None;
        trail.renew_data_span(12);
        assert_eq!((trail.delivers_data(), trail.data_generation), (true, 0), "the second is still to be delivered");
        trail.forget_data_span(2);
        assert_eq!((trail.delivers_data(), trail.data_generation), (false, 1));
        trail.status = Status::Enable;
        trail.data_events = Some(selection("c"));
        trail.renew_data_span(20);
        trail.data_events = Some(selection("d"));
        trail.renew_data_span(20);
        let spans: Vec<_> = trail.data_spans.iter().map(|span| (span.number, span.after, span.until)).collect();
        assert_eq!((spans, trail.data_generation), (vec![(4, 20, None)], 1), "a span of nothing is none");
        let other = || ("data/2".to_owned(), 3);
        trail.renew_data_span(DataMarks { own: 20, others: Marks::from([other()]) });
        let ended = &trail.data_spans[0];
        assert_eq!((ended.until_in("data/2", false), ended.until_in("data/1", true)), (Some(3), Some(20)));
        assert_eq!(trail.data_spans[1].after_in("data/2", false), 3);
        trail.data_spans.clear();
        trail.last_data_span = 4;
        trail.complete_data_spans();
        assert_eq!((trail.data_spans[0].number, trail.data_spans[0].after), (5, 0));
    }
}
