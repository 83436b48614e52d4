//! Every data event that a trail asked for is in the logstore of its region once, whatever ends and whatever fails.

#[allow(dead_code, reason = "other tests use the rest of it")]
mod world;

use std::sync::Arc;
use std::time::Duration;

use audit::trail::Status;
use audit::{Condition, DataDelivery, DataEventSelection, DataEventSelector, DataMarks};
use delivery::NoProbe;
use journal::{Journal, StreamName};
use rand::{RngExt, SeedableRng};
use world::{ACCOUNT, Databases, EndsAfter, World, on_both_databases};

on_both_databases!(
    ends_at_every_step_and_changes_of_mind_leave_every_event_once,
    a_trail_over_all_accounts_has_the_data_events_of_all,
    what_was_asked_for_arrives_after_the_end,
    what_no_piece_of_another_account_has_is_missing,
    what_comes_while_the_selection_changes_is_there_once,
);

const REGIONS: [&str; 2] = ["cn-beijing", "cn-shanghai"];
const NAMES: [&str; 2] = ["GetObject", "PutObject"];

/// Of both regions, the events of a name.
fn selection(event_name: &str) -> DataEventSelection {
    let delivery = |region: &str| DataDelivery {
        region: region.to_owned(),
        project_arn: String::new(),
        create_time_ms: 0,
        error_code: String::new(),
        problem: String::new(),
    };
    DataEventSelection {
        selectors: vec![DataEventSelector {
            service_name: "Oss".to_owned(),
            read_write_type: "All".to_owned(),
            event_name: Some(Condition { equals: vec![event_name.to_owned()], not_equals: Vec::new() }),
            resource_arn: Some(Condition { equals: vec!["acs:oss:*:*:audit/*".to_owned()], not_equals: Vec::new() }),
        }],
        is_all_regions: false,
        regions: REGIONS.map(str::to_owned).to_vec(),
        deliveries: REGIONS.map(delivery).to_vec(),
    }
}

/// Journals a data event as the recorder does.
async fn record(world: &World, id: &str, name: &str, region: &str, bucket: &str) {
    record_of(world, ACCOUNT, id, name, region, bucket).await;
}

async fn record_of(world: &World, account: &str, id: &str, name: &str, region: &str, bucket: &str) {
    let text = format!(
        r#"{{"eventId":"{id}","eventVersion":1,"eventCategory":"Data","eventName":"{name}","eventRW":"Read","eventTime":"2026-03-01T08:00:00Z","eventSource":"s","serviceName":"Oss","acsRegion":"{region}","eventType":"ApiCall","userIdentity":{{"type":"root-account"}},"sourceIpAddress":"10.0.0.1","userAgent":"","additionalEventData":{{"ResourceArn":"acs:oss:{region}:{account}:{bucket}/k"}}}}"#
    );
    let stream = StreamName::new(&format!("data/{account}")).expect("a name");
    world.journal.append(&stream, text.into()).await.expect("durable");
}

/// Where the stream of data events is.
fn position(world: &World) -> u64 {
    world.marks().get(&format!("data/{ACCOUNT}")).copied().unwrap_or_default()
}

/// Where the streams of all accounts are.
fn data_marks(world: &World) -> DataMarks {
    let mut others = world.marks();
    others.retain(|stream, _| stream.starts_with("data/") && *stream != format!("data/{ACCOUNT}"));
    DataMarks { own: position(world), others }
}

async fn select(world: &World, selection: Option<DataEventSelection>) {
    let (position, marks) = (position(world), data_marks(world));
    world
        .change(|trail| {
            trail.data_events = selection;
            let marks = if trail.is_organization_trail { marks } else { position.into() };
            trail.renew_data_span(marks);
        })
        .await;
}

fn delivered(world: &World) -> [Vec<String>; 2] {
    REGIONS.map(|region| world.in_logs(&format!("data {region} ")))
}

async fn wait_for(world: &World, wanted: &[Vec<String>; 2]) {
    for _ in 0..600 {
        if delivered(world).iter().zip(wanted).all(|(there, wanted)| there.len() >= wanted.len()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(delivered(world), *wanted);
}

async fn crashes_and_faults(databases: &Databases, seed: u64, accounts: &[&str]) {
    let world = World::open(databases).await;
    world.service.seed(seed);
    let mut dice = rand::rngs::StdRng::seed_from_u64(seed);
    record(&world, "BEFORE", "GetObject", "cn-shanghai", "audit").await;
    let is_over_all = accounts.len() > 1;
    let begin = if is_over_all { data_marks(&world) } else { position(&world).into() };
    world
        .trail_over(is_over_all, |trail| {
            trail.data_events = Some(selection(NAMES[0]));
            trail.renew_data_span(begin);
        })
        .await;
    let (mut wanted, mut asked, mut number) = ([Vec::new(), Vec::new()], 0, 0);
    for round in 0..20 {
        // In some rounds nothing goes through, and in others what is asked for changes meanwhile.
        let outage = if round % 6 == 4 { 100 } else { dice.random_range(0..40) };
        world.service.fail(outage, dice.random_range(0..40));
        let deliveries = world.deliveries(EndsAfter::steps(dice.random_range(0..9))).await;
        for _ in 0..dice.random_range(0..30) {
            number += 1;
            let (name, region) = (dice.random_range(0..2_usize), dice.random_range(0..2_usize));
            let bucket = if dice.random_range(0..5) == 0 { "other" } else { "audit" };
            let id = format!("DATA-{number:06}");
            // Some accounts come later.
            let account = accounts[dice.random_range(0..accounts.len().min(1 + round / 4))];
            record_of(&world, account, &id, NAMES[name], REGIONS[region], bucket).await;
            if name == asked && bucket == "audit" {
                wanted[region].push(id);
            }
        }
        if dice.random_range(0..3) == 0 {
            asked = 1 - asked;
            select(&world, Some(selection(NAMES[asked]))).await;
        }
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..400))).await;
        deliveries.stop().await;
    }
    world.service.fail(10, 10);
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    wait_for(&world, &wanted).await;
    assert_eq!(world.book.trails()[0].data_spans.len(), 1, "what has ended and is delivered is forgotten");
    let gauge = deliveries.gauges().into_iter().find(|gauge| gauge.kind == "data").expect("a gauge");
    assert_eq!((gauge.health.lag_events, gauge.health.expired), (0, 0));
    let count = (wanted[0].len() + wanted[1].len()) as u64;
    let reports = deliveries.compare(&world.book.trails()[0]).await.expect("compared");
    let report = reports.iter().find(|report| report.kind == "data").expect("a report");
    assert_eq!(
        (report.expected, report.found, report.others, report.finding_count),
        (count, count, 0, 0),
        "{report:?}"
    );
    deliveries.stop().await;
    world.close().await;
}

async fn ends_at_every_step_and_changes_of_mind_leave_every_event_once(databases: &Databases) {
    for seed in 1..=3 {
        crashes_and_faults(databases, seed, &[ACCOUNT]).await;
    }
}

async fn a_trail_over_all_accounts_has_the_data_events_of_all(databases: &Databases) {
    for seed in 4..=6 {
        crashes_and_faults(databases, seed, &[ACCOUNT, "2000", "3000"]).await;
    }
}

async fn what_no_piece_of_another_account_has_is_missing(databases: &Databases) {
    let world = World::open(databases).await;
    world
        .trail_over(true, |trail| {
            trail.data_events = Some(selection("GetObject"));
            trail.renew_data_span(DataMarks::default());
        })
        .await;
    world.service.seed(1);
    world.service.fail(100, 0);
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    for (account, id) in [(ACCOUNT, "OWN"), ("2000", "OTHERS"), ("2000", "LATER")] {
        record_of(&world, account, id, "GetObject", "cn-shanghai", "audit").await;
    }
    // The delivery has seen both streams, and tries in vain.
    tokio::time::sleep(Duration::from_millis(600)).await;
    let counts = async || {
        let reports = deliveries.compare(&world.book.trails()[0]).await.expect("compared");
        let report = reports.iter().find(|report| report.kind == "data").expect("a report");
        (report.expected, report.waiting, report.finding_count)
    };
    assert_eq!(counts().await, (3, 3, 0));
    world.tamper("DELETE FROM delivery_pieces").await;
    assert_eq!(counts().await, (3, 0, 3), "nobody has them in hand any more");
    deliveries.stop().await;
    world.close().await;
}

async fn what_was_asked_for_arrives_after_the_end(databases: &Databases) {
    let world = World::open(databases).await;
    world.trail(|_| {}).await;
    select(&world, Some(selection("GetObject"))).await;
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    world.service.seed(1);
    world.service.fail(100, 0);
    record(&world, "A", "GetObject", "cn-shanghai", "audit").await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    // Stopped and started: what lies between is not wanted.
    let stopped = position(&world);
    world
        .change(|trail| {
            trail.status = Status::Disable;
            trail.renew_data_span(stopped);
        })
        .await;
    record(&world, "B", "GetObject", "cn-shanghai", "audit").await;
    let started = position(&world);
    world
        .change(|trail| {
            trail.status = Status::Enable;
            trail.renew_data_span(started);
        })
        .await;
    record(&world, "C", "GetObject", "cn-beijing", "audit").await;
    select(&world, None).await;
    record(&world, "D", "GetObject", "cn-beijing", "audit").await;
    assert_eq!(delivered(&world), [Vec::<String>::new(), Vec::new()]);
    let status = audit::trail::DeliveryBook::status(&*deliveries, &world.book.trails()[0]).data;
    assert!(status.status.latest_error.is_some() && status.failed_region.is_some(), "{status:?}");
    world.service.fail(0, 0);
    wait_for(&world, &[vec!["C".to_owned()], vec!["A".to_owned()]]).await;
    for _ in 0..100 {
        if !world.book.trails()[0].delivers_data() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!world.book.trails()[0].delivers_data(), "nothing is left to deliver");
    assert!(deliveries.gauges().iter().all(|gauge| gauge.kind != "data"));
    // Asked for again: a delivery of its own.
    select(&world, Some(selection("GetObject"))).await;
    record(&world, "E", "GetObject", "cn-beijing", "audit").await;
    wait_for(&world, &[vec!["C".to_owned(), "E".to_owned()], vec!["A".to_owned()]]).await;
    deliveries.stop().await;
    world.close().await;
}

/// A call is recorded between the moment at which a new selection looks where the stream is, and its commit.
async fn what_comes_while_the_selection_changes_is_there_once(databases: &Databases) {
    let world = World::open(databases).await;
    world.trail(|_| {}).await;
    select(&world, Some(selection("GetObject"))).await;
    let mut wanted = Vec::new();
    for round in 0..4 {
        let deliveries = world.deliveries(Arc::new(NoProbe)).await;
        let looked = position(&world);
        let is_delivered_before = round % 2 == 0;
        for id in [format!("{round}-A"), format!("{round}-B")] {
            record(&world, &id, "GetObject", "cn-shanghai", "audit").await;
            wanted.push(id);
        }
        if is_delivered_before {
            wait_for(&world, &[Vec::new(), wanted.clone()]).await;
        }
        for _ in 0..2 {
            world
                .change(|trail| {
                    trail.data_events = Some(selection("GetObject"));
                    trail.renew_data_span(looked);
                })
                .await;
            tokio::time::sleep(Duration::from_millis(if round < 2 { 0 } else { 50 })).await;
        }
        let id = format!("{round}-C");
        record(&world, &id, "GetObject", "cn-shanghai", "audit").await;
        wanted.push(id);
        wait_for(&world, &[Vec::new(), wanted.clone()]).await;
        let reports = deliveries.compare(&world.book.trails()[0]).await.expect("compared");
        let report = reports.iter().find(|report| report.kind == "data").expect("a report");
        assert_eq!((report.expected, report.finding_count), (wanted.len() as u64, 0), "{report:?}");
        deliveries.stop().await;
    }
    world.close().await;
}
