//! From where to where in the stream of data events a trail wanted what.

use serde::{Deserialize, Serialize};

use super::STREAM_PREFIX;
use super::selection::DataEventSelection;
use crate::operations::ActionTrail;
use crate::trail::{Properties, Status, Trail};

/// Positions of the account's stream of data events in which a trail logged with one selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSpan {
    /// Counts the spans of the trail, from 1.
    pub number: u64,
    /// Where the stream was at the beginning: its next record is the first.
    pub after: u64,
    /// Where it was at the end: this record is the last. Nothing while it goes on.
    pub until: Option<u64>,
    /// What was wanted.
    pub selection: DataEventSelection,
}

impl Properties {
    /// The selection has changed, or the trail was started or stopped: the span that went on ends where the stream is, and
    /// if the trail logs, another one begins there.
    pub fn renew_data_span(&mut self, position: u64) {
        for span in self.data_spans.iter_mut().filter(|span| span.until.is_none()) {
            span.until = Some(position);
        }
        self.data_spans.retain(|span| span.until != Some(span.after));
        if let Some(selection) = self.data_events.clone().filter(|_| self.status == Status::Enable) {
            self.last_data_span += 1;
            let number = self.last_data_span;
            self.data_spans.push(DataSpan { number, after: position, until: None, selection });
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
    /// Where the stream of a trail's data events is.
    pub(crate) fn data_position(&self, trail: &Trail) -> u64 {
        let stream = trail.data_stream();
        self.journal.streams().into_iter().find(|(name, ..)| name.as_str() == stream).map_or(0, |(.., last)| last)
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
        trail.data_spans.clear();
        trail.complete_data_spans();
        assert_eq!((trail.data_spans[0].number, trail.data_spans[0].after), (5, 0));
    }
}
