//! `cargo xtask chaos`: the chaos test of deliveries, for as long as one has patience.

use clap::Args;

use crate::clients;
use crate::error::Error;
use crate::repository;
use crate::step::Step;

/// How long.
#[derive(Args)]
pub struct Options {
    /// Minutes of kills, lost answers and revoked rights
    #[arg(long, default_value_t = 20)]
    minutes: u32,
}

/// The same test that `cargo xtask test` runs for a minute.
pub fn run(options: &Options) -> Result<(), Error> {
    clients::prepare()?;
    Step::cargo("the server").args(["build", "--package", "cairn"]).run()?;
    Step::new("chaos", repository::client_packages().join("venv/bin/python"))
        .args(["-m", "pytest"])
        .args([repository::client_tests().join("test_trail_chaos.py")])
        .env("CAIRN_CHAOS_MINUTES", options.minutes.to_string())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("CAIRN_BIN", repository::server_binary())
        .repeat(format!("cargo xtask chaos --minutes {}", options.minutes))
        .run()
}
