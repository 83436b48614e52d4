//! Small stories with known ends.

use std::collections::BTreeMap;

use super::*;
use crate::activity::{
    BreakReason, ContactType, Direction, GiveUpCause, LegSide, QueueOutcome, ReleaseReason, SurveyMedium,
};

/// 2026-03-01 00:00:00 UTC+8.
const MIDNIGHT_MS: i64 = 1_772_294_400_000;
const MEI: &str = "201";
const BILLING: &str = "billing";

/// Rows told one after the other; `at` is the clock, milliseconds since [`MIDNIGHT_MS`].
struct Story {
    at_ms: i64,
    rows: Vec<Activity>,
}

impl Story {
    fn from(at_ms: i64) -> Self {
        Self { at_ms: MIDNIGHT_MS + at_ms, rows: Vec::new() }
    }

    fn wait(&mut self, wait_ms: i64) -> &mut Self {
        self.at_ms += wait_ms;
        self
    }

    /// Something without a call.
    fn mei(&mut self, kind: Kind) -> &mut Self {
        self.rows.push(Activity::at(self.at_ms, kind).of_agent(MEI));
        self
    }

    /// Something of a call for the group.
    fn call(&mut self, contact_id: &str, kind: Kind) -> &mut Self {
        self.rows.push(Activity::at(self.at_ms, kind).of_agent(MEI).of_contact(contact_id).in_group(BILLING));
        self
    }

    fn days(&self, until_day: i64) -> BTreeMap<i64, Sheet> {
        let mut sheets = BTreeMap::new();
        let mut fold = Fold::new(Width::Day, MIDNIGHT_MS, State::default());
        let mut take = |closed: Closed<'_>| {
            sheets.insert((closed.start_ms - MIDNIGHT_MS) / 86_400_000, closed.sheet);
        };
        for row in &self.rows {
            fold.row(row, &mut take);
        }
        fold.advance(MIDNIGHT_MS + until_day * 86_400_000, &mut take);
        sheets
    }

    fn day(&self) -> Sheet {
        self.days(1).remove(&0).unwrap_or_default()
    }
}

fn check_in() -> Kind {
    Kind::AgentCheckedIn { skill_group_ids: vec![BILLING.to_owned(), "repairs".to_owned()] }
}

fn ringing() -> Kind {
    Kind::AgentRinging { agent_name: "梅".to_owned(), direction: Direction::Inbound }
}

fn dialing() -> Kind {
    Kind::AgentDialing { agent_name: "梅".to_owned() }
}

fn talking(direction: Direction) -> Kind {
    Kind::AgentTalking { direction }
}

fn wrap_up(direction: Direction) -> Kind {
    Kind::AgentWrapUp { direction }
}

fn on_break() -> Kind {
    Kind::AgentOnBreak { reason: BreakReason::Asked }
}

/// The worked example of the reports, as it would happen.
#[test]
fn the_worked_example_from_its_rows() {
    let mut story = Story::from(9 * 3_600_000);
    story.mei(check_in()).mei(Kind::AgentReady).wait(600_000);
    story.call("c1", ringing()).wait(4_000).call("c1", talking(Direction::Inbound)).wait(100_000);
    story.call("c1", Kind::AgentCallEnded).call("c1", wrap_up(Direction::Inbound)).wait(10_000);
    story.call("c2", ringing()).wait(30_000);
    story.call("c2", Kind::AgentGaveUp { cause: GiveUpCause::Timeout }).mei(on_break()).wait(300_000);
    for (contact, talk_ms, work_ms) in
        [("c3", Some(25_000), 4_000), ("c4", Some(35_000), 2_000), ("c5", None, 0), ("c6", None, 0)]
    {
        story.call(contact, dialing()).wait(10_000);
        if let Some(talk_ms) = talk_ms {
            story.call(contact, talking(Direction::Outbound)).wait(talk_ms);
        }
        story.call(contact, Kind::AgentCallEnded);
        if work_ms > 0 {
            story.call(contact, wrap_up(Direction::Outbound)).wait(work_ms);
        }
    }
    story.mei(Kind::AgentCheckedOut);
    let sheet = story.day();
    let all = sheet.agents[MEI].all;
    assert_eq!((all.inbound.begun, all.inbound.answered, all.inbound.answered_within_20_s), (2, 1, 1));
    assert_eq!((all.inbound.waiting_s, all.inbound.waiting_max_s), (34, 30));
    assert_eq!((all.inbound.talk_s, all.inbound.work_s), (100, 10));
    assert_eq!((all.outbound.begun, all.outbound.answered), (4, 2));
    assert_eq!((all.outbound.waiting_s, all.outbound.talk_s, all.outbound.work_s), (40, 60, 6));
    assert_eq!((all.outbound.talk_max_s, all.outbound.work_max_s), (35, 4));
    assert_eq!((all.shift.ready_s, all.shift.break_s, all.shift.ready_stretches), (600, 300, 1));
    assert_eq!(all.logged_in_s(), 1_150);
    let billing = sheet.agents[MEI].groups[BILLING];
    assert_eq!((billing.inbound, billing.outbound), (all.inbound, all.outbound));
    let repairs = sheet.agents[MEI].groups["repairs"];
    assert_eq!((repairs.inbound.begun, repairs.shift.ready_s), (0, 600));
    assert_eq!(sheet.agents[MEI].name, "梅");
    assert_eq!(all.shift.first_check_in_ms, MIDNIGHT_MS + 9 * 3_600_000);
    assert_eq!(all.shift.last_check_out_ms, story.at_ms);
}

/// 23:59:50.700 to 00:00:20.300: 29.6 s are 29, of which 9 were complete at midnight.
#[test]
fn a_call_over_midnight_is_split() {
    let mut story = Story::from(86_400_000 - 15_000);
    story.call("c1", ringing()).wait(5_700).call("c1", talking(Direction::Inbound)).wait(29_600);
    story
        .call("c1", Kind::AgentCallEnded)
        .call("c1", wrap_up(Direction::Inbound))
        .wait(5_000)
        .mei(Kind::AgentCheckedOut);
    let days = story.days(2);
    let (before, after) = (days[&0].agents[MEI].all.inbound, days[&1].agents[MEI].all.inbound);
    assert_eq!((before.begun, before.answered, before.waiting_s, before.waiting_max_s), (1, 1, 5, 5));
    assert_eq!((before.talk_s, before.talk_max_s), (9, 0));
    assert_eq!((after.begun, after.answered), (0, 0));
    assert_eq!((after.talk_s, after.talk_max_s), (20, 29));
    assert_eq!((after.work_s, after.work_max_s), (5, 5));
}

/// Rung before midnight, answered after it: in the second day more are answered than offered.
#[test]
fn a_rate_can_exceed_one_at_an_edge() {
    let mut story = Story::from(86_400_000 - 2_000);
    story.call("c1", ringing()).wait(4_000).call("c1", talking(Direction::Inbound)).wait(1_000);
    story.call("c1", Kind::AgentCallEnded);
    let days = story.days(2);
    let (before, after) = (days[&0].agents[MEI].all.inbound, days[&1].agents[MEI].all.inbound);
    assert_eq!((before.begun, before.answered), (1, 0));
    assert_eq!((after.begun, after.answered, after.answered_within_20_s), (0, 1, 1));
    assert_eq!((before.waiting_s, after.waiting_s, after.waiting_max_s), (2, 2, 4));
}

#[test]
fn a_slow_answer_is_not_within_20_s() {
    for (ring_ms, quick) in [(19_999, 1), (20_000, 0)] {
        let mut story = Story::from(0);
        story.call("c1", ringing()).wait(ring_ms).call("c1", talking(Direction::Inbound));
        assert_eq!(story.day().agents[MEI].all.inbound.answered_within_20_s, quick, "{ring_ms}");
    }
}

#[test]
fn every_entry_into_a_queue_counts() {
    let queued = || Kind::Queued { skill_group_name: "账单".to_owned() };
    let left = |outcome| Kind::QueueLeft { outcome };
    let mut story = Story::from(0);
    story.call("c1", queued()).wait(25_500).call("c1", left(QueueOutcome::Requeued));
    story.call("c1", queued()).wait(19_999).call("c1", left(QueueOutcome::Answered));
    story.call("c2", queued()).wait(25_000).call("c2", left(QueueOutcome::Answered));
    story.call("c3", queued()).wait(70_000).call("c3", left(QueueOutcome::Abandoned));
    story.call("c4", queued()).wait(3_000).call("c4", left(QueueOutcome::AbandonedRinging));
    story.call("c5", queued()).wait(90_000).call("c5", left(QueueOutcome::Overflow));
    // It left already.
    story.call("c5", left(QueueOutcome::Answered));
    let sheet = story.day();
    let queue = sheet.queues[BILLING].queue;
    assert_eq!(sheet.queues[BILLING].name, "账单");
    assert_eq!((queue.entries, queue.answered), (6, 2));
    assert_eq!((queue.answered_within_20_s, queue.answered_within_30_s), (1, 2));
    assert_eq!((queue.abandoned, queue.abandoned_ringing, queue.overflowed), (1, 1, 1));
    assert_eq!((queue.wait_s, queue.wait_max_s), (25 + 19 + 25 + 70 + 3 + 90, 90));
    assert_eq!((queue.answered_wait_s, queue.answered_wait_max_s), (44, 25));
}

#[test]
fn lines_flows_and_numbers_are_counted() {
    let started = |contact_type| Kind::ContactStarted {
        contact_type,
        calling_number: "13800000000".to_owned(),
        called_number: "02112345678".to_owned(),
        center_number: "02112345678".to_owned(),
    };
    let flow = || Kind::FlowEntered { contact_flow_id: "f".to_owned() };
    let released = |reason| Kind::Released { reason, side: None, cause: String::new() };
    let mut story = Story::from(0);
    story.call("c1", started(ContactType::Inbound)).call("c1", flow()).call("c1", flow()).wait(9_000);
    story.call("c1", released(ReleaseReason::LeftInFlow)).call("c1", released(ReleaseReason::LeftInFlow));
    story.call("c2", started(ContactType::Inbound)).call("c2", flow()).call("c2", Kind::Established).wait(60_999);
    story.call("c2", released(ReleaseReason::Normal));
    story.call("c3", started(ContactType::Back2Back)).call("c3", Kind::Established).wait(61_000);
    story.call("c3", released(ReleaseReason::Normal));
    let sheet = story.day();
    let (line, traffic) = (sheet.line, sheet.numbers["02112345678"]);
    assert_eq!((line.incoming, line.entered_flow, line.abandoned_in_flow), (2, 2, 1));
    assert_eq!((traffic.inbound_calls, traffic.inbound_minutes), (2, 1));
    assert_eq!((traffic.outbound_calls, traffic.outbound_minutes), (1, 2));
}

#[test]
fn holds_surveys_and_transfers_are_counted() {
    let mut story = Story::from(0);
    story.call("c1", talking(Direction::Inbound)).wait(10_000);
    // The other side's hold is not the agent's.
    story.call("c1", Kind::LegHeld { leg: LegSide::Caller });
    story.call("c1", Kind::LegHeld { leg: LegSide::Callee }).wait(7_000);
    story.call("c1", Kind::LegRetrieved { leg: LegSide::Callee }).wait(1_000);
    story.call("c1", Kind::LegHeld { leg: LegSide::Callee }).wait(3_000);
    story.call("c1", Kind::AgentTransferredBlind { target: "repairs".to_owned() });
    story.call("c1", Kind::AgentCallEnded);
    story.call("c1", Kind::SurveyOffered { medium: SurveyMedium::ShortMessage }).wait(60_000);
    let answer = |satisfied| Kind::SurveyAnswered { key: 1, label: String::new(), satisfied, feedback: String::new() };
    story.call("c1", answer(true)).call("c9", answer(false));
    let all = story.day().agents[MEI].all;
    assert_eq!((all.inbound.holds, all.inbound.hold_s, all.inbound.hold_max_s, all.inbound.talk_s), (2, 10, 7, 21));
    assert_eq!(all.shift.blind_transfers, 1);
    let surveys = (all.inbound.surveys_offered, all.inbound.surveys_answered, all.inbound.surveys_satisfied);
    assert_eq!(surveys, (1, 2, 1));
}

/// The day under way counts what is open until the moment of asking, but no longest time of it.
#[test]
fn an_open_stretch_counts_until_now() {
    let mut story = Story::from(0);
    story.mei(check_in()).mei(Kind::AgentReady);
    let mut fold = Fold::new(Width::Day, MIDNIGHT_MS, State::default());
    for row in &story.rows {
        fold.row(row, &mut |_| panic!("the day is not over"));
    }
    let shift = fold.sheet_at(MIDNIGHT_MS + 90_500).agents[MEI].all.shift;
    assert_eq!((shift.ready_s, shift.ready_max_s, shift.ready_stretches), (90, 0, 1));
    assert_eq!(fold.sheet_at(MIDNIGHT_MS - 1).agents[MEI].all.shift.ready_s, 0);
    assert_eq!(fold.sheet_at(i64::MAX).agents[MEI].all.shift.ready_s, 86_400);
}

/// A lost check-out is not followed for ever.
#[test]
fn a_stretch_without_rows_ends_after_a_month() {
    let mut story = Story::from(0);
    story.mei(check_in()).mei(Kind::AgentReady);
    let days = story.days(400);
    assert_eq!(days.len(), 31);
    assert_eq!(days[&30].agents[MEI].all.shift.ready_s, 86_400);
}
