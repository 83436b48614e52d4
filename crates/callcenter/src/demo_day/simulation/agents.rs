//! What agents do.

use crate::activity::{BreakReason, Direction, GiveUpCause, Kind, LegSide, QueueOutcome, ReleaseReason, SurveyMedium};
use crate::demo_day::chance::{CLOSE, OPEN, Second};
use crate::demo_day::simulation::{Agent, Doing, RING_LIMIT_S, Simulation, Talk, TalkEnd, agent_side, customer_side};

impl Simulation<'_> {
    pub(super) fn agent_goes_on(&mut self, agent: usize) {
        let now = self.now;
        match std::mem::replace(&mut self.agents[agent].doing, Doing::Away) {
            Doing::Away if self.agents[agent].shift.begin == now => self.check_in(agent),
            Doing::Away => {}
            Doing::Ready => self.idle(agent),
            Doing::Break { until } | Doing::WrapUp { until } if until <= now => self.ready(agent),
            Doing::Ringing { talk, until, answers, rejects } => self.ringing(agent, talk, until, answers, rejects),
            Doing::Dialing { talk, until, outcome } if until <= now => self.dialled(agent, talk, outcome),
            Doing::Talking { talk, until, end, .. } if until <= now => self.talked(agent, talk, end),
            Doing::Talking { talk, until, hold, end } => {
                self.hold(&talk, hold);
                self.agents[agent].doing = Doing::Talking { talk, until, hold, end };
            }
            unfinished => self.agents[agent].doing = unfinished,
        }
    }

    fn check_in(&mut self, agent: usize) {
        let plan = self.plan;
        let skill_group_ids = plan.agents[agent].groups.iter().map(|group| plan.groups[*group].id.clone()).collect();
        self.of_agent(agent, Kind::AgentCheckedIn { skill_group_ids });
        self.ready(agent);
    }

    fn ready(&mut self, agent: usize) {
        self.of_agent(agent, Kind::AgentReady);
        self.agents[agent].idle_since = self.now;
        self.agents[agent].doing = Doing::Ready;
    }

    /// Nothing to do: home, a break, a call to a customer, or waiting on.
    fn idle(&mut self, agent: usize) {
        let now = self.now;
        let Agent { shift, next_break, .. } = &self.agents[agent];
        let pause = shift.breaks.get(*next_break).copied().filter(|(from, _)| *from <= now);
        if shift.end <= now {
            self.of_agent(agent, Kind::AgentCheckedOut);
            self.agents[agent].doing = Doing::Away;
        } else if let Some((_, length_s)) = pause {
            self.agents[agent].next_break += 1;
            self.of_agent(agent, Kind::AgentOnBreak { reason: BreakReason::Asked });
            self.agents[agent].doing = Doing::Break { until: now + length_s };
        } else if (OPEN..CLOSE).contains(&now) && self.waiting.is_empty() && self.chance.happens(1.0 / 400.0) {
            self.dial(agent);
        } else {
            self.agents[agent].doing = Doing::Ready;
        }
    }

    fn ringing(&mut self, agent: usize, talk: Talk, until: Second, answers: bool, rejects: bool) {
        if talk.patient_until <= self.now {
            self.of_queue(&talk, Kind::QueueLeft { outcome: QueueOutcome::AbandonedRinging });
            self.of_agent_in_call(agent, &talk, Kind::AgentGaveUp { cause: GiveUpCause::CustomerLeft });
            self.of_call(&talk, Kind::LegEnded { leg: LegSide::Caller, cause: "BYE".to_owned() });
            self.release(&talk, ReleaseReason::LeftRinging, Some(LegSide::Caller));
            self.ready(agent);
        } else if self.now < until {
            self.agents[agent].doing = Doing::Ringing { talk, until, answers, rejects };
        } else if answers {
            self.of_call(&talk, Kind::LegAnswered { leg: LegSide::Callee });
            self.of_queue(&talk, Kind::QueueLeft { outcome: QueueOutcome::Answered });
            self.of_call(&talk, Kind::Established);
            self.talk(agent, talk);
        } else {
            let cause = if rejects { GiveUpCause::Rejected } else { GiveUpCause::Timeout };
            self.of_agent_in_call(agent, &talk, Kind::AgentGaveUp { cause });
            self.of_agent(agent, Kind::AgentOnBreak { reason: BreakReason::NoAnswer });
            self.agents[agent].doing = Doing::Break { until: self.now + self.chance.within(60, 180) };
            self.of_queue(&talk, Kind::QueueLeft { outcome: QueueOutcome::Requeued });
            self.enqueue(talk);
        }
    }

    fn dial(&mut self, agent: usize) {
        let group = self.plan.agents[agent].groups[0];
        let Some(talk) = self.begin(group, Direction::Outbound) else {
            self.agents[agent].doing = Doing::Ready;
            return;
        };
        let agent_name = self.plan.agents[agent].name.clone();
        self.of_agent_in_call(agent, &talk, Kind::AgentDialing { agent_name });
        self.of_call(&talk, Kind::LegRinging { leg: LegSide::Callee });
        let outcome = match self.chance.within(0, 99) {
            0..=61 => ReleaseReason::Normal,
            62..=73 => ReleaseReason::Busy,
            74..=79 => ReleaseReason::Rejected,
            _ => ReleaseReason::NoAnswer,
        };
        let rings_s = if outcome == ReleaseReason::NoAnswer { RING_LIMIT_S } else { self.chance.within(3, 22) };
        self.agents[agent].doing = Doing::Dialing { talk, until: self.now + rings_s, outcome };
    }

    fn dialled(&mut self, agent: usize, talk: Talk, outcome: ReleaseReason) {
        let cause = match outcome {
            ReleaseReason::Normal => {
                self.of_call(&talk, Kind::LegAnswered { leg: LegSide::Callee });
                self.of_call(&talk, Kind::Established);
                self.talk(agent, talk);
                return;
            }
            ReleaseReason::Busy => "SIP 486",
            ReleaseReason::Rejected => "SIP 603",
            _ => "timer ring",
        };
        self.of_call(&talk, Kind::LegEnded { leg: LegSide::Callee, cause: cause.to_owned() });
        self.release(&talk, outcome, Some(LegSide::Callee).filter(|_| outcome != ReleaseReason::NoAnswer));
        self.of_agent_in_call(agent, &talk, Kind::AgentCallEnded);
        self.ready(agent);
    }

    fn talk(&mut self, agent: usize, talk: Talk) {
        let direction = talk.direction;
        self.of_agent_in_call(agent, &talk, Kind::AgentTalking { direction });
        let until = self.now + self.chance.talk_s();
        let holds = until - self.now > 60 && self.chance.happens(0.12);
        let hold = holds.then(|| (self.now + 20, self.now + 20 + self.chance.within(5, 30)));
        let others = (0..self.plan.groups.len()).filter(|group| *group != talk.group).collect::<Vec<_>>();
        let end = if direction == Direction::Inbound && !others.is_empty() && self.chance.happens(0.05) {
            TalkEnd::HandedOver(others[self.chance.index(others.len())])
        } else if direction == Direction::Inbound && self.chance.happens(0.4) {
            TalkEnd::Survey
        } else if self.chance.happens(0.6) {
            TalkEnd::HungUp(customer_side(direction))
        } else {
            TalkEnd::HungUp(agent_side(direction))
        };
        self.agents[agent].doing = Doing::Talking { talk, until, hold, end };
    }

    fn hold(&mut self, talk: &Talk, hold: Option<(Second, Second)>) {
        let Some((from, until)) = hold else { return };
        let leg = agent_side(talk.direction);
        if from == self.now {
            self.of_call(talk, Kind::LegHeld { leg });
        } else if until == self.now {
            self.of_call(talk, Kind::LegRetrieved { leg });
        }
    }

    fn talked(&mut self, agent: usize, mut talk: Talk, end: TalkEnd) {
        let (own, direction) = (agent_side(talk.direction), talk.direction);
        if let TalkEnd::HandedOver(group) = end {
            let target = self.plan.groups[group].id.clone();
            self.of_agent_in_call(agent, &talk, Kind::AgentTransferredBlind { target });
        }
        if let TalkEnd::HungUp(side) = end {
            self.of_call(&talk, Kind::LegEnded { leg: side, cause: "BYE".to_owned() });
            self.release(&talk, ReleaseReason::Normal, Some(side));
        } else {
            self.of_call(&talk, Kind::LegEnded { leg: own, cause: "BYE".to_owned() });
        }
        self.of_agent_in_call(agent, &talk, Kind::AgentCallEnded);
        if matches!(end, TalkEnd::Survey) {
            self.of_agent_in_call(agent, &talk, Kind::SurveyOffered { medium: SurveyMedium::Voice });
        }
        self.of_agent_in_call(agent, &talk, Kind::AgentWrapUp { direction });
        self.agents[agent].doing = Doing::WrapUp { until: self.now + self.chance.wrap_up_s() };
        match end {
            TalkEnd::HungUp(_) => {}
            TalkEnd::HandedOver(group) => {
                talk.group = group;
                self.enqueue(talk);
            }
            TalkEnd::Survey => {
                let answers = self.chance.happens(0.65);
                let key = answers.then(|| if self.chance.happens(0.85) { self.chance.within(1, 2) } else { 3 });
                let until = self.now + self.chance.within(5, 14);
                self.surveys.push((talk, agent, until, key));
            }
        }
    }
}
