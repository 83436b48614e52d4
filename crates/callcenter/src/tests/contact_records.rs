//! The table of records against the rows that it is folded from.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::bench::Bench;
use super::on_both_databases;
use crate::activity::{Activity, ContactType, Direction, Kind, ReleaseReason, SurveyMedium, rows};
use crate::contact::{CallDetail, fold_contact};

on_both_databases!(the_table_equals_the_fold_of_all_rows);

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

        // The same rows in one append, in the order of their times, in another instance.
        let replayed = bench.instance(&format!("replay{case}"), &[]).await;
        let mut all: Vec<Activity> = batches.into_iter().flatten().collect();
        all.sort_by_key(|row| row.at_ms);
        bench.center.record(&replayed, &all).await.expect("recorded");
        assert_eq!(records(bench, &replayed).await, table);
    }
}
