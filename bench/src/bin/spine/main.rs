//! The spine: journal alone, audited calls, lookups among a million events. `cargo xtask bench spine`.

mod calls;
mod disk;
mod lookups;

use bench::report::Report;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut report = Report::new();
    disk::run(&runtime, &mut report)?;
    calls::run(&runtime, &mut report)?;
    lookups::run(&runtime, &mut report)?;
    report.print();
    Ok(())
}
