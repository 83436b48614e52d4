//! The call centre on SQLite and on PostgreSQL: reports over a million rows of activity, and lists of a million call
//! records. `cargo xtask bench callcentre`; with `reports` or `records` after it, that half alone.

mod copies;
mod databases;
mod filters;
mod records;
mod reports;
mod workload;

use bench::report::Report;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let only = std::env::args().nth(1);
    let wanted = |half| only.as_deref().is_none_or(|only| only == half);
    if !wanted("reports") && !wanted("records") {
        return Err("the halves are `reports` and `records`".into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut report = Report::new();
    for place in databases::places(&runtime)? {
        let mut outcome = Ok(());
        if wanted("reports") {
            outcome = reports::run(&runtime, &mut report, &place);
        }
        if wanted("records") && outcome.is_ok() {
            outcome = records::run(&runtime, &mut report, &place);
        }
        place.clear(&runtime)?;
        outcome?;
    }
    report.print();
    Ok(())
}
