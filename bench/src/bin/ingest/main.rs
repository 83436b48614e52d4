//! Ingest, step by step: what an event costs on its way from the journal into a segment, where its bytes go, how fast the
//! whole way is when nothing waits, and what lookups over the result take. `cargo xtask bench ingest`, or with names of
//! parts and a number of events, `cargo xtask bench ingest steps 500000`.

mod catalogue;
mod durable;
mod events;
mod lookups;
mod steps;

use bench::report::Report;

type Part = fn(usize, &mut Report) -> Result<(), Box<dyn std::error::Error>>;
const PARTS: [(&str, Part); 3] = [("steps", steps::run), ("durable", durable::run), ("lookups", lookups::run)];
const DEFAULT_EVENTS: usize = 1_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (numbers, chosen): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.parse::<usize>().is_ok());
    if let Some(unknown) = chosen.iter().find(|name| !PARTS.iter().any(|(part, _)| part == name)) {
        return Err(format!("no part is named {unknown}: use steps, durable or lookups").into());
    }
    let events = numbers.first().map_or(Ok(DEFAULT_EVENTS), |number| number.parse())?;
    let mut report = Report::new();
    for (name, part) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|chosen| chosen == name) {
            part(events, &mut report)?;
        }
    }
    report.print();
    Ok(())
}
