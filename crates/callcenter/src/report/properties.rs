//! What must hold of the fold for any rows.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::activity::{
    Activity, BreakReason, ContactType, Direction, GiveUpCause, Kind, LegSide, QueueOutcome, ReleaseReason,
    SurveyMedium,
};
use crate::day::Day;
use crate::report::codec::{decode_sheet, decode_state, encode};
use crate::report::fold::{Fold, State, Width};
use crate::report::sheet::Sheet;
use crate::report::tally::Tally;

/// Where generated rows begin: 2026-03-01 00:00:00 UTC+8.
pub(crate) const MIDNIGHT_MS: i64 = 1_772_294_400_000;
const AGENTS: [&str; 3] = ["201", "202", "203"];
const GROUPS: [&str; 3] = ["g1", "g2", "g3"];

fn name() -> String {
    "张三".to_owned()
}

/// Any kind, with the fields that the fold looks at.
fn kind() -> impl Strategy<Value = Kind> {
    let direction = prop_oneof![Just(Direction::Inbound), Just(Direction::Outbound)];
    let leg = prop_oneof![Just(LegSide::Caller), Just(LegSide::Callee)];
    let contact_type = prop_oneof![Just(ContactType::Inbound), Just(ContactType::Outbound)];
    let outcome = prop_oneof![
        Just(QueueOutcome::Answered),
        Just(QueueOutcome::Abandoned),
        Just(QueueOutcome::AbandonedRinging),
        Just(QueueOutcome::Requeued),
        Just(QueueOutcome::Overflow)
    ];
    let groups = prop::collection::vec(prop::sample::select(&GROUPS[..]).prop_map(str::to_owned), 0..3);
    prop_oneof![
        contact_type.prop_map(|contact_type| Kind::ContactStarted {
            contact_type,
            calling_number: "13800000000".to_owned(),
            called_number: "02112345678".to_owned(),
            center_number: "02112345678".to_owned(),
        }),
        Just(Kind::FlowEntered { contact_flow_id: "f".to_owned() }),
        Just(Kind::Queued { skill_group_name: "账单".to_owned() }),
        outcome.prop_map(|outcome| Kind::QueueLeft { outcome }),
        leg.clone().prop_map(|leg| Kind::LegHeld { leg }),
        leg.prop_map(|leg| Kind::LegRetrieved { leg }),
        Just(Kind::Established),
        prop_oneof![Just(ReleaseReason::Normal), Just(ReleaseReason::LeftInFlow)].prop_map(|reason| Kind::Released {
            reason,
            side: None,
            cause: String::new()
        }),
        Just(Kind::SurveyOffered { medium: SurveyMedium::Voice }),
        any::<bool>().prop_map(|satisfied| Kind::SurveyAnswered {
            key: 1,
            label: String::new(),
            satisfied,
            feedback: String::new()
        }),
        groups.prop_map(|skill_group_ids| Kind::AgentCheckedIn { skill_group_ids }),
        Just(Kind::AgentCheckedOut),
        Just(Kind::AgentReady),
        Just(Kind::AgentOnBreak { reason: BreakReason::Asked }),
        direction.clone().prop_map(|direction| Kind::AgentRinging { agent_name: name(), direction }),
        Just(Kind::AgentGaveUp { cause: GiveUpCause::Timeout }),
        Just(Kind::AgentDialing { agent_name: name() }),
        direction.clone().prop_map(|direction| Kind::AgentTalking { direction }),
        Just(Kind::AgentCallEnded),
        direction.prop_map(|direction| Kind::AgentWrapUp { direction }),
        Just(Kind::AgentTransferredBlind { target: "202".to_owned() }),
        Just(Kind::AgentAskedForHelp),
    ]
}

/// Rows in order, most of them sensible in who they belong to, over several days. `with_groups` gives each call's row a
/// group.
pub(crate) fn rows(with_groups: bool) -> impl Strategy<Value = Vec<Activity>> {
    let gap = prop_oneof![4 => 0..90_000_i64, 2 => 0..20_000_000_i64, 1 => Just(1_000), 1 => 0..200_000_000_i64];
    let owner = (prop::sample::select(&AGENTS[..]), 0..4_usize, prop::sample::select(&GROUPS[..]), any::<bool>());
    prop::collection::vec((gap, owner, kind()), 1..120).prop_map(move |rows| {
        let mut at_ms = MIDNIGHT_MS;
        let mut activities = Vec::new();
        for (gap_ms, (agent, contact, group, grouped), kind) in rows {
            at_ms += gap_ms;
            let mut activity = Activity::at(at_ms, kind).of_agent(agent).of_contact(format!("c{contact}"));
            if grouped || with_groups {
                activity = activity.in_group(group);
            }
            activities.push(activity);
        }
        activities
    })
}

/// The sheets of a fold from the first row to three days after the last.
fn from_scratch(rows: &[Activity], width: Width) -> BTreeMap<i64, Sheet> {
    let mut sheets = BTreeMap::new();
    let mut fold = Fold::new(width, MIDNIGHT_MS, State::default());
    let mut take = |closed: crate::report::fold::Closed<'_>| {
        sheets.insert(closed.start_ms, closed.sheet);
    };
    for row in rows {
        fold.row(row, &mut take);
    }
    fold.advance(end_ms(rows), &mut take);
    sheets
}

fn end_ms(rows: &[Activity]) -> i64 {
    let last = rows.last().map_or(MIDNIGHT_MS, |row| row.at_ms);
    Day::of_ms(last).next().next().next().start_ms()
}

/// The same, each day from what the day before left in bytes.
fn day_by_day(rows: &[Activity]) -> BTreeMap<i64, Sheet> {
    let mut sheets = BTreeMap::new();
    let mut bytes = encode(&Sheet::default(), &State::default()).expect("a sheet");
    let mut day = Day::of_ms(MIDNIGHT_MS);
    while day.start_ms() < end_ms(rows) {
        let state = decode_state(&bytes).expect("what was encoded");
        let mut fold = Fold::new(Width::Day, day.start_ms(), state);
        let mut out = None;
        for row in rows.iter().filter(|row| Day::of_ms(row.at_ms) == day) {
            fold.row(row, &mut |_| panic!("the day is not over"));
        }
        fold.advance(day.end_ms(), &mut |closed| {
            out = Some(encode(&closed.sheet, closed.state).expect("a sheet"));
        });
        bytes = out.clone().unwrap_or_else(|| encode(&Sheet::default(), &State::default()).expect("a sheet"));
        if out.is_some() {
            sheets.insert(day.start_ms(), decode_sheet(&bytes).expect("what was encoded"));
        }
        day = day.next();
    }
    sheets
}

/// All in one.
pub(crate) fn merged<'a>(sheets: impl IntoIterator<Item = &'a Sheet>) -> Sheet {
    let mut total = Sheet::default();
    for sheet in sheets {
        total.merge(sheet);
    }
    total
}

fn seconds_of(tally: &Tally) -> [i64; 8] {
    let (inbound, outbound, shift) = (&tally.inbound, &tally.outbound, &tally.shift);
    [
        inbound.waiting_s,
        inbound.talk_s,
        inbound.work_s,
        outbound.waiting_s,
        outbound.talk_s,
        outbound.work_s,
        shift.ready_s,
        shift.break_s,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Replaying gives the same; day by day over serialised sheets gives what one fold gives.
    #[test]
    fn incremental_equals_from_scratch(rows in rows(false)) {
        let whole = from_scratch(&rows, Width::Day);
        prop_assert_eq!(&from_scratch(&rows, Width::Day), &whole);
        prop_assert_eq!(day_by_day(&rows), whole);
    }

    /// Five minutes add up to days: sums and counts, and the longest times too.
    #[test]
    fn fine_slices_add_up_to_coarse_ones(rows in rows(false)) {
        let days = from_scratch(&rows, Width::Day);
        let fives = from_scratch(&rows, Width::Minute5);
        prop_assert_eq!(merged(days.values()), merged(fives.values()));
        for (start_ms, sheet) in &days {
            let end_ms = Day::of_ms(*start_ms).end_ms();
            prop_assert_eq!(&merged(fives.range(start_ms..&end_ms).map(|(_, sheet)| sheet)), sheet);
        }
    }

    /// Where every call has a group, the groups' calls are the agents' calls.
    #[test]
    fn sums_over_agents_equal_sums_over_groups(rows in rows(true)) {
        let total = merged(from_scratch(&rows, Width::Day).values());
        let of_instance = total.of_instance();
        let mut of_groups = Tally::default();
        for tally in total.by_group().values() {
            of_groups.merge(tally);
        }
        // Time without calls counts for every group that an agent is checked in to: it does not add up, and need not.
        prop_assert_eq!(of_groups.inbound, of_instance.inbound);
        prop_assert_eq!(of_groups.outbound, of_instance.outbound);
        prop_assert_eq!(of_groups.shift.blind_transfers, of_instance.shift.blind_transfers);
    }

    /// Checked-in time is the sum of all that an agent did, and never more than the time there was.
    #[test]
    fn logged_in_time_adds_up(rows in rows(false)) {
        for (start_ms, sheet) in from_scratch(&rows, Width::Day) {
            let day_s = (Day::of_ms(start_ms).end_ms() - start_ms) / 1_000;
            for agent in sheet.agents.values() {
                for tally in std::iter::once(&agent.all).chain(agent.groups.values()) {
                    prop_assert_eq!(tally.logged_in_s(), seconds_of(tally).iter().sum::<i64>());
                }
                // A part of a stretch may be rounded up by what the day before was rounded down.
                prop_assert!(agent.all.logged_in_s() <= day_s + 1);
            }
        }
    }

    /// Whoever stays checked in is accounted for: all but the fractions of a second that each stretch is cut by.
    #[test]
    fn no_checked_in_time_is_lost(rows in rows(false)) {
        let check_in = Activity::at(MIDNIGHT_MS, Kind::AgentCheckedIn { skill_group_ids: Vec::new() }).of_agent("201");
        let others = |row: &Activity| row.agent_id.as_deref() == Some("201") && row.kind != Kind::AgentCheckedOut;
        let mut rows: Vec<Activity> = std::iter::once(check_in).chain(rows.into_iter().filter(others)).collect();
        rows.push(Activity::at(rows[rows.len() - 1].at_ms, Kind::AgentCheckedOut).of_agent("201"));
        let longest_gap_ms = rows.windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms).max().unwrap_or(0);
        prop_assume!(longest_gap_ms < 30 * 86_400_000);
        let span_s = (rows[rows.len() - 1].at_ms - MIDNIGHT_MS) / 1_000;
        let logged_in_s = merged(from_scratch(&rows, Width::Day).values()).agents["201"].all.logged_in_s();
        prop_assert!(logged_in_s <= span_s && logged_in_s >= span_s - rows.len() as i64, "{} of {}", logged_in_s, span_s);
    }

    /// No order of rows, and no time, makes it fail or go backwards.
    #[test]
    fn impossible_orders_are_survived(
        rows in rows(false),
        times in prop::collection::vec(prop_oneof![any::<i64>(), MIDNIGHT_MS..MIDNIGHT_MS + 400_000_000], 120),
    ) {
        let mut fold = Fold::new(Width::Day, MIDNIGHT_MS, State::default());
        let mut last_ms = i64::MIN;
        let mut in_order = true;
        for (row, at_ms) in rows.iter().zip(times) {
            let row = Activity { at_ms, ..row.clone() };
            fold.row(&row, &mut |closed| {
                in_order &= closed.start_ms > last_ms;
                last_ms = closed.start_ms;
            });
        }
        let _ = fold.sheet_at(i64::MAX);
        prop_assert!(in_order);
    }
}
