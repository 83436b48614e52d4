use proptest::prelude::*;

use super::*;
use crate::activity::{Direction, GiveUpCause, QueueOutcome, SurveyMedium};

const START_MS: i64 = 1_700_000_000_000;

/// Rows of one call, each some milliseconds after the one before.
struct Story {
    now_ms: i64,
    rows: Vec<Appended>,
}

impl Story {
    fn of(contact_type: ContactType, calling: &str, called: &str, center: &str) -> Self {
        let mut story = Self { now_ms: START_MS, rows: Vec::new() };
        story.push(
            0,
            None,
            Kind::ContactStarted {
                contact_type,
                calling_number: calling.to_owned(),
                called_number: called.to_owned(),
                center_number: center.to_owned(),
            },
        );
        story
    }

    fn push(&mut self, after_ms: i64, agent_and_group: Option<(&str, &str)>, kind: Kind) -> &mut Self {
        self.now_ms += after_ms;
        let mut activity = Activity::at(self.now_ms, kind).of_contact("1000000001");
        if let Some((agent_id, group_id)) = agent_and_group {
            activity.agent_id = Some(agent_id.to_owned()).filter(|id| !id.is_empty());
            activity.skill_group_id = Some(group_id.to_owned()).filter(|id| !id.is_empty());
        }
        let sequence = i64::try_from(self.rows.len()).expect("few rows") + 1;
        self.rows.push(Appended { sequence, activity });
        self
    }

    fn released(&mut self, after_ms: i64, reason: ReleaseReason) -> &mut Self {
        self.push(after_ms, None, Kind::Released { reason, side: None, cause: String::new() })
    }

    fn detail(&self) -> CallDetail {
        fold_contact(&self.rows).expect("the call is over")
    }
}

fn inbound() -> Story {
    Story::of(ContactType::Inbound, "13800000000", "02112345678", "02112345678")
}

fn queued() -> Kind {
    Kind::Queued { skill_group_name: "账单".to_owned() }
}

fn ringing(name: &str) -> Kind {
    Kind::AgentRinging { agent_name: name.to_owned(), direction: Direction::Inbound }
}

const TALKING: Kind = Kind::AgentTalking { direction: Direction::Inbound };

#[test]
fn an_answered_call_with_everything() {
    let mut story = inbound();
    story
        .push(2_000, Some(("", "g1")), queued())
        .push(5_000, Some(("201", "g1")), ringing("梅"))
        .push(30_000, Some(("201", "g1")), Kind::AgentGaveUp { cause: GiveUpCause::Timeout })
        .push(1_000, Some(("202", "g1")), ringing("雷"))
        .push(4_000, Some(("", "g1")), Kind::QueueLeft { outcome: QueueOutcome::Answered })
        .push(0, None, Kind::Established)
        .push(0, Some(("202", "g1")), TALKING)
        .push(10_000, None, Kind::LegHeld { leg: LegSide::Callee })
        .push(7_000, None, Kind::LegRetrieved { leg: LegSide::Callee })
        .push(43_999, Some(("202", "g1")), Kind::AgentCallEnded)
        .released(0, ReleaseReason::Normal)
        .push(0, Some(("202", "g1")), Kind::AgentWrapUp { direction: Direction::Inbound })
        .push(1_000, Some(("202", "g1")), Kind::SurveyOffered { medium: SurveyMedium::Voice });
    let detail = story.detail();
    assert_eq!((detail.disposition, detail.duration_s()), (Disposition::Success, 102));
    assert_eq!(detail.customer_number(), "13800000000");
    let part = |agent_id: &str, agent_name: &str, started_at_ms, queue_ms, ring_ms| AgentPart {
        agent_id: agent_id.to_owned(),
        agent_name: agent_name.to_owned(),
        skill_group_id: "g1".to_owned(),
        started_at_ms,
        queue_ms,
        ring_ms,
        ..AgentPart::default()
    };
    let lei = AgentPart {
        talk_ms: 60_999,
        hold_ms: 7_000,
        wrap_up_from_ms: Some(START_MS + 102_999),
        ..part("202", "雷", START_MS + 38_000, 36_000, 4_000)
    };
    assert_eq!(detail.agents, [part("201", "梅", START_MS + 7_000, 5_000, 30_000), lei]);
    assert_eq!(detail.criteria().into_iter().collect::<Vec<_>>(), ["13800000000", "梅", "账单", "雷"]);
    assert_eq!(detail.surveys, [Survey { agent_id: "202".to_owned(), answer: None }]);

    let answered =
        Kind::SurveyAnswered { key: 3, label: "不满意".to_owned(), satisfied: false, feedback: "慢".to_owned() };
    story.push(60_000, None, answered);
    let answer = SurveyAnswer { key: 3, label: "不满意".to_owned(), feedback: "慢".to_owned() };
    assert_eq!(story.detail().last_answer(), Some(&answer));
    assert_eq!(story.detail().ended_at_ms, detail.ended_at_ms);
}

#[test]
fn a_recording_fits_the_call() {
    let mut story = Story::of(ContactType::Outbound, "02112345678", "13800000000", "02112345678");
    story.push(8_000, None, Kind::Established).released(20_500, ReleaseReason::Normal);
    let stored = Kind::RecordingStored {
        file_name: "1700000008000000010000001.wav".to_owned(),
        agent_name: "梅".to_owned(),
        started_at_ms: START_MS + 8_000,
        duration_s: 20,
        sha256: "00".repeat(32),
    };
    story.push(100, Some(("201", "")), stored.clone()).push(0, Some(("201", "")), stored);
    let detail = story.detail();
    assert_eq!(detail.recordings.len(), 1);
    let recording = &detail.recordings[0];
    let offset_s = (recording.started_at_ms - detail.started_at_ms) / 1_000;
    assert_eq!(offset_s + recording.duration_s, detail.duration_s());
    assert_eq!((detail.customer_number(), recording.agent_id.as_str()), ("13800000000", "201"));
}

#[test]
fn an_open_call_and_one_without_begin_have_no_record() {
    let mut story = inbound();
    assert_eq!(fold_contact(&story.rows), None);
    assert_eq!(fold_contact(&[]), None);
    story.released(1, ReleaseReason::LeftInFlow);
    assert!(fold_contact(&story.rows).is_some());
    assert_eq!(fold_contact(&story.rows[1..]), None);
}

#[test]
fn ends_of_inbound_calls() {
    for (reason, established, expected) in [
        (ReleaseReason::LeftInFlow, false, Disposition::AbandonedInContactFlow),
        (ReleaseReason::LeftInQueue, false, Disposition::AbandonedInQueue),
        (ReleaseReason::LeftRinging, false, Disposition::AbandonedRing),
        (ReleaseReason::QueueOverflow, false, Disposition::QueueOverflow),
        (ReleaseReason::ForwardedOutside, false, Disposition::OneStepTransfer),
        (ReleaseReason::Normal, false, Disposition::Success),
        (ReleaseReason::Normal, true, Disposition::Success),
        (ReleaseReason::RtpTimeout, true, Disposition::Success),
        (ReleaseReason::MaxDuration, true, Disposition::Success),
        (ReleaseReason::System, true, Disposition::Success),
        (ReleaseReason::System, false, Disposition::AbandonedInContactFlow),
    ] {
        let mut story = inbound();
        if established {
            story.push(1, None, Kind::Established);
        }
        assert_eq!(story.released(1, reason).detail().disposition, expected, "{reason:?} {established}");
    }
    let mut waiting = inbound();
    waiting.push(1, Some(("", "g1")), queued());
    assert_eq!(waiting.released(1, ReleaseReason::System).detail().disposition, Disposition::AbandonedInQueue);
    let mut rings = inbound();
    rings.push(1, Some(("", "g1")), queued()).push(1, Some(("201", "g1")), ringing("梅"));
    let detail = rings.released(1_500, ReleaseReason::System).detail();
    assert_eq!((detail.disposition, detail.agents[0].ring_ms), (Disposition::AbandonedRing, 1_500));
}

#[test]
fn ends_of_outgoing_calls() {
    for contact_type in [ContactType::Outbound, ContactType::Back2Back, ContactType::Internal] {
        for reason in [ReleaseReason::Normal, ReleaseReason::RtpTimeout, ReleaseReason::System] {
            let mut story = Story::of(contact_type, "1", "2", "");
            story.push(1, None, Kind::Established).released(1, reason);
            assert_eq!(story.detail().disposition, Disposition::Success);
        }
        for (reason, fine) in [
            (ReleaseReason::Busy, Disposition::Busy),
            (ReleaseReason::Rejected, Disposition::Rejected),
            (ReleaseReason::NoAnswer, Disposition::NoAnswer),
            (ReleaseReason::Failed, Disposition::NoAnswer),
            (ReleaseReason::Media, Disposition::NoAnswer),
            (ReleaseReason::CallerLeft, Disposition::NoAnswer),
            (ReleaseReason::System, Disposition::NoAnswer),
        ] {
            let mut story = Story::of(contact_type, "1", "2", "");
            story.released(1, reason);
            let detail = story.detail();
            assert_eq!((detail.disposition, detail.fine_disposition()), (Disposition::NoAnswer, fine));
        }
    }
}

#[test]
fn the_customer_is_on_the_other_side() {
    let customer = |contact_type, calling, called, center| {
        let mut story = Story::of(contact_type, calling, called, center);
        story.released(1, ReleaseReason::Normal).detail().customer_number().to_owned()
    };
    assert_eq!(customer(ContactType::Inbound, "a", "b", ""), "a");
    assert_eq!(customer(ContactType::Outbound, "021", "b", "021"), "b");
    assert_eq!(customer(ContactType::Outbound, "8001", "b", "021"), "b");
    assert_eq!(customer(ContactType::Back2Back, "139", "138", "021"), "138");
    assert_eq!(customer(ContactType::PredictiveDial, "021", "138", "021"), "138");
    assert_eq!(customer(ContactType::Internal, "8001", "8002", ""), "");
}

proptest! {
    /// Whatever the rows: no panic, no part of an agent longer than the call with what followed it, and the record
    /// survives its text.
    #[test]
    fn any_rows_fold(steps in prop::collection::vec((0_usize..10, 0_i64..5_000, 0_usize..3), 0..40)) {
        let mut story = inbound();
        for (kind, after_ms, agent) in steps {
            let agent = ["201", "202", "203"][agent];
            let kind = [
                queued(),
                ringing("梅"),
                TALKING,
                Kind::AgentCallEnded,
                Kind::AgentGaveUp { cause: GiveUpCause::Rejected },
                Kind::LegHeld { leg: LegSide::Callee },
                Kind::LegRetrieved { leg: LegSide::Callee },
                Kind::Established,
                Kind::AgentWrapUp { direction: Direction::Inbound },
                Kind::QueueLeft { outcome: QueueOutcome::Requeued },
            ][kind].clone();
            story.push(after_ms, Some((agent, "g1")), kind);
        }
        story.released(10, ReleaseReason::Normal);
        let detail = story.detail();
        let whole_ms = detail.ended_at_ms - detail.started_at_ms;
        for part in &detail.agents {
            prop_assert!(part.ring_ms + part.talk_ms <= whole_ms + part.ring_ms.min(part.talk_ms));
            prop_assert!(part.hold_ms <= part.talk_ms && part.queue_ms <= whole_ms);
        }
        let text = serde_json::to_string(&detail).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<CallDetail>(&text).expect("it was written so"), detail);
    }
}
