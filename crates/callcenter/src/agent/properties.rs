//! Random commands at random times: no impossible state, and the times in states are the checked-in time.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::command::{CallOf, Command, Identity, Release, decide, due};
use super::state::{Agent, State, fold};
use crate::activity::{Activity, Kind};

const START_MS: i64 = 1_700_000_000_000;
const WHO: Identity<'static> = Identity { id: "201", name: "梅" };

fn commands() -> impl Strategy<Value = Command> {
    let call = (1_u32..4).prop_map(|number| CallOf {
        contact_id: format!("100000000{number}"),
        skill_group_id: (number > 1).then(|| "g1".to_owned()),
    });
    prop_oneof![
        Just(Command::CheckIn { skill_group_ids: vec!["g1".to_owned(), "g2".to_owned()] }),
        Just(Command::CheckOut),
        Just(Command::Ready),
        Just(Command::Break),
        call.clone().prop_map(Command::Reserve),
        call.clone().prop_map(Command::Ring),
        call.prop_map(Command::Dial),
        Just(Command::Answer),
        Just(Command::Reject),
        Just(Command::Hold),
        Just(Command::Retrieve),
        Just(Command::Release(Release::ByAgent)),
        Just(Command::EndWrapUp),
        Just(Command::Reset),
    ]
}

/// One agent with everything that was appended for him.
#[derive(Default)]
struct Shift {
    agent: Agent,
    rows: Vec<Activity>,
}

impl Shift {
    fn append(&mut self, rows: Vec<Activity>) {
        for row in rows {
            self.agent.take_in(&row);
            self.rows.push(row);
        }
    }

    /// What ends by itself until this moment.
    fn settle(&mut self, now_ms: i64) {
        while let Some((at_ms, command)) = due(&self.agent).filter(|(at_ms, _)| *at_ms <= now_ms) {
            let at_ms = at_ms.max(self.agent.last_at_ms);
            let rows = decide(&self.agent, WHO, &command, at_ms).expect("a deadline's command fits its state");
            assert!(!rows.is_empty(), "{command:?} moves nothing");
            self.append(rows);
        }
    }

    fn check(&self) {
        let agent = &self.agent;
        assert_eq!(&fold(&self.rows), agent);
        let text = serde_json::to_string(agent).expect("JSON");
        assert_eq!(&serde_json::from_str::<Agent>(&text).expect("it was written so"), agent);
        match agent.state {
            State::LoggedOut => assert!(agent.skill_group_ids.is_empty() && agent.call.is_none()),
            State::Ready | State::Break => assert!(agent.call.is_none() && agent.wish.is_none()),
            State::CallEnded => panic!("nobody said what follows the call"),
            State::Reserved | State::Ringing | State::Dialing | State::Talking | State::Held | State::WrapUp => {
                assert!(agent.call.is_some());
            }
        }
        assert!(self.rows.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
    }
}

/// Where an accepted command leads to; the state before it for a wish.
fn expected(command: &Command, before: &Agent) -> Option<State> {
    let waits = before.state.is_in_call();
    match command {
        Command::CheckIn { .. } if before.state == State::LoggedOut => Some(State::Break),
        Command::CheckOut | Command::Ready | Command::Break if waits => Some(before.state),
        Command::CheckOut | Command::Reset => Some(State::LoggedOut),
        Command::Ready => Some(State::Ready),
        Command::Break => Some(State::Break),
        Command::Reserve(_) => Some(State::Reserved),
        Command::Ring(_) => Some(State::Ringing),
        Command::Dial(_) => Some(State::Dialing),
        Command::Answer | Command::Retrieve => Some(State::Talking),
        Command::Hold => Some(State::Held),
        Command::Release(_) if matches!(before.state, State::Talking | State::Held) => Some(State::WrapUp),
        _ => None,
    }
}

/// Time in each state, from the rows alone.
fn times(rows: &[Activity], until_ms: i64) -> BTreeMap<&'static str, i64> {
    let mut times = BTreeMap::new();
    let mut agent = Agent::default();
    let mut from_ms = START_MS;
    for row in rows {
        *times.entry(agent.state.name()).or_default() += row.at_ms - from_ms;
        from_ms = row.at_ms;
        agent.take_in(row);
    }
    *times.entry(agent.state.name()).or_default() += until_ms - from_ms;
    times
}

/// Time between check-ins and check-outs.
fn checked_in_ms(rows: &[Activity], until_ms: i64) -> i64 {
    let mut total_ms = 0;
    let mut since_ms = None;
    for row in rows {
        match row.kind {
            Kind::AgentCheckedIn { .. } => _ = since_ms.get_or_insert(row.at_ms),
            Kind::AgentCheckedOut => total_ms += since_ms.take().map_or(0, |since_ms| row.at_ms - since_ms),
            _ => {}
        }
    }
    total_ms + since_ms.map_or(0, |since_ms| until_ms - since_ms)
}

proptest! {
    #[test]
    fn no_impossible_state(steps in prop::collection::vec((commands(), 0_i64..20_000), 0..120)) {
        let mut shift = Shift::default();
        let mut now_ms = START_MS;
        for (command, after_ms) in steps {
            now_ms += after_ms;
            shift.settle(now_ms);
            shift.check();
            let before = shift.agent.clone();
            match decide(&before, WHO, &command, now_ms) {
                Ok(rows) => {
                    shift.append(rows);
                    if let Some(expected) = expected(&command, &before) {
                        prop_assert_eq!(shift.agent.state, expected, "{:?} from {:?}", command, before);
                    }
                }
                Err(refusal) => prop_assert_eq!(refusal.state, before.state),
            }
            shift.check();
        }
        let mut times = times(&shift.rows, now_ms);
        times.remove(State::LoggedOut.name());
        prop_assert_eq!(times.get(State::CallEnded.name()).copied().unwrap_or_default(), 0);
        prop_assert_eq!(times.values().sum::<i64>(), checked_in_ms(&shift.rows, now_ms));
    }

    /// Rows in any order, as others may append them: no panic, and a check-out always clears everything.
    #[test]
    fn any_rows_fold(steps in prop::collection::vec((commands(), commands(), 0_i64..20_000), 0..60)) {
        let mut rows = Vec::new();
        let mut source = Agent::default();
        for (first, second, after_ms) in steps {
            for command in [first, second] {
                let found = decide(&source, WHO, &command, START_MS + after_ms).unwrap_or_default();
                found.iter().for_each(|row| source.take_in(row));
                rows.extend(found);
            }
        }
        rows.reverse();
        rows.push(Activity::at(START_MS, Kind::AgentCheckedOut).of_agent("201"));
        let agent = fold(&rows);
        prop_assert_eq!(agent.state, State::LoggedOut);
        prop_assert!(agent.call.is_none() && agent.wish.is_none() && agent.skill_group_ids.is_empty());
    }
}

fn after(commands: &[Command]) -> Agent {
    let mut shift = Shift::default();
    let mut now_ms = START_MS;
    for command in commands {
        now_ms += 1_000;
        shift.settle(now_ms);
        let rows =
            decide(&shift.agent, WHO, command, now_ms).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        shift.append(rows);
    }
    shift.settle(now_ms + 60_000);
    shift.agent
}

fn call() -> CallOf {
    CallOf { contact_id: "1000000001".to_owned(), skill_group_id: None }
}

#[test]
fn the_rules_of_telephony() {
    let check_in = Command::CheckIn { skill_group_ids: vec!["g1".to_owned()] };
    let release = Command::Release(Release::ByAgent);
    for (commands, expected) in [
        // A failed outbound call puts him back where he was.
        (vec![check_in.clone(), Command::Dial(call()), release.clone()], State::Break),
        (vec![check_in.clone(), Command::Ready, Command::Dial(call()), release.clone()], State::Ready),
        // Nobody answers: a break, unless he wanted to go.
        (vec![check_in.clone(), Command::Ready, Command::Ring(call())], State::Break),
        (vec![check_in.clone(), Command::Ready, Command::Ring(call()), Command::Ready], State::Break),
        (vec![check_in.clone(), Command::Ready, Command::Ring(call()), Command::CheckOut], State::LoggedOut),
        // The customer left while it rang.
        (vec![check_in.clone(), Command::Ready, Command::Ring(call()), release.clone()], State::Ready),
        // A reservation that nothing came of.
        (vec![check_in.clone(), Command::Ready, Command::Reserve(call())], State::Ready),
        // After talk comes work, and then what he wished last.
        (vec![check_in.clone(), Command::Ready, Command::Ring(call()), Command::Answer, release.clone()], State::Ready),
        (
            vec![
                check_in.clone(),
                Command::Ready,
                Command::Ring(call()),
                Command::Answer,
                Command::CheckOut,
                Command::Break,
                release.clone(),
            ],
            State::Break,
        ),
        (
            vec![check_in, Command::Ready, Command::Ring(call()), Command::Answer, Command::CheckOut, release],
            State::LoggedOut,
        ),
    ] {
        assert_eq!(after(&commands).state, expected, "{commands:?}");
    }
}

#[test]
fn work_after_a_call_lasts_fifteen_seconds() {
    let mut shift = Shift::default();
    let call = |kind| Activity::at(START_MS, kind).of_agent("201").of_contact("1000000001");
    let agent_name = "梅".to_owned();
    shift.append(vec![
        Activity::at(START_MS, Kind::AgentCheckedIn { skill_group_ids: Vec::new() }).of_agent("201"),
        call(Kind::AgentDialing { agent_name }),
        call(Kind::AgentTalking { direction: crate::activity::Direction::Outbound }),
        // As a dialler tells it: nothing about what follows.
        call(Kind::AgentCallEnded),
    ]);
    assert_eq!(shift.agent.state, State::CallEnded);
    shift.settle(START_MS);
    assert_eq!((shift.agent.state, shift.agent.since_ms), (State::WrapUp, START_MS));
    shift.settle(START_MS + 14_999);
    assert_eq!(shift.agent.state, State::WrapUp);
    shift.settle(START_MS + 15_000);
    assert_eq!((shift.agent.state, shift.agent.since_ms), (State::Break, START_MS + 15_000));
}
