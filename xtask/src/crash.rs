//! `cargo xtask crash`: the crash test with as many rounds as one has patience for.

use clap::Args;

use crate::error::Error;
use crate::step::Step;

/// How long.
#[derive(Args)]
pub struct Options {
    /// How often the server is killed and started again
    #[arg(long, default_value_t = 1000)]
    rounds: u32,
}

/// The same test that `cargo test` runs, with more rounds.
pub fn run(options: &Options) -> Result<(), Error> {
    Step::cargo("crash test")
        .args(["test", "--package", "cairn", "--test", "crash", "--", "--nocapture"])
        .env("CAIRN_CRASH_ROUNDS", options.rounds.to_string())
        .run()
}
