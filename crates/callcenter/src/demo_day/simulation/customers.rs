//! What customers do.

use crate::activity::{Direction, Kind, LegSide, QueueOutcome, ReleaseReason};
use crate::demo_day::simulation::{Doing, QUEUE_LIMIT_S, RING_LIMIT_S, Simulation, Talk};

impl Simulation<'_> {
    pub(super) fn customer_calls(&mut self) {
        let group = self.chance.index(self.plan.groups.len());
        let Some(talk) = self.begin(group, Direction::Inbound) else { return };
        self.of_call(&talk, Kind::LegAnswered { leg: LegSide::Caller });
        self.of_call(&talk, Kind::FlowEntered { contact_flow_id: self.plan.flow_id.clone() });
        let leaves = self.chance.happens(0.05);
        let until = self.now + self.chance.within(4, 25);
        self.in_flow.push((talk, until, leaves));
    }

    pub(super) fn leave_flows(&mut self) {
        let now = self.now;
        let (done, staying): (Vec<_>, Vec<_>) = self.in_flow.drain(..).partition(|(_, until, _)| *until <= now);
        self.in_flow = staying;
        for (talk, _, leaves) in done {
            if leaves {
                self.of_call(&talk, Kind::LegEnded { leg: LegSide::Caller, cause: "BYE".to_owned() });
                self.release(&talk, ReleaseReason::LeftInFlow, Some(LegSide::Caller));
            } else {
                self.enqueue(talk);
            }
        }
    }

    pub(super) fn enqueue(&mut self, mut talk: Talk) {
        talk.entered_queue = self.now;
        talk.patient_until = self.now + self.chance.patience_s();
        let skill_group_name = self.plan.groups[talk.group].name.clone();
        self.of_queue(&talk, Kind::Queued { skill_group_name });
        self.waiting.push(talk);
    }

    pub(super) fn leave_queues(&mut self) {
        let now = self.now;
        let (done, staying): (Vec<_>, Vec<_>) = self
            .waiting
            .drain(..)
            .partition(|talk| talk.patient_until <= now || talk.entered_queue + QUEUE_LIMIT_S <= now);
        self.waiting = staying;
        for talk in done {
            let (outcome, reason, side) = if talk.patient_until <= now {
                (QueueOutcome::Abandoned, ReleaseReason::LeftInQueue, Some(LegSide::Caller))
            } else {
                (QueueOutcome::Overflow, ReleaseReason::QueueOverflow, None)
            };
            self.of_queue(&talk, Kind::QueueLeft { outcome });
            self.of_call(&talk, Kind::LegEnded { leg: LegSide::Caller, cause: "BYE".to_owned() });
            self.release(&talk, reason, side);
        }
    }

    /// The first of each queue rings at the longest idle agent of its group.
    pub(super) fn offer_calls(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        for talk in waiting {
            let ready = |agent: &usize| {
                matches!(self.agents[*agent].doing, Doing::Ready)
                    && self.plan.agents[*agent].groups.contains(&talk.group)
            };
            let idlest = (0..self.agents.len()).filter(ready).min_by_key(|agent| self.agents[*agent].idle_since);
            match idlest {
                Some(agent) => self.ring(agent, talk),
                None => self.waiting.push(talk),
            }
        }
    }

    pub(super) fn ring(&mut self, agent: usize, talk: Talk) {
        let agent_name = self.plan.agents[agent].name.clone();
        self.of_call(&talk, Kind::LegRinging { leg: LegSide::Callee });
        self.of_agent_in_call(agent, &talk, Kind::AgentRinging { agent_name, direction: Direction::Inbound });
        let (answers, rejects) = (self.chance.happens(0.95), self.chance.happens(0.2));
        let rings_s = if answers || rejects { self.chance.within(2, 12) } else { RING_LIMIT_S };
        self.agents[agent].doing = Doing::Ringing { talk, until: self.now + rings_s, answers, rejects };
    }

    pub(super) fn end_surveys(&mut self) {
        let now = self.now;
        let (done, going_on): (Vec<_>, Vec<_>) = self.surveys.drain(..).partition(|(_, _, until, _)| *until <= now);
        self.surveys = going_on;
        for (talk, agent, _, key) in done {
            if let Some(key) = key {
                let (label, satisfied, feedback) = match key {
                    1 => ("非常满意", true, ""),
                    2 => ("满意", true, ""),
                    _ => ("不满意", false, "等待时间太长"),
                };
                let (label, feedback) = (label.to_owned(), feedback.to_owned());
                self.of_agent_in_call(agent, &talk, Kind::SurveyAnswered { key, label, satisfied, feedback });
            }
            self.of_call(&talk, Kind::LegEnded { leg: LegSide::Caller, cause: "BYE".to_owned() });
            self.release(&talk, ReleaseReason::Normal, Some(LegSide::Caller));
        }
    }
}
