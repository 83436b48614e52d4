//! Runs statements over rows that they bring with them, as they are asked of a project.

use std::future::ready;
use std::sync::Arc;

use analytics::{Settings, SqlAnalytics};
use logstore::analytics::{Analytics, Finding, LogTables, SqlAnswer, SqlFault, SqlQuestion};
use sql::{Machine, Resources};
use tempfile::TempDir;

/// A statement, and the rows of its answer: cells parted by `|`, rows by ` / `.
pub(crate) type Case = (&'static str, &'static str);

/// A project without logstores.
struct Nothing;

impl LogTables for Nothing {
    fn find<'a>(&'a self, _: &'a str) -> Finding<'a> {
        Box::pin(ready(Ok(None)))
    }
}

struct Bench {
    analytics: SqlAnalytics,
    runtime: tokio::runtime::Runtime,
    _folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        let folder = TempDir::new().unwrap();
        let spill_folder = folder.path().join("spill");
        let resources = Resources { memory_bytes: 64 << 20, spill_bytes: 64 << 20, spill_folder };
        let settings = Settings { time_ms: 60_000, zone: "UTC".to_owned(), places_file: None };
        let machine = Arc::new(Machine::start(&resources).unwrap());
        Bench {
            analytics: SqlAnalytics::new(machine, &settings).unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap(),
            _folder: folder,
        }
    }

    fn ask(&self, text: &str) -> Result<SqlAnswer, SqlFault> {
        let question = SqlQuestion { text, own: None, others: &Nothing, from_s: 0, to_s: 7_200 };
        self.runtime.block_on(self.analytics.answer(question))
    }
}

fn shown(answer: &SqlAnswer) -> String {
    answer.rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join(" / ")
}

/// Statements whose answers are known.
pub(crate) fn check(cases: &[Case]) {
    let bench = Bench::new();
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = bench.ask(text).map(|answer| shown(&answer));
        if found.as_deref() != Ok(*expected) {
            wrong.push(format!("{text}\n    expected {expected}\n    found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Statements that are refused, and words of the reason.
pub(crate) fn check_refused(cases: &[Case]) {
    let bench = Bench::new();
    for (text, words) in cases {
        let found = bench.ask(text);
        let is_told = matches!(&found, Err(SqlFault::Invalid(reason)) if reason.contains(words));
        assert!(is_told, "{text}\n    expected {words}\n    found    {found:?}");
    }
}
