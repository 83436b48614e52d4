//! What each step costs alone, on one thread, and where the bytes of a segment are.

use std::time::{Duration, Instant};

use audit::event_schemas;
use bench::report::Report;
use bytes::Bytes;
use store::limits::MAX_SEGMENT_ROWS;
use store::schema::Schemas;
use store::segment::{BuiltSegment, SourceRow, build_segment};
use store::{Cursor, MemoryPart, Row, Schema};

use crate::events::{ACCOUNT_ID, event, time_s};

pub fn stream() -> String {
    format!("events/{ACCOUNT_ID}")
}

pub fn run(events: usize, report: &mut Report) -> Result<(), Box<dyn std::error::Error>> {
    let schemas = event_schemas();
    let schema = schemas.of(&stream()).ok_or("events have no schema")?.clone();
    let rows = rows(0, events.min(100_000));
    let raw_bytes: usize = rows.iter().map(|row| row.bytes.len()).sum();
    report.figure("bytes of an event", format!("{}", raw_bytes / rows.len()));
    for round in ["first", "second"] {
        let mut figure = |what: &str, took: Duration| {
            report.figure(
                &format!("{what}, {round} round"),
                format!("{} ns/event", took.as_nanos() as usize / rows.len()),
            );
        };
        figure("reading the terms", terms(&rows, &*schema)?);
        figure("reading the terms and inserting into memory", insert(&rows, &schemas)?);
        let began = Instant::now();
        let built = build_segment("bench", &stream(), &rows, &*schema)?;
        figure("building a segment", began.elapsed());
        for (step, took) in built.times.steps() {
            figure(&format!("  {step}"), took);
        }
        if round == "second" {
            bytes_by_part(&built, report);
        }
    }
    Ok(())
}

/// Rows as a segment takes them.
pub fn rows(first: usize, count: usize) -> Vec<SourceRow> {
    let row = |number| SourceRow {
        cursor: Cursor { time_s: time_s(number), position: number as u64 + 1 },
        bytes: event(number, time_s(number)),
    };
    (first..first + count.min(MAX_SEGMENT_ROWS)).map(row).collect()
}

fn terms(rows: &[SourceRow], schema: &dyn Schema) -> Result<Duration, String> {
    let began = Instant::now();
    let mut count = 0;
    for row in rows {
        count += schema.extract(&row.bytes)?.terms.len();
    }
    assert!(count >= rows.len(), "every event has terms");
    Ok(began.elapsed())
}

fn insert(rows: &[SourceRow], schemas: &Schemas) -> Result<Duration, Box<dyn std::error::Error>> {
    let part = MemoryPart::new();
    let schema = schemas.of(&stream()).ok_or("events have no schema")?;
    let began = Instant::now();
    for batch in rows.chunks(1_000) {
        let extracted: Vec<_> = batch.iter().map(|row| schema.extract(&row.bytes)).collect::<Result<_, _>>()?;
        let terms: Vec<Vec<_>> = extracted
            .iter()
            .map(|event| event.terms.iter().map(|(field, value)| (*field, &**value)).collect())
            .collect();
        let rows: Vec<Row<'_>> = batch
            .iter()
            .enumerate()
            .map(|(index, row)| Row {
                position: row.cursor.position,
                time_s: row.cursor.time_s,
                scope: &extracted[index].scope,
                terms: &terms[index],
                bytes: Bytes::clone(&row.bytes),
            })
            .collect();
        part.insert(&stream(), &rows);
    }
    Ok(began.elapsed())
}

/// Names of sections by their number, see `store::segment`.
const SECTIONS: [&str; 11] = [
    "pages",
    "term directory",
    "terms",
    "postings",
    "times",
    "positions",
    "scopes",
    "values of scopes",
    "fields",
    "values of fields",
    "fields found by words",
];

fn bytes_by_part(built: &BuiltSegment, report: &mut Report) {
    let rows = built.summary.rows as f64;
    let mut figure = |what: &str, bytes: usize| report.figure(what, format!("{:.2} B/event", bytes as f64 / rows));
    figure("segment", built.parquet.len() + built.sidecar.len());
    figure("Parquet", built.parquet.len());
    figure("index", built.sidecar.len());
    let number = |at: usize| u64::from_le_bytes(built.sidecar[at..at + 8].try_into().unwrap_or_default()) as usize;
    let sections = number(40) >> 32;
    let entries = 104 + (number(96) >> 16 & 0xFFFF);
    let header = number(8) >> 32;
    let mut by_kind = [0; SECTIONS.len()];
    for entry in (0..sections).map(|index| entries + index * 20) {
        by_kind[usize::from(built.sidecar[entry]) - 1] += number(entry + 12);
        if built.sidecar[entry] == 1 {
            let pages = header + number(entry + 4);
            let compressed = |page: usize| number(pages + page * 20 + 8) & 0xFFFF_FFFF;
            figure("  Parquet: pages of rows", (0..number(entry + 12) / 20).map(compressed).sum());
        }
    }
    for (name, bytes) in SECTIONS.iter().zip(by_kind) {
        figure(&format!("  index: {name}"), bytes);
    }
}
