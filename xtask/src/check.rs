//! `cargo xtask check`: what can be said of the sources without running them.

use crate::error::Error;
use crate::step::Step;
use crate::{licences, tidy};

/// Runs all checks; the quickest first.
pub fn run() -> Result<(), Error> {
    tidy::run()?;
    Step::cargo("formatting").args(["fmt", "--all", "--check"]).run()?;
    licences::run()?;
    Step::cargo("clippy").args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]).run()
}
