//! The fold: rows in order in, tallies of consecutive slices of time out. A pure function; it never fails, whatever
//! order the rows come in.
//!
//! What it decides, beside the formulas of CCC 2017-07-05, "ListAgentSummaryReports":
//!
//! * An agent does one thing at a time, and a row that says otherwise ends what he did before. His checked-in time is
//!   the sum of all he did, so it always adds up.
//! * **Times are cut to whole seconds once a stretch.** A stretch that lies in several slices gives each the seconds
//!   completed there: cut at the boundary, and the last slice gets what the whole stretch, cut, has left. Its parts
//!   together are what it would be unsplit.
//! * **A longest time** is that of the unsplit stretch, in the slice in which it ends.
//! * **A count** belongs to the slice of its own row. Waiting in a queue is counted when it ends, whole: only then it
//!   is known whether it was answered.
//! * Ready and break count for every group that the agent is checked in to; a call counts for its own group. A call
//!   without a group counts for the agent alone.
//! * Checked in without having said ready or break, and the moment between the end of a call and what comes next,
//!   count as a break: no call may come then.
//! * A call that rings at an agent with the direction outbound (the platform calls him first) is being dialled.
//! * Internal calls count by their direction at each agent.

mod agents;
mod contacts;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::State;
use state::{Agent, Doing, Stretch};

use crate::activity::{Activity, Direction, Kind};
use crate::day::Day;
use crate::report::sheet::{AgentSheet, Sheet, entry};
use crate::report::tally::{Calls, Tally};

/// How long a slice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// A day in UTC+8.
    Day,
    /// Five minutes.
    Minute5,
}

const MINUTE5_MS: i64 = 300_000;

impl Width {
    /// The slice that a moment lies in: its first moment, and the first one after it.
    fn slice_of(self, at_ms: i64) -> (i64, i64) {
        match self {
            Width::Day => (Day::of_ms(at_ms).start_ms(), Day::of_ms(at_ms).end_ms()),
            Width::Minute5 => {
                let start_ms = at_ms.div_euclid(MINUTE5_MS).saturating_mul(MINUTE5_MS);
                (start_ms, start_ms.saturating_add(MINUTE5_MS))
            }
        }
    }
}

/// A slice that is over.
pub(crate) struct Closed<'a> {
    /// Its first moment, Unix milliseconds.
    pub(crate) start_ms: i64,
    /// What was counted in it.
    pub(crate) sheet: Sheet,
    /// What is open at its end.
    pub(crate) state: &'a State,
}

/// A fold under way. Slices come out in order; one in which nothing happened while nothing was open is left out.
#[derive(Debug, Clone)]
pub(crate) struct Fold {
    width: Width,
    start_ms: i64,
    end_ms: i64,
    /// Time of the last row.
    at_ms: i64,
    sheet: Sheet,
    state: State,
}

impl Fold {
    /// Begins at the slice of a moment, with what is open then.
    pub(crate) fn new(width: Width, from_ms: i64, state: State) -> Self {
        let (start_ms, end_ms) = width.slice_of(from_ms);
        Self { width, start_ms, end_ms, at_ms: start_ms, sheet: Sheet::default(), state }
    }

    /// Time of the last row, or of the slice's beginning.
    pub(crate) fn at_ms(&self) -> i64 {
        self.at_ms
    }

    /// First moment of the slice under way.
    pub(crate) fn start_ms(&self) -> i64 {
        self.start_ms
    }

    /// What is open.
    pub(crate) fn into_state(self) -> State {
        self.state
    }

    /// Takes in a row. One from before the last counts as of the last's time: nothing runs backwards.
    pub(crate) fn row(&mut self, activity: &Activity, closed: &mut impl FnMut(Closed<'_>)) {
        let at_ms = activity.at_ms.max(self.at_ms);
        self.advance(at_ms, closed);
        match activity.kind {
            Kind::AgentCheckedIn { .. }
            | Kind::AgentCheckedOut
            | Kind::AgentReady
            | Kind::AgentOnBreak { .. }
            | Kind::AgentRinging { .. }
            | Kind::AgentGaveUp { .. }
            | Kind::AgentDialing { .. }
            | Kind::AgentTalking { .. }
            | Kind::AgentCallEnded
            | Kind::AgentWrapUp { .. }
            | Kind::AgentTransferredBlind { .. } => self.agent_row(at_ms, activity),
            _ => self.contact_row(at_ms, activity),
        }
    }

    /// Time passes without rows until this moment.
    pub(crate) fn advance(&mut self, to_ms: i64, closed: &mut impl FnMut(Closed<'_>)) {
        while to_ms >= self.end_ms && self.end_ms < i64::MAX {
            self.close(closed);
            if self.state.is_idle() {
                (self.start_ms, self.end_ms) = self.width.slice_of(to_ms);
            }
        }
        self.at_ms = self.at_ms.max(to_ms);
    }

    fn close(&mut self, closed: &mut impl FnMut(Closed<'_>)) {
        credit_open(&mut self.sheet, &self.state, self.start_ms, self.end_ms);
        let end_ms = self.end_ms;
        if Day::of_ms(end_ms).start_ms() == end_ms {
            self.state.forget(end_ms);
        }
        let sheet = std::mem::take(&mut self.sheet);
        if !sheet.is_empty() || !self.state.is_idle() {
            closed(Closed { start_ms: self.start_ms, sheet, state: &self.state });
        }
        (self.start_ms, self.end_ms) = self.width.slice_of(end_ms);
        self.at_ms = self.at_ms.max(end_ms);
    }

    /// The slice under way as it stands at a moment: what is open counts until then.
    pub(crate) fn sheet_at(&self, now_ms: i64) -> Sheet {
        let mut sheet = self.sheet.clone();
        credit_open(&mut sheet, &self.state, self.start_ms, now_ms.clamp(self.at_ms, self.end_ms.max(self.at_ms)));
        sheet
    }
}

/// Gives a slice the seconds that open stretches completed in it.
fn credit_open(sheet: &mut Sheet, state: &State, slice_start_ms: i64, until_ms: i64) {
    for (agent_id, agent) in &state.agents {
        if let Some(stretch) = &agent.stretch {
            let cells = entry(&mut sheet.agents, agent_id);
            credit(cells, &agent.skill_group_ids, stretch, slice_start_ms, until_ms);
        }
    }
}

/// Whole seconds of a stretch between two moments, so that consecutive parts add up to the whole, cut once.
fn seconds_of(since_ms: i64, from_ms: i64, until_ms: i64) -> i64 {
    let completed = |at_ms: i64| whole_seconds(since_ms, at_ms);
    completed(until_ms).saturating_sub(completed(from_ms)).max(0)
}

fn whole_seconds(since_ms: i64, until_ms: i64) -> i64 {
    until_ms.saturating_sub(since_ms).max(0) / 1_000
}

/// Adds a stretch's part to the tallies that it belongs to.
fn credit(cells: &mut AgentSheet, checked_in_to: &[String], stretch: &Stretch, from_ms: i64, until_ms: i64) {
    let seconds = seconds_of(stretch.since_ms, from_ms, until_ms);
    let held_s = stretch.held_since_ms.map_or(0, |since_ms| seconds_of(since_ms, from_ms, until_ms));
    each_cell(cells, checked_in_to, stretch, |tally| {
        match stretch.doing {
            Doing::Ready => tally.shift.ready_s += seconds,
            Doing::Break => tally.shift.break_s += seconds,
            Doing::Waiting(direction) => calls(tally, direction).waiting_s += seconds,
            Doing::Talking(direction) => {
                calls(tally, direction).talk_s += seconds;
                calls(tally, direction).hold_s += held_s;
            }
            Doing::WrapUp(direction) => calls(tally, direction).work_s += seconds,
        };
    });
}

/// The tallies that a stretch belongs to: all work, and its groups.
fn each_cell(cells: &mut AgentSheet, checked_in_to: &[String], stretch: &Stretch, mut change: impl FnMut(&mut Tally)) {
    change(&mut cells.all);
    match stretch.doing {
        Doing::Ready | Doing::Break => {
            for group in checked_in_to {
                change(entry(&mut cells.groups, group));
            }
        }
        _ => {
            if let Some(group) = &stretch.skill_group_id {
                change(entry(&mut cells.groups, group));
            }
        }
    }
}

fn calls(tally: &mut Tally, direction: Direction) -> &mut Calls {
    match direction {
        Direction::Inbound => &mut tally.inbound,
        Direction::Outbound => &mut tally.outbound,
    }
}
