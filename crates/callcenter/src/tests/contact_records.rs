//! The table of records against the rows that it is folded from.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::bench::Bench;
use super::on_both_databases;
use crate::activity::{Activity, ContactType, Direction, Kind, ReleaseReason, SurveyMedium, rows};
use crate::contact::detail::contact_type_name;
use crate::contact::rows::{Filter, Page};
use crate::contact::{CallDetail, Span, fold_contact};

on_both_databases!(
    the_table_equals_the_fold_of_all_rows,
    any_page_of_any_filter,
    agent_states_equal_the_fold_of_all_rows
);

const START_MS: i64 = 1_700_000_000_000;
const CONTACTS: [&str; 3] = ["1000000001", "1000000002", "1000000003"];

/// Steps of one call; any of them can be missing, and they can come in any order with those of other calls.
fn kinds() -> Vec<Kind> {
    vec![
        Kind::ContactStarted {
            contact_type: ContactType::Inbound,
            calling_number: "13800000000".to_owned(),
            called_number: "02112345678".to_owned(),
            center_number: "02112345678".to_owned(),
        },
        Kind::Queued { skill_group_name: "账单".to_owned() },
        Kind::AgentRinging { agent_name: "梅".to_owned(), direction: Direction::Inbound },
        Kind::Established,
        Kind::AgentTalking { direction: Direction::Inbound },
        Kind::Released { reason: ReleaseReason::Normal, side: None, cause: String::new() },
        Kind::AgentWrapUp { direction: Direction::Inbound },
        Kind::SurveyOffered { medium: SurveyMedium::Voice },
        Kind::SurveyAnswered { key: 1, label: "满意".to_owned(), satisfied: true, feedback: String::new() },
        Kind::RecordingStored {
            file_name: "1.wav".to_owned(),
            agent_name: "梅".to_owned(),
            started_at_ms: START_MS,
            duration_s: 3,
            sha256: String::new(),
        },
    ]
}

/// Batches of rows: contact, kind, agent, milliseconds since the start.
fn batches() -> impl Strategy<Value = Vec<Vec<Activity>>> {
    let row =
        (0..CONTACTS.len(), 0..kinds().len(), 0_usize..3, 0_i64..60_000).prop_map(|(contact, kind, agent, at)| {
            Activity::at(START_MS + at, kinds()[kind].clone())
                .of_contact(CONTACTS[contact])
                .of_agent(["201", "202", "203"][agent])
                .in_group(["g1", "g2", "g1"][agent])
        });
    prop::collection::vec(prop::collection::vec(row, 0..8), 0..12)
}

async fn records(bench: &Bench, instance: &str) -> BTreeMap<String, CallDetail> {
    let mut found = BTreeMap::new();
    let mut connection = bench.center.database.pool().acquire().await.expect("a connection");
    for contact in CONTACTS {
        let detail = crate::contact::rows::find(&mut connection, instance, contact).await.expect("readable");
        found.extend(detail.map(|detail| (contact.to_owned(), detail)));
    }
    found
}

/// The same from nothing but the rows.
async fn folded(bench: &Bench, instance: &str) -> BTreeMap<String, CallDetail> {
    let mut connection = bench.center.database.pool().acquire().await.expect("a connection");
    let all = rows::between(&mut connection, instance, 0, i64::MAX).await.expect("rows");
    let mut found = BTreeMap::new();
    for contact in CONTACTS {
        let own = |row: &&crate::activity::Appended| row.activity.contact_id.as_deref() == Some(contact);
        let rows: Vec<_> = all.iter().filter(own).cloned().collect();
        found.extend(fold_contact(&rows).map(|detail| (contact.to_owned(), detail)));
    }
    found
}

/// The terms of every record, and nothing else.
async fn terms(bench: &Bench, instance: &str) -> Vec<(String, String, i64, String)> {
    sqlx::query_as(
        "SELECT contact_id, term, started_at_ms, disposition FROM ccc_call_terms WHERE instance_id = $1
         ORDER BY contact_id, term",
    )
    .bind(instance)
    .fetch_all(bench.center.database.pool())
    .await
    .expect("terms")
}

fn expected_terms(records: &BTreeMap<String, CallDetail>) -> Vec<(String, String, i64, String)> {
    let mut expected = Vec::new();
    for (contact, detail) in records {
        let agents = detail.agents.iter().map(|agent| format!("@{}", agent.agent_id));
        for term in detail.criteria().into_iter().map(|text| format!("={text}")).chain(agents) {
            expected.push((contact.clone(), term, detail.started_at_ms, detail.disposition.name().to_owned()));
        }
    }
    expected.sort();
    expected
}

async fn the_table_equals_the_fold_of_all_rows(bench: &Bench) {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    for case in 0..24 {
        let batches = batches().new_tree(&mut runner).expect("a case").current();
        let instance = bench.instance(&format!("case{case}"), &[]).await;
        for batch in &batches {
            bench.center.record(&instance, batch).await.expect("recorded");
        }
        let table = records(bench, &instance).await;
        assert_eq!(table, folded(bench, &instance).await, "{batches:?}");
        let mut found = terms(bench, &instance).await;
        found.sort();
        assert_eq!(found, expected_terms(&table), "{batches:?}");

        let counted: i64 = sqlx::query_scalar(
            "SELECT CAST(COALESCE(SUM(calls), 0) AS BIGINT) FROM ccc_call_hours WHERE instance_id = $1 AND scope = ''",
        )
        .bind(&instance)
        .fetch_one(bench.center.database.pool())
        .await
        .expect("counts");
        assert_eq!(usize::try_from(counted), Ok(table.len()), "{batches:?}");

        // The same rows in one append, in the order of their times, in another instance.
        let replayed = bench.instance(&format!("replay{case}"), &[]).await;
        let mut all: Vec<Activity> = batches.into_iter().flatten().collect();
        all.sort_by_key(|row| row.at_ms);
        bench.center.record(&replayed, &all).await.expect("recorded");
        assert_eq!(records(bench, &replayed).await, table);
    }
}

/// Calls over some hours, and every list of them against the same list made by hand.
async fn any_page_of_any_filter(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let mut random = Dice(7);
    let types = [ContactType::Inbound, ContactType::Outbound, ContactType::Back2Back];
    let reasons = [ReleaseReason::Normal, ReleaseReason::LeftInQueue, ReleaseReason::Busy];
    let mut all = Vec::new();
    for number in 0..150_i64 {
        let started_at_ms = START_MS + random.below(4 * 3_600_000);
        let contact = format!("{}", 1_000_000_000 + number);
        let contact_type = types[random.place(3)];
        let center_number = ["02112345678", "02187654321", ""][random.place(3)].to_owned();
        let started = Kind::ContactStarted {
            contact_type,
            calling_number: "13800000000".to_owned(),
            called_number: "13900000000".to_owned(),
            center_number,
        };
        let reason = reasons[random.place(3)];
        let released = Kind::Released { reason, side: None, cause: String::new() };
        let rows = [
            Activity::at(started_at_ms, started).of_contact(&contact),
            Activity::at(started_at_ms + 1_000, released).of_contact(&contact),
        ];
        bench.center.record(&instance, &rows).await.expect("recorded");
        let rows = rows.map(|activity| crate::activity::Appended { sequence: 0, activity });
        all.push(fold_contact(&rows).expect("a record"));
    }
    all.sort_by(|a, b| (a.started_at_ms, &a.contact_id).cmp(&(b.started_at_ms, &b.contact_id)));
    for _ in 0..60 {
        let from_ms = START_MS + random.below(4 * 3_600_000);
        let to_ms = from_ms + random.below(3 * 3_600_000);
        let filter = Filter {
            instance_id: &instance,
            span: Span { from_ms, to_ms },
            center_number: [None, None, Some("02112345678")][random.place(3)],
            search: None,
            contact_types: [vec![], vec!["Inbound"], vec!["Outbound", "Back2Back", "Outbound"]][random.place(3)]
                .clone(),
            dispositions: [vec![], vec!["Success"], vec!["NoAnswer", "AbandonedInQueue"]][random.place(3)].clone(),
        };
        let page = Page { newest_first: random.place(2) == 0, offset: random.below(40), limit: 1 + random.below(30) };
        let mut expected: Vec<&CallDetail> = all
            .iter()
            .filter(|detail| (from_ms..=to_ms).contains(&detail.started_at_ms))
            .filter(|detail| filter.center_number.is_none_or(|number| detail.center_number == number))
            .filter(|detail| {
                let name = contact_type_name(detail.contact_type);
                filter.contact_types.is_empty() || filter.contact_types.contains(&name)
            })
            .filter(|detail| filter.dispositions.is_empty() || filter.dispositions.contains(&detail.disposition.name()))
            .collect();
        let total = i64::try_from(expected.len()).expect("few");
        if page.newest_first {
            expected.reverse();
        }
        let (offset, limit) = (usize::try_from(page.offset), usize::try_from(page.limit));
        let expected: Vec<CallDetail> =
            expected.into_iter().skip(offset.expect("small")).take(limit.expect("small")).cloned().collect();
        let mut connection = bench.center.database.pool().acquire().await.expect("a connection");
        let found = crate::contact::rows::page(&mut connection, &filter, page).await.expect("a page");
        assert_eq!(found, (total, expected), "{filter:?} {page:?}");
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn place(&mut self, bound: i64) -> usize {
        usize::try_from(self.below(bound)).expect("not negative")
    }
}

/// Rows that become known in any order leave the same states as all rows in the order of folding.
async fn agent_states_equal_the_fold_of_all_rows(bench: &Bench) {
    let kinds = [
        Kind::AgentCheckedIn { skill_group_ids: vec!["g1".to_owned()] },
        Kind::AgentReady,
        Kind::AgentRinging { agent_name: "梅".to_owned(), direction: Direction::Inbound },
        Kind::AgentTalking { direction: Direction::Inbound },
        Kind::AgentCallEnded,
        Kind::AgentWrapUp { direction: Direction::Inbound },
        Kind::AgentCheckedOut,
    ];
    let mut random = Dice(11);
    for case in 0..20 {
        let instance = bench.instance(&format!("case{case}"), &[]).await;
        for _ in 0..6 {
            let batch: Vec<Activity> = (0..random.below(5))
                .map(|_| {
                    let kind = kinds[random.place(7)].clone();
                    let agent = ["201", "202"][random.place(2)];
                    Activity::at(START_MS + random.below(20), kind)
                        .of_agent(agent)
                        .of_contact(CONTACTS[random.place(2)])
                })
                .collect();
            bench.center.record(&instance, &batch).await.expect("recorded");
        }
        let mut connection = bench.center.database.pool().acquire().await.expect("a connection");
        let all = rows::between(&mut connection, &instance, 0, i64::MAX).await.expect("rows");
        for (agent_id, state) in crate::agent::rows::all(&mut connection, &instance).await.expect("states") {
            let own = all.iter().map(|row| &row.activity).filter(|row| row.agent_id.as_ref() == Some(&agent_id));
            let mut folded = crate::agent::Agent::default();
            own.for_each(|row| folded.take_in(row));
            assert_eq!(state, folded, "{agent_id} of {all:?}");
        }
    }
}
