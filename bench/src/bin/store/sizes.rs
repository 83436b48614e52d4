//! Bytes per event, by part of the data folder.

use bench::Failure;
use bench::audit_parts::DataPaths;
use bench::report::Report;

use crate::disk::files;

/// What another engine needs for such events; the goal of the whole.
const GOAL_BYTES: f64 = 262.0;

pub fn run(paths: &DataPaths, events: u64, report: &mut Report) -> Result<(), Failure> {
    let segments = files(&paths.segments())?;
    let per_event = |ending: &str| {
        let bytes: u64 = segments
            .iter()
            .filter(|(path, _)| path.extension().is_some_and(|found| found == ending))
            .map(|(_, len)| len)
            .sum();
        bytes as f64 / events as f64
    };
    let (parquet, index) = (per_event("parquet"), per_event("idx"));
    let (catalogue, journal) =
        (paths.catalogue_bytes()?, files(&paths.journal())?.iter().map(|(_, len)| len).sum::<u64>());
    report.figure("Parquet files", format!("{parquet:.0} B/event"));
    report.figure("indexes", format!("{index:.0} B/event"));
    let filters = files(&paths.filters())?.iter().map(|(_, len)| len).sum::<u64>() as f64 / events as f64;
    report.figure("filters over many segments", format!("{filters:.1} B/event"));
    report.figure("control database", format!("{:.1} B/event", catalogue as f64 / events as f64));
    let whole = parquet + index + filters + catalogue as f64 / events as f64;
    report.goal("all of that together", format!("{whole:.0} B/event"), "≤ 262 B/event", whole <= GOAL_BYTES);
    report.figure("journal that is left, mostly its newest file", format!("{} MB", journal / 1_000_000));
    Ok(())
}
