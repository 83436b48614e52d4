//! What is decided about the rows of a stream, and what follows from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ledger::{ChangeRefused, RetentionChange};
use super::period::Period;
use crate::limits::{EXPIRY_GRACE_S, MAX_HOLDS};
use crate::segment::SegmentSummary;

/// Rows of a range of times are kept until it is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its name, unique in the stream.
    pub name: String,
    /// Earliest time, Unix seconds, inclusive.
    pub from_s: i64,
    /// Latest time, Unix seconds, inclusive.
    pub to_s: i64,
    /// Why, for people.
    pub reason: String,
    /// By whom, for people.
    pub placed_by: String,
    /// When, Unix milliseconds.
    pub placed_at_ms: i64,
}

impl Hold {
    /// Whether times from `first_s` to `last_s` can be under the hold.
    pub fn overlaps(&self, first_s: i64, last_s: i64) -> bool {
        self.from_s <= last_s && self.to_s >= first_s
    }
}

/// Everything about one stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamRules {
    /// Its own period; the store's when there is none.
    pub period: Option<Period>,
    /// Its holds, by name.
    pub holds: Vec<Hold>,
    /// Rows that have left with their segments.
    pub expired_rows: u64,
    /// The latest time of a row that has left, Unix seconds.
    pub expired_until_s: Option<i64>,
}

/// The rules of all streams that have some.
pub type Rules = BTreeMap<String, Arc<StreamRules>>;

impl StreamRules {
    /// Rows before this time, Unix seconds, are out of retention.
    pub fn horizon_s(&self, default: Period, now_s: i64) -> i64 {
        self.period.unwrap_or(default).horizon_s(now_s)
    }

    /// Whether a segment may leave.
    pub fn may_leave(&self, segment: &SegmentSummary, default: Period, now_s: i64) -> bool {
        let horizon_s = self.horizon_s(default, now_s).saturating_sub(EXPIRY_GRACE_S);
        segment.last_time_s < horizon_s
            && !self.holds.iter().any(|hold| hold.overlaps(segment.first_time_s, segment.last_time_s))
    }

    /// Whether any time from `from_s` to `to_s` is under a hold.
    pub fn is_held(&self, from_s: i64, to_s: i64) -> bool {
        self.holds.iter().any(|hold| hold.overlaps(from_s, to_s))
    }

    /// The times from `from_s` to `to_s` that are kept: in retention, or under a hold. Ranges with both ends included,
    /// earliest first, which neither touch nor overlap.
    pub fn kept(&self, default: Period, now_s: i64, from_s: i64, to_s: i64) -> Vec<(i64, i64)> {
        let horizon_s = self.horizon_s(default, now_s);
        let held = self.holds.iter().map(|hold| (hold.from_s, hold.to_s));
        let mut ranges: Vec<(i64, i64)> = held
            .chain([(horizon_s, i64::MAX)])
            .map(|(first_s, last_s)| (first_s.max(from_s), last_s.min(to_s)))
            .filter(|(first_s, last_s)| first_s <= last_s)
            .collect();
        ranges.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(ranges.len());
        for (first_s, last_s) in ranges {
            match joined.last_mut() {
                Some((_, end_s)) if first_s <= end_s.saturating_add(1) => *end_s = last_s.max(*end_s),
                _ => joined.push((first_s, last_s)),
            }
        }
        joined
    }

    /// Applies a change, or says why it cannot be.
    pub fn apply(&mut self, change: &RetentionChange) -> Result<(), ChangeRefused> {
        match change {
            RetentionChange::SetPeriod(period) => self.period = *period,
            RetentionChange::Place(hold) => {
                let Err(place) = self.holds.binary_search_by(|other| other.name.cmp(&hold.name)) else {
                    return Err(ChangeRefused::HoldExists);
                };
                if self.holds.len() >= MAX_HOLDS {
                    return Err(ChangeRefused::TooManyHolds);
                }
                self.holds.insert(place, hold.clone());
            }
            RetentionChange::Release(name) => {
                let place = self.holds.binary_search_by(|other| other.name.cmp(name));
                self.holds.remove(place.map_err(|_| ChangeRefused::NoSuchHold)?);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY_S: i64 = 86_400;
    const NOW_S: i64 = 1000 * DAY_S;

    fn hold(name: &str, from_s: i64, to_s: i64) -> Hold {
        let text = String::new;
        Hold { name: name.to_owned(), from_s, to_s, reason: text(), placed_by: text(), placed_at_ms: 0 }
    }

    fn segment(first_time_s: i64, last_time_s: i64) -> SegmentSummary {
        SegmentSummary { first_time_s, last_time_s, ..SegmentSummary::default() }
    }

    #[test]
    fn a_segment_leaves_when_its_newest_row_is_out_and_nothing_is_held() {
        let default = Period::of_days(90).unwrap();
        let out_s = NOW_S - 90 * DAY_S - EXPIRY_GRACE_S - 1;
        let mut rules = StreamRules::default();
        assert!(rules.may_leave(&segment(0, out_s), default, NOW_S));
        assert!(!rules.may_leave(&segment(0, out_s + 1), default, NOW_S));
        assert!(!rules.may_leave(&segment(0, out_s), Period::UNLIMITED, NOW_S));
        rules.apply(&RetentionChange::Place(hold("case", out_s, i64::MAX))).unwrap();
        assert!(!rules.may_leave(&segment(0, out_s), default, NOW_S));
        assert!(rules.may_leave(&segment(0, out_s - 1), default, NOW_S));
        rules.apply(&RetentionChange::SetPeriod(Some(Period::UNLIMITED))).unwrap();
        assert!(!rules.may_leave(&segment(0, out_s - 1), default, NOW_S));
    }

    #[test]
    fn holds_have_names_and_a_number() {
        let mut rules = StreamRules::default();
        for n in 0..MAX_HOLDS {
            rules.apply(&RetentionChange::Place(hold(&n.to_string(), 0, 1))).unwrap();
        }
        let mut place = |name: &str| rules.apply(&RetentionChange::Place(hold(name, 0, 1)));
        assert_eq!(place("7"), Err(ChangeRefused::HoldExists));
        assert_eq!(place("new"), Err(ChangeRefused::TooManyHolds));
        assert!(rules.holds.is_sorted_by(|left, right| left.name < right.name));
        let mut release = |name: &str| rules.apply(&RetentionChange::Release(name.to_owned()));
        assert_eq!(release("new"), Err(ChangeRefused::NoSuchHold));
        assert_eq!(release("7"), Ok(()));
        assert_eq!(rules.apply(&RetentionChange::Place(hold("new", 0, 1))), Ok(()));
    }

    proptest! {
        #[test]
        fn kept_times_are_those_of_the_plain_rule(
            holds in proptest::collection::vec((0i64..40, 0i64..12), 0..5),
            days in proptest::option::of(1u32..30),
            (from_s, length_s) in (0i64..40, 0i64..40),
        ) {
            // Whole days; the fortieth is now.
            let at = |n: i64| NOW_S + (n - 40) * DAY_S;
            let mut rules = StreamRules::default();
            for (n, (first, length)) in holds.iter().enumerate() {
                rules.holds.push(hold(&n.to_string(), at(*first), at(first + length)));
            }
            let period = days.map_or(Period::UNLIMITED, |days| Period::of_days(days).unwrap());
            let kept = rules.kept(period, NOW_S, at(from_s), at(from_s + length_s));
            for n in 0..80 {
                let is_asked = (from_s..=from_s + length_s).contains(&n);
                let is_kept = days.is_none_or(|days| n >= 40 - i64::from(days))
                    || holds.iter().any(|(first, length)| (*first..=first + length).contains(&n));
                let is_in = kept.iter().any(|(first, last)| (*first..=*last).contains(&at(n)));
                prop_assert_eq!(is_in, is_asked && is_kept, "{}", n);
            }
            prop_assert!(kept.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "{:?}", kept);
        }
    }
}
