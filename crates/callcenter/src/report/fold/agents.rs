//! Rows about agents: what each ends, begins and counts.

use crate::activity::{Activity, Direction, Kind};
use crate::report::fold::{Agent, Doing, Fold, Stretch, calls, credit, each_cell, whole_seconds};
use crate::report::sheet::{AgentSheet, entry, take_name};
use crate::report::tally::{Tally, first};

/// An answer counts as quick before this, milliseconds (CCC 2017-07-05, "ListAgentSummaryReports", `ServiceLevel20`).
const QUICK_ANSWER_MS: i64 = 20_000;

/// One agent at the moment of a row.
struct Desk<'a> {
    agent: &'a mut Agent,
    cells: &'a mut AgentSheet,
    slice_start_ms: i64,
    at_ms: i64,
    row: &'a Activity,
}

impl Fold {
    pub(super) fn agent_row(&mut self, at_ms: i64, row: &Activity) {
        let Some(agent_id) = row.agent_id.as_deref() else { return };
        let mut desk = Desk {
            agent: entry(&mut self.state.agents, agent_id),
            cells: entry(&mut self.sheet.agents, agent_id),
            slice_start_ms: self.start_ms,
            at_ms,
            row,
        };
        desk.agent.touched_ms = at_ms;
        desk.take_in();
        if let (Kind::AgentTalking { direction }, Some(contact_id)) = (&row.kind, &row.contact_id) {
            self.contact(contact_id, at_ms).direction = Some(*direction);
        }
    }
}

impl Desk<'_> {
    fn take_in(&mut self) {
        match &self.row.kind {
            Kind::AgentCheckedIn { skill_group_ids } => self.check_in(skill_group_ids),
            Kind::AgentCheckedOut => self.check_out(),
            Kind::AgentReady => self.idle(Doing::Ready),
            Kind::AgentOnBreak { .. } => self.idle(Doing::Break),
            Kind::AgentRinging { agent_name, direction } => self.wait(*direction, agent_name),
            Kind::AgentDialing { agent_name } => self.wait(Direction::Outbound, agent_name),
            Kind::AgentTalking { direction } => self.talk(*direction),
            Kind::AgentGaveUp { .. } | Kind::AgentCallEnded => self.leave_call(),
            Kind::AgentWrapUp { direction } => self.wrap_up(*direction),
            Kind::AgentTransferredBlind { .. } => self.count(|tally| tally.shift.blind_transfers += 1),
            _ => {}
        }
    }

    fn check_in(&mut self, skill_group_ids: &[String]) {
        let before = self.agent.stretch.clone();
        self.end();
        self.agent.checked_in = true;
        self.agent.skill_group_ids = skill_group_ids.to_vec();
        self.agent.skill_group_ids.sort_unstable();
        self.agent.skill_group_ids.dedup();
        let at_ms = self.at_ms;
        self.count_shift(|tally| tally.shift.first_check_in_ms = first(tally.shift.first_check_in_ms, at_ms));
        // Whoever checks in again goes on with what he did, for his new groups.
        let resumed = before.map(|before| Stretch { since_ms: at_ms, held_since_ms: None, ..before });
        self.agent.stretch = resumed.or_else(|| Some(self.stretch(Doing::Break)));
    }

    fn check_out(&mut self) {
        self.end();
        let at_ms = self.at_ms;
        self.count_shift(|tally| tally.shift.last_check_out_ms = tally.shift.last_check_out_ms.max(at_ms));
        self.agent.checked_in = false;
        self.agent.skill_group_ids.clear();
    }

    fn idle(&mut self, doing: Doing) {
        self.agent.checked_in = true;
        if self.doing() == Some(doing) {
            return;
        }
        self.end();
        self.agent.stretch = Some(Stretch { contact_id: None, skill_group_id: None, ..self.stretch(doing) });
        if doing == Doing::Ready {
            self.count_shift(|tally| tally.shift.ready_stretches += 1);
        }
    }

    fn wait(&mut self, direction: Direction, agent_name: &str) {
        take_name(&mut self.cells.name, agent_name);
        if self.goes_on(Doing::Waiting(direction)) {
            return;
        }
        self.begin(Doing::Waiting(direction));
        self.count(|tally| calls(tally, direction).begun += 1);
    }

    fn talk(&mut self, direction: Direction) {
        if self.goes_on(Doing::Talking(direction)) {
            return;
        }
        let rang_ms = match &self.agent.stretch {
            Some(stretch) if self.goes_on(Doing::Waiting(direction)) => self.at_ms.saturating_sub(stretch.since_ms),
            _ => 0,
        };
        self.begin(Doing::Talking(direction));
        self.count(|tally| {
            let calls = calls(tally, direction);
            calls.answered += 1;
            calls.answered_within_20_s += i64::from(rang_ms < QUICK_ANSWER_MS);
        });
    }

    /// After a call the agent is where he may not be called until he says so; one who is not checked in is gone.
    fn leave_call(&mut self) {
        let other_call = |stretch: &Stretch| {
            stretch.contact_id.is_some() && self.row.contact_id.is_some() && stretch.contact_id != self.row.contact_id
        };
        match &self.agent.stretch {
            Some(stretch) if other_call(stretch) => return,
            Some(Stretch { doing: Doing::Waiting(_) | Doing::Talking(_), .. }) => {}
            _ => return,
        }
        self.end();
        if self.agent.checked_in {
            self.agent.stretch = Some(Stretch { contact_id: None, skill_group_id: None, ..self.stretch(Doing::Break) });
        }
    }

    fn wrap_up(&mut self, direction: Direction) {
        if !self.goes_on(Doing::WrapUp(direction)) {
            self.begin(Doing::WrapUp(direction));
        }
    }

    fn doing(&self) -> Option<Doing> {
        self.agent.stretch.as_ref().map(|stretch| stretch.doing)
    }

    /// He is doing that already, with this call.
    fn goes_on(&self, doing: Doing) -> bool {
        self.agent
            .stretch
            .as_ref()
            .is_some_and(|stretch| stretch.doing == doing && stretch.contact_id == self.row.contact_id)
    }

    fn begin(&mut self, doing: Doing) {
        self.end();
        self.agent.stretch = Some(self.stretch(doing));
    }

    fn stretch(&self, doing: Doing) -> Stretch {
        Stretch {
            doing,
            since_ms: self.at_ms,
            contact_id: self.row.contact_id.clone(),
            skill_group_id: self.row.skill_group_id.clone(),
            held_since_ms: None,
        }
    }

    /// Ends what he does.
    fn end(&mut self) {
        let Some(mut stretch) = self.agent.stretch.take() else { return };
        end_hold(self.cells, &mut stretch, self.slice_start_ms, self.at_ms);
        let groups = &self.agent.skill_group_ids;
        credit(self.cells, groups, &stretch, self.slice_start_ms, self.at_ms);
        let whole_s = whole_seconds(stretch.since_ms, self.at_ms);
        each_cell(self.cells, groups, &stretch, |tally| {
            let longest = match stretch.doing {
                Doing::Ready => &mut tally.shift.ready_max_s,
                Doing::Break => return,
                Doing::Waiting(direction) => &mut calls(tally, direction).waiting_max_s,
                Doing::Talking(direction) => &mut calls(tally, direction).talk_max_s,
                Doing::WrapUp(direction) => &mut calls(tally, direction).work_max_s,
            };
            *longest = (*longest).max(whole_s);
        });
    }

    /// Counts something of a call: for all his work and the row's group.
    fn count(&mut self, mut change: impl FnMut(&mut Tally)) {
        change(&mut self.cells.all);
        if let Some(group) = &self.row.skill_group_id {
            change(entry(&mut self.cells.groups, group));
        }
    }

    /// Counts something of his shift: for all his work and every group that he is checked in to.
    fn count_shift(&mut self, mut change: impl FnMut(&mut Tally)) {
        change(&mut self.cells.all);
        for group in &self.agent.skill_group_ids {
            change(entry(&mut self.cells.groups, group));
        }
    }
}

/// Ends the holding of a call, if it is held.
pub(super) fn end_hold(cells: &mut AgentSheet, stretch: &mut Stretch, slice_start_ms: i64, at_ms: i64) {
    let (Some(since_ms), Doing::Talking(direction)) = (stretch.held_since_ms.take(), stretch.doing) else { return };
    let seconds = super::seconds_of(since_ms, slice_start_ms, at_ms);
    let whole_s = whole_seconds(since_ms, at_ms);
    each_cell(cells, &[], stretch, |tally| {
        let calls = calls(tally, direction);
        calls.hold_s += seconds;
        calls.hold_max_s = calls.hold_max_s.max(whole_s);
    });
}
