//! SQL that is measured: what auditors count, in words that all engines share.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use audit::STREAM_PREFIX;
use bench::Failure;
use bench::audit_parts::{AuditParts, DataPaths};
use bench::percentile;
use bench::server::ACCOUNT_ID;
use serde_json::Value;
use sql::{Engine, Settings};
use store::{Store, StoreOptions};
use tokio::runtime::Runtime;

use crate::answers::Times;
use crate::{END_S, disk};

/// Warm runs of each statement, after one that is not counted.
const WARM_RUNS: usize = 15;
/// Cold runs of each: each opens the store again.
const COLD_RUNS: usize = 5;

/// One row of the table.
pub struct Statement {
    pub name: &'static str,
    /// Median that is to be reached with 5 million events, milliseconds.
    pub goal_ms: Option<f64>,
    /// The table is called `events` everywhere. Rows are in an order that all engines share.
    pub text: &'static str,
}

pub const STATEMENTS: &[Statement] = &[
    Statement {
        name: "SQL: count by name",
        goal_ms: Some(25.0),
        text: "SELECT event_name, count(*) AS n FROM events GROUP BY event_name ORDER BY event_name",
    },
    Statement {
        name: "SQL: count by user",
        goal_ms: Some(35.0),
        text: "SELECT user_name, count(*) AS n FROM events GROUP BY user_name ORDER BY n DESC, user_name LIMIT 100",
    },
    Statement {
        name: "SQL: count by minute",
        goal_ms: Some(40.0),
        text: "SELECT count(*) AS minutes, sum(n) AS events, max(n) AS most FROM (SELECT date_trunc('minute', event_time) AS minute, count(*) AS n FROM events GROUP BY date_trunc('minute', event_time)) AS minutes",
    },
    Statement {
        name: "SQL: ten keys with most writes",
        goal_ms: None,
        text: "SELECT access_key_id, count(*) AS n FROM events WHERE event_rw = 'Write' AND access_key_id IS NOT NULL GROUP BY access_key_id ORDER BY n DESC, access_key_id LIMIT 10",
    },
    Statement {
        name: "SQL: addresses of each name",
        goal_ms: None,
        text: "SELECT event_name, count(DISTINCT source_ip_address) AS n FROM events GROUP BY event_name ORDER BY event_name",
    },
];

/// Asks all, warm and cold.
pub fn ask_all(runtime: &Runtime, folder: &Path, paths: &DataPaths) -> Result<Vec<Times>, Failure> {
    let engine = engine(folder)?;
    let parts = AuditParts::open(runtime, paths, StoreOptions::default())?;
    let warm = STATEMENTS.iter().map(|statement| {
        let rows = ask(runtime, &engine, &parts.store, statement.text)?.len();
        let mut times = Vec::new();
        for _ in 0..WARM_RUNS {
            let begun = Instant::now();
            ask(runtime, &engine, &parts.store, statement.text)?;
            times.push(begun.elapsed());
        }
        Ok::<_, Failure>((percentile::Times::new(times), rows))
    });
    let warm = warm.collect::<Result<Vec<_>, _>>()?;
    parts.close(runtime)?;
    let mut all = Vec::new();
    for (statement, (warm, rows)) in STATEMENTS.iter().zip(warm) {
        let mut cold = Vec::new();
        for _ in 0..COLD_RUNS {
            disk::forget(paths)?;
            let parts = AuditParts::open(runtime, paths, StoreOptions::default())?;
            let begun = Instant::now();
            ask(runtime, &engine, &parts.store, statement.text)?;
            cold.push(begun.elapsed());
            parts.close(runtime)?;
        }
        all.push(Times { warm, cold: percentile::Times::new(cold), rows });
    }
    Ok(all)
}

/// Rows of every statement, for comparison.
pub fn answers(runtime: &Runtime, folder: &Path, store: &Arc<Store>) -> Result<Vec<Vec<Vec<Value>>>, Failure> {
    let engine = engine(folder)?;
    STATEMENTS.iter().map(|statement| ask(runtime, &engine, store, statement.text)).collect()
}

/// With the server's limits.
fn engine(folder: &Path) -> Result<Engine, Failure> {
    let settings = Settings {
        memory_bytes: 512 << 20,
        spill_bytes: 2 << 30,
        spill_folder: folder.join("spill"),
        time_ms: 60_000,
        counts_by_columns: true,
    };
    Ok(Engine::start(settings)?)
}

fn ask(runtime: &Runtime, engine: &Engine, store: &Arc<Store>, text: &str) -> Result<Vec<Vec<Value>>, Failure> {
    let stream = format!("{STREAM_PREFIX}{ACCOUNT_ID}");
    let answer = runtime.block_on(engine.query(store.clone(), &stream, END_S, text, sql::limits::MAX_ANSWER_ROWS))?;
    match answer.truncated_by {
        None => Ok(answer.rows),
        Some(_) => Err(format!("the answer was cut: {text}").into()),
    }
}
