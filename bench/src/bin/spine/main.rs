//! The spine: journal alone, audited calls, lookups among a million events. `cargo xtask bench spine`, or with names of
//! parts, `cargo xtask bench spine disk`.

mod calls;
mod disk;
mod lookups;
mod traced;
mod waits;

use bench::report::Report;
use tokio::runtime::Runtime;

type Part = fn(&Runtime, &mut Report) -> Result<(), Box<dyn std::error::Error>>;
const PARTS: [(&str, Part); 3] = [("disk", disk::run), ("calls", calls::run), ("lookups", lookups::run)];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = chosen.iter().find(|name| !PARTS.iter().any(|(part, _)| part == name)) {
        return Err(format!("no part is named {unknown}: use disk, calls or lookups").into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut report = Report::new();
    for (name, part) in PARTS {
        if chosen.is_empty() || chosen.iter().any(|chosen| chosen == name) {
            part(&runtime, &mut report)?;
        }
    }
    report.print();
    Ok(())
}
