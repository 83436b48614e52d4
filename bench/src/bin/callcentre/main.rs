//! The call centre: reports over a million rows of activity, on SQLite and on PostgreSQL. `cargo xtask bench callcentre`.

mod databases;
mod reports;
mod workload;

use bench::report::Report;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut report = Report::new();
    for place in databases::places(&runtime)? {
        let outcome = reports::run(&runtime, &mut report, &place);
        place.clear(&runtime)?;
        outcome?;
    }
    report.print();
    Ok(())
}
