//! Many clients on a few numbers at the same moment: a number is in one place or in none, and nothing is half done.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::bench::{ACCOUNT, Bench, OTHER_ACCOUNT, losers, root, text};
use super::numbers::{buy, listed};
use super::on_both_databases;

on_both_databases!(
    of_two_clients_who_add_a_number_one_wins,
    a_number_is_released_or_bound_but_not_both,
    random_interleavings_leave_no_half_written_state,
);

const NUMBERS: [&str; 4] = ["057126880001", "057126880002", "057126880003", "4001234567"];

async fn of_two_clients_who_add_a_number_one_wins(bench: &Bench) {
    let instances = [bench.instance("first", &[]).await, bench.instance("second", &[]).await];
    for round in 0..10 {
        let number = format!("0571268{round:05}");
        buy(bench, &[&number]).await;
        let tasks = instances.each_ref().map(|instance| {
            let params = [("InstanceId", instance.as_str()), ("PhoneNumber", &number), ("Usage", "Inbound")];
            bench.start(&root(ACCOUNT), "AddPhoneNumber", &params)
        });
        assert_eq!(losers(tasks.into()).await, ["Exists.PhoneNumber"]);

        let number = format!("0571269{round:05}");
        buy(bench, &[&number]).await;
        let tasks = instances.each_ref().map(|instance| {
            let params = [("InstanceId", instance.as_str()), ("PhoneNumber.1", &number), ("Usage", "Inbound")];
            bench.start(&root(ACCOUNT), "AddBulkPhoneNumbers", &params)
        });
        let mut outcomes = BTreeSet::new();
        for task in tasks {
            let body = task.await.expect("the task ends").expect("both succeed").body;
            let added = body["PhoneNumbers"]["PhoneNumber"].as_array().map_or(0, Vec::len);
            let used = body["UserdPhoneNumbers"]["UserdPhoneNumber"].as_array().map_or(0, Vec::len);
            outcomes.insert((added, used));
        }
        assert_eq!(outcomes, BTreeSet::from([(1, 0), (0, 1)]), "the other one sees it among the used");
    }
    assert_eq!(listed(bench, &instances[0]).await.len() + listed(bench, &instances[1]).await.len(), 20);
}

async fn a_number_is_released_or_bound_but_not_both(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    for round in 0..10 {
        let number = format!("0571268{round:05}");
        buy(bench, &[&number]).await;
        let add = [("InstanceId", instance.as_str()), ("PhoneNumber", &number), ("Usage", "Inbound")];
        let tasks = vec![
            bench.start(&root(ACCOUNT), "AddPhoneNumber", &add),
            bench.start(&root(ACCOUNT), "ReleasePhoneNumbers", &[("PhoneNumber.1", &number)]),
        ];
        let lost = losers(tasks).await;
        assert!(lost == ["InUse.PhoneNumber"] || lost == ["NotExist.PhoneNumber"], "{lost:?}");
    }
    assert_eq!(bench.count("ccc_phone_numbers").await, bench.count("ccc_owned_numbers").await);
}

#[derive(Debug, Clone)]
enum Step {
    Buy { account: usize, numbers: Vec<usize> },
    Release { account: usize, numbers: Vec<usize> },
    AddOne { instance: usize, number: usize },
    AddBulk { instance: usize, numbers: Vec<usize> },
    RemoveAll { instance: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let numbers = || prop::collection::vec(0..NUMBERS.len(), 1..5);
    prop_oneof![
        2 => (0..2_usize, numbers()).prop_map(|(account, numbers)| Step::Buy { account, numbers }),
        1 => (0..2_usize, numbers()).prop_map(|(account, numbers)| Step::Release { account, numbers }),
        2 => (0..3_usize, 0..NUMBERS.len()).prop_map(|(instance, number)| Step::AddOne { instance, number }),
        4 => (0..3_usize, numbers()).prop_map(|(instance, numbers)| Step::AddBulk { instance, numbers }),
        2 => (0..3_usize).prop_map(|instance| Step::RemoveAll { instance }),
    ]
}

/// Two instances of one account and one of another.
const OWNERS: [usize; 3] = [0, 0, 1];
const ACCOUNTS: [&str; 2] = [ACCOUNT, OTHER_ACCOUNT];
/// Codes that a race may end with; anything else, a broken lock or a deadlock, is a failure.
const LOST: [&str; 3] = ["Exists.PhoneNumber", "NotExist.PhoneNumber", "InUse.PhoneNumber"];

async fn random_interleavings_leave_no_half_written_state(bench: &Bench) {
    let mut instances = Vec::new();
    for (domain, owner) in ["one", "two", "three"].into_iter().zip(OWNERS) {
        let params = super::bench::instance_params(domain, domain, &[]);
        let body = bench.body(&root(ACCOUNTS[owner]), "CreateInstance", &params).await;
        instances.push(text(&body["Instance"], "InstanceId"));
    }
    let mut runner = TestRunner::deterministic();
    let rounds = prop::collection::vec(prop::collection::vec(step(), 4), 12);
    for _ in 0..4 {
        for steps in rounds.new_tree(&mut runner).expect("steps").current() {
            let before = state(bench, &instances).await;
            let mut tasks = Vec::new();
            for step in &steps {
                tasks.extend(start(bench, &instances, step).await);
            }
            let mut added = Vec::new();
            for task in tasks {
                match task.await.expect("the task ends") {
                    Ok(answer) => added.extend(added_numbers(&answer.body)),
                    Err(error) => assert!(LOST.contains(&error.code.as_ref()), "{error} in {steps:?} after {before:?}"),
                }
            }
            check(bench, &instances, &added).await;
        }
    }
}

async fn start(
    bench: &Bench,
    instances: &[String],
    step: &Step,
) -> Vec<tokio::task::JoinHandle<openapi::HandlerResult>> {
    let names: Vec<String> = (1..=NUMBERS.len()).map(|n| format!("PhoneNumber.{n}")).collect();
    let list = |numbers: &[usize]| -> Vec<(String, &str)> {
        names.iter().cloned().zip(numbers.iter().map(|number| NUMBERS[*number])).collect()
    };
    let owner = |instance: usize| root(ACCOUNTS[OWNERS[instance]]);
    match step {
        Step::Buy { account, numbers } | Step::Release { account, numbers } => {
            let operation = if matches!(step, Step::Buy { .. }) { "BuyPhoneNumbers" } else { "ReleasePhoneNumbers" };
            let numbers = list(numbers);
            let params: Vec<_> = numbers.iter().map(|(name, number)| (name.as_str(), *number)).collect();
            vec![bench.start(&root(ACCOUNTS[*account]), operation, &params)]
        }
        Step::AddOne { instance, number } => {
            let params = [
                ("InstanceId", instances[*instance].as_str()),
                ("PhoneNumber", NUMBERS[*number]),
                ("Usage", "Inbound"),
            ];
            vec![bench.start(&owner(*instance), "AddPhoneNumber", &params)]
        }
        Step::AddBulk { instance, numbers } => {
            let numbers = list(numbers);
            let mut params: Vec<_> = numbers.iter().map(|(name, number)| (name.as_str(), *number)).collect();
            params.extend([("InstanceId", instances[*instance].as_str()), ("Usage", "Inbound")]);
            vec![bench.start(&owner(*instance), "AddBulkPhoneNumbers", &params)]
        }
        Step::RemoveAll { instance } => {
            let id = instances[*instance].as_str();
            let mut tasks = Vec::new();
            let params = [("InstanceId", id), ("OutboundOnly", "false")];
            let body = bench.body(&owner(*instance), "ListPhoneNumbers", &params).await;
            for number in body["PhoneNumbers"]["PhoneNumber"].as_array().expect("a list") {
                let params = [("InstanceId", id), ("PhoneNumberId", number["PhoneNumberId"].as_str().expect("an id"))];
                tasks.push(bench.start(&owner(*instance), "RemovePhoneNumber", &params));
            }
            tasks
        }
    }
}

/// `PhoneNumberId`s that an answer says were bound.
fn added_numbers(body: &serde_json::Map<String, Value>) -> Vec<String> {
    let many = body.get("PhoneNumbers").and_then(|list| list["PhoneNumber"].as_array()).cloned().unwrap_or_default();
    let one = body.get("PhoneNumber").cloned();
    many.iter().chain(&one).filter_map(|number| Some(number["PhoneNumberId"].as_str()?.to_owned())).collect()
}

/// Where each number is bound.
async fn state(bench: &Bench, instances: &[String]) -> BTreeMap<String, Vec<usize>> {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, instance) in instances.iter().enumerate() {
        let params = [("InstanceId", instance.as_str()), ("OutboundOnly", "false")];
        let body = bench.body(&root(ACCOUNTS[OWNERS[index]]), "ListPhoneNumbers", &params).await;
        for number in body["PhoneNumbers"]["PhoneNumber"].as_array().expect("a list") {
            places.entry(text(number, "Number")).or_default().push(index);
        }
    }
    places
}

/// Each bound number is in one place, and its owner is the owner of that place; no id was given out twice.
async fn check(bench: &Bench, instances: &[String], added: &[String]) {
    assert_eq!(added.iter().collect::<BTreeSet<_>>().len(), added.len(), "one binding, two winners");
    let places = state(bench, instances).await;
    for (account, name) in ACCOUNTS.iter().enumerate() {
        let body = bench.body(&root(name), "ListOwnedPhoneNumbers", &[]).await;
        for number in body["PhoneNumbers"]["List"]["PhoneNumber"].as_array().expect("a list") {
            let place = places.get(&text(number, "Number")).map(Vec::as_slice).unwrap_or_default();
            let bound = number.get("InstanceId").and_then(Value::as_str);
            assert_eq!(place.iter().map(|index| instances[*index].as_str()).collect::<Vec<_>>(), Vec::from_iter(bound));
            assert!(place.iter().all(|index| OWNERS[*index] == account), "bound by a stranger");
        }
    }
    let orphans = "ccc_phone_numbers WHERE number NOT IN (SELECT number FROM ccc_owned_numbers)";
    assert_eq!(bench.count(orphans).await, 0, "a bound number without an owner");
}
