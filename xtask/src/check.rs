//! `cargo xtask check`: what can be said of the sources without running them.

use crate::error::Error;
use crate::step::Step;
use crate::{fuzz, licences, repository, tidy};

/// Runs all checks; the quickest first.
pub fn run() -> Result<(), Error> {
    tidy::run()?;
    Step::cargo("formatting").args(["fmt", "--all", "--check"]).run()?;
    licences::run()?;
    Step::cargo("clippy").args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()?;
    Step::cargo("without SQL").args(["check", "--package", "cairn", "--no-default-features"]).run()?;
    // A workspace of its own, which nothing else builds; the folder is shared so that dependencies are checked once.
    let target = repository::root().join("target");
    Step::cargo("fuzz targets")
        .args(["check", "--manifest-path"])
        .args([fuzz::manifest()])
        .args(["--target-dir"])
        .args([target])
        .run()
}
