//! A comparison asks the trail and the event store what should be there, never the delivery.

#[allow(dead_code, reason = "other tests use the rest of it")]
mod world;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use delivery::{Deliveries, DestinationReport, NoProbe};
use world::{Databases, World, on_both_databases};

on_both_databases!(
    what_is_not_delivered_yet_waits_and_is_told,
    what_no_piece_has_and_what_was_passed_over_is_missing,
    a_destination_that_cannot_be_read_says_nothing_of_the_other,
    a_delivery_that_does_not_open_says_how_much_waits,
);

async fn reports(world: &World, deliveries: &Deliveries) -> [DestinationReport; 2] {
    let trail = world.book.trails()[0].clone();
    let reports = deliveries.compare(&trail).await.expect("compared");
    reports.try_into().expect("a bucket and a logstore")
}

/// Expected, found, waiting, findings.
fn counts(report: &DestinationReport) -> (u64, u64, u64, u64) {
    (report.expected, report.found, report.waiting, report.finding_count)
}

async fn what_is_not_delivered_yet_waits_and_is_told(databases: &Databases) {
    let world = World::open(databases).await;
    world.service.seed(1);
    world.service.fail(100, 0);
    world.trail(|_| {}).await;
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    // More than the journal keeps, so that most of it is read from segments.
    for _ in 0..400 {
        world.event("Write").await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    for report in reports(&world, &deliveries).await {
        assert_eq!(counts(&report), (400, 0, 400, 0), "{report:?}");
        assert!(report.error.contains("out of order") && report.problem.is_empty(), "{report:?}");
    }
    world.service.fail(0, 0);
    world.wait_for(400).await;
    for report in reports(&world, &deliveries).await {
        assert_eq!(counts(&report), (400, 400, 0, 0), "{report:?}");
        assert_eq!((report.error.as_str(), report.expired), ("", 0));
    }
    deliveries.stop().await;
    world.close().await;
}

async fn what_no_piece_has_and_what_was_passed_over_is_missing(databases: &Databases) {
    for sql in [
        "UPDATE delivery_pieces SET next_position = 500, first_position = 25",
        "UPDATE delivery_pieces SET next_position = 500",
        "DELETE FROM delivery_pieces",
    ] {
        let world = World::open(databases).await;
        world.service.seed(1);
        world.service.fail(100, 0);
        world.trail(|_| {}).await;
        let deliveries = world.deliveries(Arc::new(NoProbe)).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        for _ in 0..40 {
            world.event("Write").await;
        }
        world.tamper(sql).await;
        for report in reports(&world, &deliveries).await {
            assert_eq!(counts(&report), (40, 0, 0, 40), "{sql}: {report:?}");
            assert!(report.findings.iter().all(|finding| finding.problem == "missing"), "{report:?}");
        }
        deliveries.stop().await;
        world.close().await;
    }
}

async fn a_destination_that_cannot_be_read_says_nothing_of_the_other(databases: &Databases) {
    let world = World::open(databases).await;
    world.trail(|_| {}).await;
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    for _ in 0..9 {
        world.event("Write").await;
    }
    world.wait_for(9).await;
    world.service.has_no_bucket.store(true, Ordering::Relaxed);
    let [bucket, logs] = reports(&world, &deliveries).await;
    assert_eq!((bucket.expected, bucket.finding_count), (9, 0), "{bucket:?}");
    assert!(bucket.problem.contains("NoSuchBucket"), "{bucket:?}");
    assert_eq!((counts(&logs), logs.problem.as_str()), ((9, 9, 0, 0), ""));
    deliveries.stop().await;
    world.close().await;
}

async fn a_delivery_that_does_not_open_says_how_much_waits(databases: &Databases) {
    let world = World::open(databases).await;
    world.service.seed(1);
    world.service.fail(100, 0);
    world.trail(|_| {}).await;
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    for _ in 0..60 {
        world.event("Write").await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    deliveries.stop().await;
    world.tamper("UPDATE delivery_batches SET batch = '{'").await;
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    for look in 0..20 {
        let gauges = deliveries.gauges();
        assert_eq!(gauges.len(), 2, "whoever asks first is told");
        assert!(gauges.iter().all(|gauge| gauge.health.lag_events == 60), "look {look}: {gauges:?}");
        assert!(gauges.iter().all(|gauge| gauge.health.oldest_ms.is_some()), "look {look}: {gauges:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // More events do not end the pause of a delivery that fails, and are shown all the same.
    for _ in 0..5 {
        world.event("Write").await;
    }
    let is_shown = || deliveries.gauges().iter().all(|gauge| gauge.health.lag_events == 65);
    for _ in 0..100 {
        if is_shown() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_shown(), "{:?}", deliveries.gauges());
    deliveries.stop().await;
    world.close().await;
}
