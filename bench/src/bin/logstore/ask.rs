//! Searches and statements: how long each takes, asked several times.

use std::time::{Duration, Instant};

use bench::Failure;
use bench::percentile::{Times, ms};
use bench::report::Report;
use logstore::client::{ClientError, LogStoreClient, Question};
use serde_json::Value;

use crate::{LOGSTORE, PROJECT};

/// The server says that it is busy while its index is behind; after so long the benchmark gives up.
const INDEXED_WITHIN: Duration = Duration::from_secs(300);
/// So much of a question names its row of the table.
const SHOWN_CHARACTERS: usize = 72;

/// What people look for in a trail, and how many logs they go past.
const SEARCHES: &[(&str, u64)] = &[
    ("*", 0),
    ("*", 1_000_000),
    ("event.eventName: DeleteInstance", 0),
    ("event.userIdentity.userName: nobody", 0),
    ("event.userIdentity.userName: nobod*", 0),
    ("\"event.eventRW\": Write AND not event.errorCode: *", 0),
    ("\"event.eventRW\": Write AND not event.errorCode: *", 500_000),
    ("event.errorCode: * and event.eventName: Create*", 0),
    ("event.errorMessage: \"\"", 0),
    ("event.sourceIpAddress: 10.0.*", 0),
    ("not event.sourceIpAddress: 2* and not event.sourceIpAddress: 1* and not event.sourceIpAddress: 4*", 0),
    ("#\"AccessDenied\"", 0),
];

/// Searches whose logs are counted by intervals.
const COUNTED: &[&str] =
    &["*", "not event.errorCode: *", "not event.eventName: DeleteInstance", "event.sourceIpAddress: 10.0.*"];

/// Statements of every shape that people ask of a trail.
const STATEMENTS: &[&str] = &[
    "* | SELECT count(*) AS pv",
    "* | SELECT \"event.serviceName\" AS service, count(*) AS pv GROUP BY service ORDER BY pv DESC LIMIT 10",
    "* | SELECT date_format(date_trunc('hour', __time__), '%Y-%m-%d %H:%i') AS t, count(*) AS pv GROUP BY t ORDER BY t \
     LIMIT 1000",
    "* | SELECT time_series(__time__, '1h', '%Y-%m-%d %H:%i:%s', '0') AS t, count(*) AS pv GROUP BY t ORDER BY t LIMIT 1000",
    "\"event.eventRW\": Write AND not event.errorCode: * | SELECT \"event.eventName\" AS op, \
     \"event.userIdentity.userName\" AS who, count(*) AS n GROUP BY op, who ORDER BY n DESC",
    "event.errorCode: * | SELECT \"event.errorCode\" AS code, count(*) AS n, arbitrary(\"event.errorMessage\") AS sample \
     GROUP BY code ORDER BY n DESC",
    "event.eventName: ConsoleSignin | SELECT from_unixtime(__time__) AS t, \"event.sourceIpAddress\" AS ip, \
     ip_to_country(\"event.sourceIpAddress\") AS country, \"event.additionalEventData.isMFAChecked\" AS mfa FROM log WHERE \
     \"event.errorCode\" IS NULL ORDER BY t DESC LIMIT 50",
    "* | SELECT approx_distinct(\"event.userIdentity.accessKeyId\") AS keys, count_if(\"event.errorCode\" <> '') AS failed",
    "* | SELECT json_extract_scalar(event, '$.requestParameters.RegionId') AS region, count(*) AS n GROUP BY region",
    "* | SELECT max_by(\"event.eventName\", __time__) AS last_op, \"event.userIdentity.userName\" AS who GROUP BY who",
    "event.eventRW: Write | SELECT wk[1] AS writes, wk[3] AS vs_last_week FROM (SELECT compare(writes, 604800) AS wk FROM \
     (SELECT count(*) AS writes FROM log))",
    "* | WITH w AS (SELECT \"event.userIdentity.userName\" AS u, \"event.sourceIpAddress\" AS ip, min(__time__) AS t0 FROM \
     log GROUP BY u, ip) SELECT u, ip, row_number() OVER (PARTITION BY u ORDER BY t0) AS k FROM w LIMIT 100",
    "event.sourceIpAddress: 10.0.* | SELECT split_part(\"event.eventSource\", '.', 1) AS product, count(*) GROUP BY product",
    "* | SELECT \"event.userIdentity.userName\" AS u FROM log WHERE regexp_like(\"event.eventName\", '^(Delete|Stop)') \
     GROUP BY u HAVING count(*) > 10",
];

/// Asks until the histogram counts everything; fails when it counts something else, or not within [`INDEXED_WITHIN`].
pub fn count(client: &LogStoreClient, range_s: (i64, i64), events: u64) -> Result<(), Failure> {
    let (from, to) = (range_s.0.to_string(), range_s.1.to_string());
    let path = format!("/logstores/{LOGSTORE}");
    let began = Instant::now();
    loop {
        let asked = client.get(PROJECT, &path, &[("type", "histogram"), ("from", &from), ("to", &to), ("query", "*")]);
        let bars = match asked {
            Err(ClientError::Refused { status: 503, .. }) if began.elapsed() < INDEXED_WITHIN => continue,
            other => other?,
        };
        let bars = bars.as_array().ok_or("the histogram is no array")?;
        let counted: u64 = bars.iter().filter_map(|bar| bar["count"].as_u64()).sum();
        match bars.iter().all(|bar| bar["progress"] == "Complete") {
            true if counted == events => return Ok(()),
            true => return Err(format!("{events} events were put and {counted} are found").into()),
            false if began.elapsed() > INDEXED_WITHIN => {
                return Err(format!("only {counted} were counted in time").into());
            }
            false => {}
        }
    }
}

/// Asks everything.
pub fn run(client: &LogStoreClient, range_s: (i64, i64), repeats: usize, report: &mut Report) -> Result<(), Failure> {
    let statements = STATEMENTS.iter().map(|statement| (*statement, 0));
    for (query, offset) in SEARCHES.iter().copied().chain(statements) {
        let question = Question { from_s: range_s.0, to_s: range_s.1, query, line: 100, offset, is_reverse: true };
        let mut times = Vec::new();
        let mut outcome = String::new();
        for _ in 0..repeats.max(1) {
            let started = Instant::now();
            outcome = match client.get_logs(PROJECT, LOGSTORE, &question) {
                Ok(answer) => described(&answer),
                Err(ClientError::Refused { code, message, .. }) => {
                    format!("{code}: {}", message.chars().take(80).collect::<String>())
                }
                Err(error) => return Err(error.into()),
            };
            times.push(started.elapsed());
        }
        let times = Times::new(times);
        let figure = format!("p50 {}, slowest {}; {outcome}", ms(times.p50()), ms(times.per_mille(1_000)));
        let what: String = query.chars().take(SHOWN_CHARACTERS).collect();
        let what = if offset == 0 { what } else { format!("{what}, from log {offset} on") };
        report.figure(&what, figure);
    }
    Ok(())
}

/// Asks for the histograms.
pub fn count_all(
    client: &LogStoreClient,
    range_s: (i64, i64),
    repeats: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    let (from, to) = (range_s.0.to_string(), range_s.1.to_string());
    let path = format!("/logstores/{LOGSTORE}");
    for query in COUNTED {
        let parameters = [("type", "histogram"), ("from", from.as_str()), ("to", &to), ("query", query)];
        let (mut times, mut outcome) = (Vec::new(), String::new());
        for _ in 0..repeats.max(1) {
            let started = Instant::now();
            let bars = client.get(PROJECT, &path, &parameters)?;
            times.push(started.elapsed());
            let bars = bars.as_array().ok_or("the histogram is no array")?;
            let complete = bars.iter().filter(|bar| bar["progress"] == "Complete").count();
            let logs: u64 = bars.iter().filter_map(|bar| bar["count"].as_u64()).sum();
            outcome = format!("{complete} of {} bars complete, {logs} logs", bars.len());
        }
        let times = Times::new(times);
        let figure = format!("p50 {}, slowest {}; {outcome}", ms(times.p50()), ms(times.per_mille(1_000)));
        report.figure(&format!("counted: {query}"), figure);
    }
    Ok(())
}

fn described(answer: &Value) -> String {
    let meta = &answer["meta"];
    let progress = meta["progress"].as_str().unwrap_or_default();
    format!("{progress}, {} rows of {} looked at", meta["count"], meta["processedRows"])
}
