//! From a contact's rows to its record. Public document: CCC 2017-07-05, "ListCallDetailRecords".

use crate::activity::{Activity, Appended, ContactType, Kind, LegSide, ReleaseReason};
use crate::contact::detail::{AgentPart, CallDetail, Disposition, GroupPart, Recording, Survey, SurveyAnswer};

/// The record of one contact out of all its rows, in the order of folding; `None` until it is released, and for rows
/// without a beginning.
pub fn fold_contact(rows: &[Appended]) -> Option<CallDetail> {
    let mut fold = Fold::default();
    for row in rows {
        fold.take_in(&row.activity);
    }
    fold.finish()
}

#[derive(Debug, Default)]
struct Fold {
    begin: Option<Begin>,
    end: Option<End>,
    established: bool,
    queued_at_ms: Option<i64>,
    agents: Vec<OpenPart>,
    groups: Vec<GroupPart>,
    surveys: Vec<Survey>,
    recordings: Vec<Recording>,
}

#[derive(Debug)]
struct Begin {
    contact_id: String,
    at_ms: i64,
    contact_type: ContactType,
    calling_number: String,
    called_number: String,
    center_number: String,
}

#[derive(Debug)]
struct End {
    at_ms: i64,
    reason: ReleaseReason,
    side: Option<LegSide>,
    /// An agent rang, or the call waited in a queue, when it was released.
    was_ringing: bool,
    was_queued: bool,
}

/// An agent's part with what is going on in it.
#[derive(Debug, Default)]
struct OpenPart {
    part: AgentPart,
    ringing_from_ms: Option<i64>,
    talking_from_ms: Option<i64>,
    held_from_ms: Option<i64>,
}

impl Fold {
    fn take_in(&mut self, row: &Activity) {
        self.take_in_group(row);
        let at_ms = row.at_ms;
        match &row.kind {
            Kind::ContactStarted { .. } => self.begin(row),
            Kind::Queued { .. } => self.queued_at_ms = Some(at_ms),
            Kind::QueueLeft { .. } => self.queued_at_ms = None,
            Kind::Established => self.established = true,
            Kind::LegHeld { .. } => self.hold(at_ms),
            Kind::LegRetrieved { .. } => self.agents.iter_mut().for_each(|open| open.retrieve(at_ms)),
            Kind::Released { reason, side, .. } => self.release(at_ms, *reason, *side),
            Kind::SurveyOffered { .. } => {
                self.surveys.push(Survey { agent_id: row.agent_id.clone().unwrap_or_default(), answer: None });
            }
            Kind::SurveyAnswered { key, label, feedback, .. } => {
                let answer = SurveyAnswer { key: *key, label: label.clone(), feedback: feedback.clone() };
                self.answer(row.agent_id.as_deref(), answer);
            }
            Kind::RecordingStored { .. } => self.record(row),
            _ => self.take_in_agent(row),
        }
    }

    fn begin(&mut self, row: &Activity) {
        let (Kind::ContactStarted { contact_type, calling_number, called_number, center_number }, None) =
            (&row.kind, &self.begin)
        else {
            return;
        };
        self.begin = Some(Begin {
            contact_id: row.contact_id.clone().unwrap_or_default(),
            at_ms: row.at_ms,
            contact_type: *contact_type,
            calling_number: calling_number.clone(),
            called_number: called_number.clone(),
            center_number: center_number.clone(),
        });
    }

    fn take_in_group(&mut self, row: &Activity) {
        let Some(id) = row.skill_group_id.as_deref() else { return };
        let name = match &row.kind {
            Kind::Queued { skill_group_name } | Kind::DialedForGroup { skill_group_name } => skill_group_name.as_str(),
            _ => "",
        };
        match self.groups.iter_mut().find(|group| group.skill_group_id == id) {
            Some(group) if group.skill_group_name.is_empty() => group.skill_group_name = name.to_owned(),
            Some(_) => {}
            None => {
                self.groups.push(GroupPart { skill_group_id: id.to_owned(), skill_group_name: name.to_owned() });
            }
        }
    }

    fn take_in_agent(&mut self, row: &Activity) {
        let Some(agent_id) = row.agent_id.as_deref() else { return };
        let at_ms = row.at_ms;
        match &row.kind {
            Kind::AgentRinging { agent_name, .. } => {
                let waited_ms = self.queued_at_ms.map_or(0, |queued_at_ms| at_ms.saturating_sub(queued_at_ms));
                let open = self.part_of(agent_id, agent_name, row);
                open.part.queue_ms = open.part.queue_ms.max(waited_ms);
                open.ring(at_ms);
            }
            Kind::AgentDialing { agent_name } => self.part_of(agent_id, agent_name, row).ring(at_ms),
            Kind::AgentTalking { .. } => self.part_of(agent_id, "", row).talk(at_ms),
            Kind::AgentGaveUp { .. } | Kind::AgentCallEnded => self.part_of(agent_id, "", row).leave(at_ms),
            Kind::AgentWrapUp { .. } => {
                let open = self.part_of(agent_id, "", row);
                open.leave(at_ms);
                open.part.wrap_up_from_ms = Some(at_ms);
            }
            _ => {}
        }
    }

    fn part_of(&mut self, agent_id: &str, agent_name: &str, row: &Activity) -> &mut OpenPart {
        let place = self.agents.iter().position(|open| open.part.agent_id == agent_id).unwrap_or_else(|| {
            let part = AgentPart { agent_id: agent_id.to_owned(), started_at_ms: row.at_ms, ..AgentPart::default() };
            self.agents.push(OpenPart { part, ..OpenPart::default() });
            self.agents.len() - 1
        });
        let open = &mut self.agents[place];
        if open.part.agent_name.is_empty() {
            open.part.agent_name = agent_name.to_owned();
        }
        if open.part.skill_group_id.is_empty() {
            open.part.skill_group_id = row.skill_group_id.clone().unwrap_or_default();
        }
        open
    }

    /// The call is on hold for whoever talks.
    fn hold(&mut self, at_ms: i64) {
        for open in self.agents.iter_mut().filter(|open| open.talking_from_ms.is_some()) {
            open.held_from_ms.get_or_insert(at_ms);
        }
    }

    fn answer(&mut self, agent_id: Option<&str>, answer: SurveyAnswer) {
        let place = self.surveys.iter().rposition(|survey| agent_id.is_none_or(|id| survey.agent_id == id));
        match place {
            Some(place) => self.surveys[place].answer = Some(answer),
            None => {
                let agent_id = agent_id.unwrap_or_default().to_owned();
                self.surveys.push(Survey { agent_id, answer: Some(answer) });
            }
        }
    }

    fn record(&mut self, row: &Activity) {
        let Kind::RecordingStored { file_name, agent_name, started_at_ms, duration_s, .. } = &row.kind else { return };
        if self.recordings.iter().any(|recording| recording.file_name == *file_name) {
            return;
        }
        self.recordings.push(Recording {
            file_name: file_name.clone(),
            agent_id: row.agent_id.clone().unwrap_or_default(),
            agent_name: agent_name.clone(),
            started_at_ms: *started_at_ms,
            duration_s: *duration_s,
        });
    }

    fn release(&mut self, at_ms: i64, reason: ReleaseReason, side: Option<LegSide>) {
        if self.end.is_some() {
            return;
        }
        let was_ringing = self.agents.iter().any(|open| open.ringing_from_ms.is_some());
        self.end = Some(End { at_ms, reason, side, was_ringing, was_queued: self.queued_at_ms.is_some() });
        self.agents.iter_mut().for_each(|open| open.leave(at_ms));
    }

    fn finish(self) -> Option<CallDetail> {
        let (begin, end) = (self.begin?, self.end?);
        let disposition = disposition(begin.contact_type, &end, self.established);
        Some(CallDetail {
            contact_id: begin.contact_id,
            contact_type: begin.contact_type,
            calling_number: begin.calling_number,
            called_number: begin.called_number,
            center_number: begin.center_number,
            started_at_ms: begin.at_ms,
            ended_at_ms: end.at_ms,
            disposition,
            reason: end.reason,
            released_by: end.side,
            agents: self.agents.into_iter().map(|open| open.part).collect(),
            groups: self.groups,
            surveys: self.surveys,
            recordings: self.recordings,
        })
    }
}

impl OpenPart {
    fn ring(&mut self, at_ms: i64) {
        self.ringing_from_ms.get_or_insert(at_ms);
    }

    fn talk(&mut self, at_ms: i64) {
        self.end_ringing(at_ms);
        self.talking_from_ms.get_or_insert(at_ms);
    }

    fn end_ringing(&mut self, at_ms: i64) {
        if let Some(from_ms) = self.ringing_from_ms.take() {
            self.part.ring_ms += at_ms - from_ms;
        }
    }

    fn retrieve(&mut self, at_ms: i64) {
        if let Some(from_ms) = self.held_from_ms.take() {
            self.part.hold_ms += at_ms - from_ms;
        }
    }

    fn leave(&mut self, at_ms: i64) {
        self.end_ringing(at_ms);
        self.retrieve(at_ms);
        if let Some(from_ms) = self.talking_from_ms.take() {
            self.part.talk_ms += at_ms - from_ms;
        }
    }
}

/// Outgoing calls know connected and not connected; incoming ones also where the customer was when he left. An incoming
/// call that ends without a joined side and without a reason of its own was ended where it was: served by the flow alone
/// when it ended normally, else left there.
fn disposition(contact_type: ContactType, end: &End, established: bool) -> Disposition {
    if contact_type != ContactType::Inbound {
        return if established { Disposition::Success } else { Disposition::NoAnswer };
    }
    match end.reason {
        ReleaseReason::LeftInFlow => Disposition::AbandonedInContactFlow,
        ReleaseReason::LeftInQueue => Disposition::AbandonedInQueue,
        ReleaseReason::LeftRinging => Disposition::AbandonedRing,
        ReleaseReason::QueueOverflow => Disposition::QueueOverflow,
        ReleaseReason::ForwardedOutside => Disposition::OneStepTransfer,
        _ if established => Disposition::Success,
        _ if end.was_ringing => Disposition::AbandonedRing,
        _ if end.was_queued => Disposition::AbandonedInQueue,
        ReleaseReason::Normal => Disposition::Success,
        _ => Disposition::AbandonedInContactFlow,
    }
}

#[cfg(test)]
mod tests;
