//! Rows about calls: lines, flows, queues, holds, surveys, traffic of numbers.

use crate::activity::{Activity, ContactType, Direction, Kind, LegSide, QueueOutcome, ReleaseReason};
use crate::report::fold::agents::end_hold;
use crate::report::fold::state::Contact;
use crate::report::fold::{Doing, Fold, calls, each_cell, whole_seconds};
use crate::report::sheet::{NOBODY, entry, take_name};
use crate::report::tally::Calls;

impl Fold {
    pub(super) fn contact_row(&mut self, at_ms: i64, row: &Activity) {
        let Some(contact_id) = row.contact_id.as_deref() else { return };
        match &row.kind {
            Kind::ContactStarted { contact_type, center_number, .. } => {
                let contact = self.contact(contact_id, at_ms);
                contact.contact_type = Some(*contact_type);
                center_number.clone_into(&mut contact.center_number);
                if *contact_type == ContactType::Inbound {
                    self.sheet.line.incoming += 1;
                }
            }
            Kind::FlowEntered { .. } => self.enter_flow(contact_id, at_ms),
            Kind::Queued { skill_group_name } => self.enqueue(contact_id, at_ms, row, skill_group_name),
            Kind::QueueLeft { outcome } => self.leave_queue(contact_id, at_ms, row, *outcome),
            Kind::Established => {
                self.contact(contact_id, at_ms).established_ms.get_or_insert(at_ms);
            }
            Kind::LegHeld { leg } => self.hold(contact_id, at_ms, *leg),
            Kind::LegRetrieved { leg } => self.retrieve(contact_id, at_ms, *leg),
            Kind::Released { reason, .. } => self.release(contact_id, at_ms, *reason),
            Kind::SurveyOffered { .. } => {
                self.contact(contact_id, at_ms).survey_open = true;
                self.count_survey(contact_id, row, |calls| calls.surveys_offered += 1);
            }
            Kind::SurveyAnswered { satisfied, .. } => {
                self.contact(contact_id, at_ms).survey_open = false;
                self.count_survey(contact_id, row, |calls| {
                    calls.surveys_answered += 1;
                    calls.surveys_satisfied += i64::from(*satisfied);
                });
            }
            // Only rows that the arms above know touch a call's state: legs say nothing that a report counts.
            _ => {}
        }
    }

    pub(super) fn contact(&mut self, contact_id: &str, at_ms: i64) -> &mut Contact {
        let contact = entry(&mut self.state.contacts, contact_id);
        contact.touched_ms = at_ms;
        contact
    }

    fn enter_flow(&mut self, contact_id: &str, at_ms: i64) {
        let contact = self.contact(contact_id, at_ms);
        let first_time = !std::mem::replace(&mut contact.in_flow, true);
        if first_time && contact.contact_type == Some(ContactType::Inbound) {
            self.sheet.line.entered_flow += 1;
        }
    }

    fn enqueue(&mut self, contact_id: &str, at_ms: i64, row: &Activity, group_name: &str) {
        let Some(group) = row.skill_group_id.as_deref() else { return };
        self.contact(contact_id, at_ms).queues.insert(group.to_owned(), at_ms);
        let sheet = entry(&mut self.sheet.queues, group);
        take_name(&mut sheet.name, group_name);
        sheet.queue.entries += 1;
    }

    fn leave_queue(&mut self, contact_id: &str, at_ms: i64, row: &Activity, outcome: QueueOutcome) {
        let Some(group) = row.skill_group_id.as_deref() else { return };
        let Some(since_ms) = self.contact(contact_id, at_ms).queues.remove(group) else { return };
        let waited_ms = at_ms.saturating_sub(since_ms);
        let waited_s = whole_seconds(since_ms, at_ms);
        let queue = &mut entry(&mut self.sheet.queues, group).queue;
        queue.wait_s += waited_s;
        queue.wait_max_s = queue.wait_max_s.max(waited_s);
        match outcome {
            QueueOutcome::Answered => {
                queue.answered += 1;
                queue.answered_within_20_s += i64::from(waited_ms < 20_000);
                queue.answered_within_30_s += i64::from(waited_ms < 30_000);
                queue.answered_wait_s += waited_s;
                queue.answered_wait_max_s = queue.answered_wait_max_s.max(waited_s);
            }
            QueueOutcome::Abandoned => queue.abandoned += 1,
            QueueOutcome::AbandonedRinging => queue.abandoned_ringing += 1,
            QueueOutcome::Overflow => queue.overflowed += 1,
            QueueOutcome::Requeued => {}
        }
    }

    /// The agent whose side holds the call: the caller of an outbound one, the called of an inbound one.
    fn holder(&self, contact_id: &str, leg: LegSide) -> Option<String> {
        let own_leg = |direction| match direction {
            Direction::Inbound => LegSide::Callee,
            Direction::Outbound => LegSide::Caller,
        };
        let holds = |doing| matches!(doing, Doing::Talking(direction) if own_leg(direction) == leg);
        let agents = self.state.agents.iter();
        let mut holders = agents.filter(|(_, agent)| {
            agent
                .stretch
                .as_ref()
                .is_some_and(|stretch| stretch.contact_id.as_deref() == Some(contact_id) && holds(stretch.doing))
        });
        holders.next().map(|(agent_id, _)| agent_id.clone())
    }

    fn hold(&mut self, contact_id: &str, at_ms: i64, leg: LegSide) {
        let Some(agent_id) = self.holder(contact_id, leg) else { return };
        let cells = entry(&mut self.sheet.agents, &agent_id);
        let Some(stretch) = entry(&mut self.state.agents, &agent_id).stretch.as_mut() else { return };
        let Doing::Talking(direction) = stretch.doing else { return };
        if stretch.held_since_ms.is_none() {
            stretch.held_since_ms = Some(at_ms);
            each_cell(cells, &[], stretch, |tally| calls(tally, direction).holds += 1);
        }
    }

    fn retrieve(&mut self, contact_id: &str, at_ms: i64, leg: LegSide) {
        let Some(agent_id) = self.holder(contact_id, leg) else { return };
        let cells = entry(&mut self.sheet.agents, &agent_id);
        if let Some(stretch) = entry(&mut self.state.agents, &agent_id).stretch.as_mut() {
            end_hold(cells, stretch, self.start_ms, at_ms);
        }
    }

    fn release(&mut self, contact_id: &str, at_ms: i64, reason: ReleaseReason) {
        let contact = self.contact(contact_id, at_ms);
        if std::mem::replace(&mut contact.released, true) {
            return;
        }
        contact.queues.clear();
        let number = std::mem::take(&mut contact.center_number);
        let connected_s = contact.established_ms.map_or(0, |since_ms| whole_seconds(since_ms, at_ms));
        let inbound = contact.contact_type == Some(ContactType::Inbound);
        if reason == ReleaseReason::LeftInFlow {
            self.sheet.line.abandoned_in_flow += 1;
        }
        if number.is_empty() {
            return;
        }
        let traffic = entry(&mut self.sheet.numbers, &number);
        let minutes_begun = connected_s / 60 + i64::from(connected_s % 60 > 0);
        let (calls, minutes) = match inbound {
            true => (&mut traffic.inbound_calls, &mut traffic.inbound_minutes),
            false => (&mut traffic.outbound_calls, &mut traffic.outbound_minutes),
        };
        *calls += 1;
        *minutes += minutes_begun;
    }

    fn count_survey(&mut self, contact_id: &str, row: &Activity, change: impl Fn(&mut Calls)) {
        let direction = self.state.contacts.get(contact_id).map_or(Direction::Inbound, Contact::direction);
        let cells = entry(&mut self.sheet.agents, row.agent_id.as_deref().unwrap_or(NOBODY));
        change(calls(&mut cells.all, direction));
        if let Some(group) = &row.skill_group_id {
            change(calls(entry(&mut cells.groups, group), direction));
        }
    }
}
