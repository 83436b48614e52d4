//! Asks the store, and prints what each kind of question took, beside the goals and the other engines.

use std::time::{Duration, Instant};

use audit::{STREAM_PREFIX, event_schemas};
use bench::Failure;
use bench::audit_parts::{AuditParts, DataPaths};
use bench::exact::SCOPES;
use bench::percentile;
use bench::server::ACCOUNT_ID;
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use store::search::{Budget, FieldNames, PageEnd, Search, parse_search};
use store::{Cursor, Direction, FieldId, FoundRow, Query, Store, StoreOptions};
use tokio::runtime::Runtime;

use crate::disk;
use crate::peers::Peer;
use crate::probes::{Ask, Probe};

const PAGE_ROWS: usize = 50;
/// Rows of a page where all are counted: few pages, little memory.
const COUNTED_PAGE_ROWS: usize = 5_000;
/// Cold runs of each kind: each opens the store again.
const COLD_RUNS: usize = 9;

/// What one kind took.
pub struct Times {
    pub warm: percentile::Times,
    pub cold: percentile::Times,
    /// Rows of the first answer.
    pub rows: usize,
}

/// A row of the table.
pub struct Line<'a> {
    pub name: &'static str,
    pub goal_ms: Option<f64>,
    pub times: &'a Times,
}

/// The fields of an ask by their numbers.
fn fields(ask: &Ask) -> Result<Vec<(FieldId, &str)>, Failure> {
    let schemas = event_schemas();
    let schema = schemas.of(STREAM_PREFIX).ok_or("events have no schema")?;
    let number =
        |column: &str| schema.layout().fields.iter().find(|field| field.column == column).map(|field| field.id);
    let fields = ask.fields.iter().map(|(column, value)| {
        let id = number(column).ok_or_else(|| format!("events have no column {column}"))?;
        Ok((id, value.as_str()))
    });
    fields.collect()
}

/// The newest page; its number of rows.
pub fn ask(store: &Store, ask: &Ask) -> Result<usize, Failure> {
    Ok(page(store, ask, None, PAGE_ROWS)?.0.len())
}

/// How many events there are, page by page.
pub fn count(store: &Store, ask: &Ask) -> Result<u64, Failure> {
    let (mut count, mut after) = (0, None);
    loop {
        let (rows, more) = page(store, ask, after, COUNTED_PAGE_ROWS)?;
        count += rows.len() as u64;
        after = rows.last().map(|row| row.cursor).or(after);
        if !more {
            return Ok(count);
        }
    }
}

/// The rows of a page, and whether more follow.
fn page(store: &Store, ask: &Ask, after: Option<Cursor>, limit: usize) -> Result<(Vec<FoundRow>, bool), Failure> {
    let all_of = fields(ask)?;
    let (from_s, to_s) = ask.range.unwrap_or((i64::MIN, i64::MAX));
    let query = Query { scopes: &SCOPES, all_of: &all_of, from_s, to_s, direction: Direction::Backward, after, limit };
    let stream = format!("{STREAM_PREFIX}{ACCOUNT_ID}");
    if ask.words.is_empty() {
        let page = store.lookup(&stream, &query)?;
        return Ok((page.rows, page.more));
    }
    let schemas = event_schemas();
    let layout = schemas.of(&stream).ok_or("events have no schema")?.layout();
    let quoted: Vec<String> = ask.words.iter().map(|word| format!("\"{word}\"")).collect();
    let search = Search::new(parse_search(&quoted.join(" "), &FieldNames::of(layout))?, layout)?;
    let page = store.search(&stream, &query, &search, &Budget::unlimited())?;
    Ok((page.rows, page.end != PageEnd::Last))
}

/// All needles, after a first round that warms what they read.
pub fn warm(store: &Store, probe: &Probe) -> Result<Times, Failure> {
    for needle in &probe.asks {
        ask(store, needle)?;
    }
    let (mut times, mut rows) = (Vec::new(), 0);
    for (n, needle) in probe.asks.iter().enumerate() {
        let begun = Instant::now();
        let found = ask(store, needle)?;
        times.push(begun.elapsed());
        if n == 0 {
            rows = found;
        }
    }
    Ok(Times { warm: percentile::Times::new(times), cold: percentile::Times::new(Vec::new()), rows })
}

/// Some needles, each with files that the page cache has forgotten and a store that was just opened.
pub fn cold(runtime: &Runtime, paths: &DataPaths, probe: &Probe, warm: Times) -> Result<Times, Failure> {
    let mut times = Vec::new();
    for needle in probe.asks.iter().take(COLD_RUNS) {
        disk::forget(paths)?;
        let parts = AuditParts::open(runtime, paths, StoreOptions::default())?;
        let begun = Instant::now();
        ask(&parts.store, needle)?;
        times.push(begun.elapsed());
        parts.close(runtime)?;
    }
    Ok(Times { cold: percentile::Times::new(times), ..warm })
}

/// One table: ours warm and cold, the goal, and the medians of the others.
pub fn print<'a>(lines: impl Iterator<Item = Line<'a>>, peers: &[Peer]) {
    let mut table = Table::new();
    let fixed = ["query, ms", "rows", "warm p50", "p99", "cold p50", "p99", "goal p50", ""];
    let header = fixed.into_iter().map(str::to_owned).chain(peers.iter().map(|peer| peer.name.clone()));
    table.load_style(UTF8_HORIZONTAL_ONLY).set_header(header);
    for Line { name, goal_ms, times } in lines {
        let p50_ms = ms(times.warm.p50());
        let verdict = goal_ms.map_or("", |goal| if p50_ms <= goal { "reached" } else { "NOT reached" });
        let mut row = vec![name.to_owned(), times.rows.to_string()];
        let measured = [times.warm.p50(), times.warm.p99(), times.cold.p50(), times.cold.p99()];
        row.extend(measured.map(|time| format!("{:.2}", ms(time))));
        row.push(goal_ms.map_or_else(String::new, |goal| format!("≤ {goal}")));
        row.push(verdict.to_owned());
        row.extend(peers.iter().map(|peer| peer.median(name)));
        table.add_row(row);
    }
    println!("\n{table}");
    for peer in peers {
        println!("{}: {}", peer.name, peer.told);
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
