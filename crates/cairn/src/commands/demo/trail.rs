//! A trail to a bucket and a logstore: what was delivered, found and compared.

use std::io::Read;
use std::time::{Duration, Instant};

use bucket::client::{BucketClient, ClientSettings, Listing};
use logstore::client::{LogStoreClient, Question};
use openapi::client::Credentials;
use openapi::clock::now_ms;
use serde_json::Value;

use super::super::CommandError;
use super::super::api::{ACTIONTRAIL, Api};
use super::{Checks, heading};

const BUCKET: &str = "demo-audit-bucket";
const PROJECT: &str = "demo-audit";
const TRAIL: &str = "demo-trail";
const LOGSTORE: &str = "actiontrail_demo-trail";
/// Calls that are made for the trail.
const CALLS: usize = 20;
/// Both destinations have them long before.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a delivered file that the demo reads.
const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// Where the demo's server is, and with which key.
pub(super) struct Place<'a> {
    pub(super) endpoint: &'a str,
    pub(super) credentials: &'a Credentials,
    pub(super) region: &'a str,
    pub(super) account_id: &'a str,
}

pub(super) fn tour(root: &Api, place: &Place<'_>, checks: &mut Checks) -> Result<(), CommandError> {
    heading("12. A trail: every event into a bucket and a logstore, once each");
    let region = Some(place.region.to_owned());
    let settings = ClientSettings { endpoint: place.endpoint.to_owned(), region: region.clone(), ..Default::default() };
    let buckets = BucketClient::new(&settings, place.credentials.clone())?;
    let logs = LogStoreClient::new(place.endpoint, region, place.credentials.clone())?;
    buckets.create_bucket(BUCKET)?;
    logs.create_project(PROJECT, "made by cairn demo")?;
    let arn = format!("acs:log:{}:{}:project/{PROJECT}", place.region, place.account_id);
    root.call(
        ACTIONTRAIL,
        "CreateTrail",
        &[("Name", TRAIL), ("OssBucketName", BUCKET), ("OssKeyPrefix", "audit-files"), ("SlsProjectArn", &arn)],
    )?;
    root.call(ACTIONTRAIL, "SetTrailFileSize", &[("Name", TRAIL), ("OssFileIntervalSeconds", "1")])?;
    root.call(ACTIONTRAIL, "StartLogging", &[("Name", TRAIL)])?;
    let mut ids = Vec::new();
    for _ in 0..CALLS {
        let answer = root.call(ACTIONTRAIL, "DescribeRegions", &[])?;
        ids.extend(answer["RequestId"].as_str().map(str::to_owned));
    }
    let (key, first) = wait_for(|| file_with(&buckets, &ids[0]))?.ok_or("no file came into the bucket")?;
    println!("   oss://{BUCKET}/{key}");
    println!("   {}\n", first.chars().take(160).collect::<String>());
    checks.expect("a call is in a file of the bucket", first.contains(&ids[0]));
    let is_in_logs = wait_for(|| Ok((count_of(&logs, &ids[CALLS - 1])? == 1).then_some(())))?.is_some();
    checks.expect(&format!("and in logstore {LOGSTORE}, found by its id"), is_in_logs);
    let operations = count_of(&logs, "event.eventName: DescribeRegions")?;
    let promise = format!("event.eventName: DescribeRegions finds {operations} events in the logstore");
    checks.expect(&promise, operations >= CALLS as u64);
    #[cfg(feature = "sql")]
    analyse(&logs, checks)?;
    let compared = root.call(ACTIONTRAIL, "VerifyTrailDelivery", &[("Name", TRAIL)])?;
    for report in compared["Destinations"].as_array().into_iter().flatten() {
        let number = |name: &str| report[name].as_u64().unwrap_or_default();
        let (kind, found) = (report["Kind"].as_str().unwrap_or_default(), number("Found"));
        let is_whole = number("FindingCount") == 0
            && found + number("Waiting") == number("Expected")
            && number("Expired") == 0
            && found >= CALLS as u64;
        checks.expect(
            &format!("verify-delivery: {found} events in the {kind}, each once, as they were recorded"),
            is_whole,
        );
    }
    Ok(())
}

fn wait_for<T>(what: impl Fn() -> Result<Option<T>, CommandError>) -> Result<Option<T>, CommandError> {
    let until = Instant::now() + PATIENCE;
    loop {
        let found = what()?;
        if found.is_some() || Instant::now() > until {
            return Ok(found);
        }
        std::thread::park_timeout(Duration::from_millis(200));
    }
}

/// The file with an event: its key, and the event.
fn file_with(buckets: &BucketClient, id: &str) -> Result<Option<(String, String)>, CommandError> {
    let page = buckets.list(BUCKET, &Listing { prefix: "audit-files/", ..Listing::default() })?;
    for object in page.objects {
        let packed = buckets.get_range(BUCKET, &object.key, 0, object.size)?;
        let mut text = Vec::new();
        #[expect(clippy::disallowed_methods, reason = "the reader is bounded")]
        flate2::read::GzDecoder::new(&*packed).take(MAX_FILE_BYTES).read_to_end(&mut text)?;
        let events: Vec<Value> = serde_json::from_slice(&text)?;
        if let Some(event) = events.iter().find(|event| event["eventId"] == id) {
            return Ok(Some((object.key, event.to_string())));
        }
    }
    Ok(None)
}

fn count_of(logs: &LogStoreClient, query: &str) -> Result<u64, CommandError> {
    Ok(ask(logs, query)?.len() as u64)
}

/// What the logstore answers about the last hour.
fn ask(logs: &LogStoreClient, query: &str) -> Result<Vec<Value>, CommandError> {
    let now_s = now_ms().div_euclid(1_000);
    let question = Question { from_s: now_s - 3_600, to_s: now_s + 60, query, line: 100, offset: 0, is_reverse: false };
    let mut answer = logs.get_logs(PROJECT, LOGSTORE, &question)?;
    Ok(answer["data"].as_array_mut().map(std::mem::take).unwrap_or_default())
}

/// SQL over what was delivered.
#[cfg(feature = "sql")]
fn analyse(logs: &LogStoreClient, checks: &mut Checks) -> Result<(), CommandError> {
    const STATEMENT: &str = r#"event.eventRW: Read | SELECT "event.eventName" AS operation, count(*) AS calls, max_by("event.sourceIpAddress", __time__) AS last_from GROUP BY operation ORDER BY calls DESC LIMIT 5"#;
    println!("   {STATEMENT}");
    let rows = ask(logs, STATEMENT)?;
    for row in &rows {
        println!("   {row}");
    }
    let calls = rows.first().filter(|row| row["operation"] == "DescribeRegions").map(|row| row["calls"].as_str());
    let calls: usize = calls.flatten().and_then(|text| text.parse().ok()).unwrap_or_default();
    checks.expect(&format!("SQL counts {calls} of them, and tells from where the last one came"), calls >= CALLS);
    Ok(())
}
