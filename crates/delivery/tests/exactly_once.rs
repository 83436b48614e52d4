//! Every event of a trail is in each destination once, whatever ends and whatever fails in between.

mod world;

use std::sync::Arc;

use audit::trail::{EventRw, LoggingSpan, Status};
use delivery::NoProbe;
use rand::{RngExt, SeedableRng};
use world::{EndsAfter, World};

async fn crashes_and_faults(seed: u64) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let world = World::open(folder.path()).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_at_every_step_and_unclear_answers_leave_every_event_once() {
    for seed in 1..=3 {
        crashes_and_faults(seed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_delivered_follows_the_trail() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let world = World::open(folder.path()).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_delivers_the_past_and_nothing_twice() {
    use audit::trail::history::{HistoryJob, JobStatus};
    let folder = tempfile::tempdir().expect("temporary folder");
    let world = World::open(folder.path()).await;
    let mut wanted = Vec::new();
    for _ in 0..120 {
        wanted.push(world.event("Write").await);
    }
    world.trail(|_| {}).await;
    let deliveries = world.deliveries(Arc::new(NoProbe)).await;
    for _ in 0..20 {
        wanted.push(world.event("Write").await);
    }
    let job = HistoryJob {
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
    };
    for _ in 0..2 {
        let mut write = world.history.write().await.expect("a write");
        write.insert(job.clone()).await.expect("a job");
        write.commit().await.expect("committed");
        for _ in 0..200 {
            if world.history.unfinished().await.expect("jobs").is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
    world.wait_for(wanted.len()).await;
    let jobs = world.history.of_account(world::ACCOUNT).await.expect("jobs");
    assert!(jobs.iter().all(|job| job.status == JobStatus::Done), "{jobs:?}");
    assert_eq!(jobs[1].regions.len(), 2, "{jobs:?}");
    assert_eq!(world.delivered(), (wanted.clone(), wanted));
    deliveries.stop().await;
    world.close().await;
}
