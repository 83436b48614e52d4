//! Figures that can be added up: over agents, over groups, over days, in any order and grouping.
//!
//! Every figure is a sum, a longest time or a first or last moment; rates and averages are made of them at the very
//! end. Times are whole seconds. An empty tally is all zeros and changes nothing when it is merged.

/// Declares a tally: its figures with how they merge, and the two directions of the codec.
macro_rules! tally {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $merge:ident,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub(crate) struct $name {
            $($(#[$doc])* pub(crate) $field: i64,)*
        }

        impl $name {
            /// Takes in another one.
            pub(crate) fn merge(&mut self, other: &Self) {
                $(self.$field = $merge(self.$field, other.$field);)*
            }

            /// All figures, in their order.
            pub(crate) fn values(&self) -> impl Iterator<Item = i64> {
                [$(self.$field),*].into_iter()
            }

            /// All figures, in their order, to be filled in.
            pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut i64> {
                [$(&mut self.$field),*].into_iter()
            }
        }
    };
}

fn sum(left: i64, right: i64) -> i64 {
    left.saturating_add(right)
}

fn longest(left: i64, right: i64) -> i64 {
    left.max(right)
}

fn last(left: i64, right: i64) -> i64 {
    left.max(right)
}

/// 0 is "never".
pub(super) fn first(left: i64, right: i64) -> i64 {
    match (left, right) {
        (0, moment) | (moment, 0) => moment,
        _ => left.min(right),
    }
}

tally!(
    /// Calls of one direction at an agent.
    Calls {
        /// Began to ring at him; was dialled by him.
        begun: sum,
        /// Of these, talked.
        answered: sum,
        /// Of these, after less than 20 s of ringing.
        answered_within_20_s: sum,
        /// Ringing or dialling.
        waiting_s: sum,
        /// The longest.
        waiting_max_s: longest,
        /// Talking, hold included.
        talk_s: sum,
        /// The longest.
        talk_max_s: longest,
        /// After-call work.
        work_s: sum,
        /// The longest.
        work_max_s: longest,
        /// Times that he held a call.
        holds: sum,
        /// Holding.
        hold_s: sum,
        /// The longest.
        hold_max_s: longest,
        /// Surveys offered.
        surveys_offered: sum,
        /// Surveys answered.
        surveys_answered: sum,
        /// Of these, satisfied.
        surveys_satisfied: sum,
    }
);

tally!(
    /// An agent's time without calls, and what he did.
    Shift {
        /// Ready.
        ready_s: sum,
        /// The longest.
        ready_max_s: longest,
        /// Times that he became ready.
        ready_stretches: sum,
        /// On a break, or checked in without having said anything.
        break_s: sum,
        /// First check-in, Unix milliseconds; 0 is never.
        first_check_in_ms: first,
        /// Last check-out, Unix milliseconds; 0 is never.
        last_check_out_ms: last,
        /// Blind transfers.
        blind_transfers: sum,
    }
);

tally!(
    /// A skill group's queue.
    Queue {
        /// Entries; a call that comes again counts again.
        entries: sum,
        /// Answered by an agent.
        answered: sum,
        /// Of these, less than 20 s after the entry.
        answered_within_20_s: sum,
        /// Of these, less than 30 s after the entry.
        answered_within_30_s: sum,
        /// Left while waiting.
        abandoned: sum,
        /// Left while an agent rang.
        abandoned_ringing: sum,
        /// Waited past the limit.
        overflowed: sum,
        /// Waiting of all that left.
        wait_s: sum,
        /// The longest.
        wait_max_s: longest,
        /// Waiting of the answered ones.
        answered_wait_s: sum,
        /// The longest.
        answered_wait_max_s: longest,
    }
);

tally!(
    /// What happens before any queue.
    Line {
        /// Calls from outside.
        incoming: sum,
        /// Of these, came into a contact flow.
        entered_flow: sum,
        /// Left in the flow.
        abandoned_in_flow: sum,
    }
);

tally!(
    /// Calls over one of the call centre's numbers, counted when they end.
    Traffic {
        /// From outside.
        inbound_calls: sum,
        /// Their connected time in minutes begun.
        inbound_minutes: sum,
        /// To outside.
        outbound_calls: sum,
        /// Their connected time in minutes begun.
        outbound_minutes: sum,
    }
);

/// All work of one agent, or his work for one group; or of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Calls that came.
    pub(crate) inbound: Calls,
    /// Calls that he made.
    pub(crate) outbound: Calls,
    /// The rest.
    pub(crate) shift: Shift,
}

impl Tally {
    /// Takes in another one.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.inbound.merge(&other.inbound);
        self.outbound.merge(&other.outbound);
        self.shift.merge(&other.shift);
    }

    /// All figures, in their order.
    pub(crate) fn values(&self) -> impl Iterator<Item = i64> {
        self.inbound.values().chain(self.outbound.values()).chain(self.shift.values())
    }

    /// All figures, in their order, to be filled in.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut i64> {
        self.inbound.values_mut().chain(self.outbound.values_mut()).chain(self.shift.values_mut())
    }

    /// Both directions together.
    pub(crate) fn both(&self) -> Calls {
        let mut both = self.inbound;
        both.merge(&self.outbound);
        both
    }

    /// Checked-in time: by definition the sum of everything that an agent can be doing, so that it always adds up.
    pub(crate) fn logged_in_s(&self) -> i64 {
        let both = self.both();
        [self.shift.ready_s, self.shift.break_s, both.talk_s, both.work_s, both.waiting_s].into_iter().fold(0, sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_tally_changes_nothing() {
        let mut shift = Shift { first_check_in_ms: 5, last_check_out_ms: 9, ready_s: 3, ..Shift::default() };
        let before = shift;
        shift.merge(&Shift::default());
        assert_eq!(shift, before);
        let mut empty = Shift::default();
        empty.merge(&before);
        assert_eq!(empty, before);
    }

    #[test]
    fn sums_add_and_maxima_do_not() {
        let mut calls = Calls { talk_s: 10, talk_max_s: 7, ..Calls::default() };
        calls.merge(&Calls { talk_s: 5, talk_max_s: 4, ..Calls::default() });
        assert_eq!((calls.talk_s, calls.talk_max_s), (15, 7));
        assert_eq!(first(4, 2), 2);
        assert_eq!(first(0, 2), 2);
    }
}
