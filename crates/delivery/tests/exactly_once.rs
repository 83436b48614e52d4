//! Every event of a trail is in each destination once, whatever ends and whatever fails in between.

#[allow(dead_code, reason = "other tests use the rest of it")]
mod world;

use std::sync::Arc;

use audit::trail::{DeliveryBook, EventRw, LoggingSpan, Status};
use delivery::NoProbe;
use rand::{RngExt, SeedableRng};
use world::{Databases, EndsAfter, World, on_both_databases};

on_both_databases!(
    ends_at_every_step_and_unclear_answers_leave_every_event_once,
    what_is_delivered_follows_the_trail,
    a_destination_takes_over_what_the_one_before_was_not_given,
    a_job_delivers_the_past_and_nothing_twice,
    a_cancelled_job_stops_and_the_next_one_goes_on,
    files_wait_a_minute_or_for_five_mebibytes,
);

async fn crashes_and_faults(databases: &Databases, seed: u64) {
    let world = World::open(databases).await;
    world.service.seed(seed);
    let mut dice = rand::rngs::StdRng::seed_from_u64(seed);
    for _ in 0..5 {
        world.event("Write").await;
    }
    world.trail(|_| {}).await;
    let mut wanted = Vec::new();
    for round in 0..25 {
        // In some rounds nothing goes through for so long that the journal lets events go.
        let is_outage = round % 8 == 5;
        let (before, after) = if is_outage { (100, 0) } else { (dice.random_range(0..40), dice.random_range(0..40)) };
        world.service.fail(before, after);
        let deliveries = world.deliveries(EndsAfter::steps(dice.random_range(0..9))).await;
        for _ in 0..if is_outage { 150 } else { dice.random_range(0..30) } {
            wanted.push(world.event("Write").await);
        }
        tokio::time::sleep(std::time::Duration::from_millis(dice.random_range(0..500))).await;
        // However old what waits is, and wherever it is read from: it is as old as its event, not as the calendar.
        let oldest_s = openapi::clock::now_ms().div_euclid(1_000) - world::EVENT_TIME_S;
        let gauges = deliveries.gauges();
        assert!(gauges.iter().all(|gauge| gauge.health.lag_s() <= oldest_s as u64), "seed {seed}: {gauges:?}");
        deliveries.stop().await;
    }
    world.service.fail(10, 10);
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    world.wait_for(wanted.len()).await;
    let (in_bucket, in_logs) = world.delivered();
    assert_eq!(in_bucket, wanted, "seed {seed}");
    assert_eq!(in_logs, wanted, "seed {seed}");
    let gauges = deliveries.gauges();
    assert_eq!(gauges.len(), 2);
    assert!(gauges.iter().all(|gauge| gauge.health.lag_events == 0 && gauge.health.expired == 0), "{gauges:?}");
    let trail = world.book.trails()[0].clone();
    for report in deliveries.compare(&trail).await.expect("compared") {
        assert_eq!((report.expected, report.found), (wanted.len() as u64, wanted.len() as u64), "{report:?}");
        assert_eq!((report.finding_count, report.others), (0, 0), "{report:?}");
    }
    world.service.objects.lock().pop_first();
    let reports = deliveries.compare(&trail).await.expect("compared");
    assert!(reports[0].findings.iter().all(|finding| finding.problem == "missing") && reports[0].finding_count > 0);
    deliveries.stop().await;
    world.close().await;
}

async fn ends_at_every_step_and_unclear_answers_leave_every_event_once(databases: &Databases) {
    for seed in 1..=3 {
        crashes_and_faults(databases, seed).await;
    }
}

async fn what_is_delivered_follows_the_trail(databases: &Databases) {
    let world = World::open(databases).await;
    world.event("Write").await;
    world.trail(|_| {}).await;
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    let mut wanted = vec![world.event("Read").await, world.event("Write").await];
    world.wait_for(2).await;

    world.change(|trail| trail.event_rw = EventRw::Write).await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    world.event("Read").await;
    wanted.push(world.event("Write").await);
    world.wait_for(3).await;

    // Stopped: the event of the stop lies behind the mark, others in between do not count.
    let until = world.marks();
    world
        .change(|trail| {
            trail.status = Status::Disable;
            trail.stop_logging_time_ms = Some(openapi::clock::now_ms());
            trail.spans[0].until = Some(until);
            trail.spans[0].stopped_by = Some("STOP".to_owned());
        })
        .await;
    world.event("Write").await;
    world.event_with_id("STOP", "Write").await;
    world.event("Write").await;
    wanted.push("STOP".to_owned());
    world.wait_for(4).await;
    assert!(world.book.trails()[0].spans.is_empty(), "the span is delivered everywhere, so it is forgotten");

    let after = world.marks();
    world
        .change(|trail| {
            trail.status = Status::Enable;
            trail.spans.push(LoggingSpan { number: 2, after, until: None, stopped_by: None });
        })
        .await;
    wanted.push(world.event("Write").await);
    world.wait_for(5).await;
    wanted.sort();
    assert_eq!(world.delivered(), (wanted.clone(), wanted));
    deliveries.stop().await;
    world.close().await;
}

async fn a_destination_takes_over_what_the_one_before_was_not_given(databases: &Databases) {
    let world = World::open(databases).await;
    world.trail(|_| {}).await;
    let mut deliveries = world.deliveries(Arc::new(NoProbe)).await;
    let mut first = vec![world.event("Write").await, world.event("Read").await];
    world.wait_for(2).await;

    // The bucket is gone; what happens meanwhile waits for it.
    world.change(|trail| trail.oss_bucket_name = world::GONE.to_owned()).await;
    let mut late = vec![world.event("Read").await, world.event("Write").await];
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(world.delivered().0, first);

    // Another takes its place while the server is down, and gets that, and nothing of before.
    deliveries.stop().await;
    let since = world.marks();
    world
        .change(|trail| {
            trail.oss_bucket_name = "another".to_owned();
            trail.oss_generation += 1;
            trail.oss_since = since;
        })
        .await;
    world.service.objects.lock().clear();
    deliveries = world.deliveries(Arc::new(NoProbe)).await;
    late.push(world.event("Write").await);
    first.extend(late.clone());
    world.wait_for(late.len()).await;
    assert_eq!(world.delivered(), (late, first));
    let trail = world.book.trails()[0].clone();
    for report in deliveries.compare(&trail).await.expect("compared") {
        assert_eq!(report.finding_count, 0, "{report:?}");
    }
    deliveries.stop().await;
    world.close().await;
}

fn job() -> audit::trail::history::HistoryJob {
    use audit::trail::history::{HistoryJob, JobStatus};
    HistoryJob {
        id: 0,
        account_id: world::ACCOUNT.to_owned(),
        trail_id: "trail-id".to_owned(),
        trail_name: "audit-trail".to_owned(),
        home_region: "cn-shanghai".to_owned(),
        client_token: String::new(),
        status: JobStatus::Initializing,
        regions: Vec::new(),
        problem: String::new(),
        from_s: 0,
        to_s: i64::MAX,
        created_ms: 0,
        updated_ms: 0,
    }
}

/// Makes a job; its id.
async fn begin(world: &World) -> i64 {
    let mut write = world.history.write().await.expect("a write");
    let id = write.insert(job()).await.expect("a job");
    write.commit().await.expect("committed");
    id
}

/// Waits until no job has work to do.
async fn ended(world: &World) {
    for _ in 0..400 {
        if world.history.unfinished().await.expect("jobs").is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn a_job_delivers_the_past_and_nothing_twice(databases: &Databases) {
    use audit::trail::history::JobStatus;
    let world = World::open(databases).await;
    let mut wanted = Vec::new();
    for _ in 0..120 {
        wanted.push(world.event("Write").await);
    }
    world.trail(|_| {}).await;
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    for _ in 0..20 {
        wanted.push(world.event("Write").await);
    }
    for _ in 0..2 {
        let job_id = begin(&world).await;
        ended(&world).await;
        let progress = deliveries.job_progress("trail-id", job_id).await.expect("known");
        assert!(progress.total > 0 && progress.done == progress.total, "{progress:?}");
    }
    world.wait_for(wanted.len()).await;
    let jobs = world.history.of_account(world::ACCOUNT).await.expect("jobs");
    assert!(jobs.iter().all(|job| job.status == JobStatus::Done), "{jobs:?}");
    assert_eq!(jobs[1].regions.len(), 2, "{jobs:?}");
    assert_eq!(world.delivered(), (wanted.clone(), wanted));
    deliveries.stop().await;
    world.close().await;
}

/// A job that was cancelled delivers nothing more, and what it left open is not delivered twice by the next one: neither a
/// batch whose answer was unclear, nor one that was not written.
async fn a_cancelled_job_stops_and_the_next_one_goes_on(databases: &Databases) {
    for (before, after) in [(0, 100), (100, 0)] {
        let world = World::open(databases).await;
        world.service.seed(7);
        let mut wanted = Vec::new();
        for _ in 0..120 {
            wanted.push(world.event("Write").await);
        }
        world.service.fail(before, after);
        world.trail(|trail| trail.file_max_bytes = 1_000).await;
        let deliveries = world.deliveries(Arc::new(NoProbe)).await;
        let job_id = begin(&world).await;
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        let mut write = world.history.write().await.expect("a write");
        write.delete(job_id).await.expect("deleted");
        write.commit().await.expect("committed");
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        let delivered = world.delivered();
        assert!(delivered.0.len() < wanted.len(), "it was cancelled under way: {delivered:?}");
        world.service.fail(0, 0);
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        assert_eq!(world.delivered(), delivered, "nothing comes after the end");
        begin(&world).await;
        ended(&world).await;
        world.wait_for(wanted.len()).await;
        assert_eq!(world.delivered(), (wanted.clone(), wanted), "before {before}, after {after}");
        deliveries.stop().await;
        world.close().await;
    }
}

/// With nothing set: few events wait for their minute, many become a file at once.
async fn files_wait_a_minute_or_for_five_mebibytes(databases: &Databases) {
    let world = World::open(databases).await;
    let defaults = audit::trail::Properties::default();
    assert_eq!((defaults.file_interval_s, defaults.file_max_bytes), (60, 5 * 1024 * 1024));
    world
        .trail(|trail| {
            (trail.file_interval_s, trail.file_max_bytes) = (defaults.file_interval_s, defaults.file_max_bytes);
        })
        .await;
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    let padding = "x".repeat(250 * 1024);
    for number in 0..20 {
        world.event_with_id(&format!("BIG-{number:02}-{padding}"), "Write").await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(world.delivered().0.len(), 0, "5,000 KiB, and not a minute old");
    assert_eq!(world.delivered().1.len(), 20, "the logstore does not wait");
    for number in 20..22 {
        world.event_with_id(&format!("BIG-{number:02}-{padding}"), "Write").await;
    }
    for _ in 0..200 {
        if !world.delivered().0.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(world.delivered().0.len(), 20, "as many as fit into 5 MiB, and the others wait");
    deliveries.stop().await;
    world.close().await;
}
