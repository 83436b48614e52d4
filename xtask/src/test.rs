//! `cargo xtask test`: everything that must hold, in the order in which it fails fastest.

use clap::{Args, ValueEnum};

use crate::error::Error;
use crate::postgres::Postgres;
use crate::step::Step;
use crate::{check, clients, packages};

/// What to run.
#[derive(Args)]
pub struct Options {
    /// Run one part alone
    #[arg(long, value_enum)]
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting, clippy, licences, tidiness
    Check,
    /// The Rust tests, with SQLite and with PostgreSQL
    Rust,
    /// The official clients against the built server
    Clients,
}

/// Prepares, then runs the parts.
pub fn run(options: &Options) -> Result<(), Error> {
    let wanted = |part| options.only.is_none_or(|only| only == part);
    packages::prepare()?;
    if wanted(Part::Clients) {
        clients::prepare()?;
    }
    if wanted(Part::Check) {
        check::run()?;
    }
    if wanted(Part::Rust) || wanted(Part::Clients) {
        let postgres = Postgres::start()?;
        if wanted(Part::Rust) {
            rust(&postgres)?;
        }
        if wanted(Part::Clients) {
            // With the features that the tests switch on: otherwise half of the dependencies are built a second time.
            Step::cargo("server and generated history for the clients")
                .args(["build", "--workspace", "--bins", "--tests"])
                .run()?;
            clients::run(&postgres)?;
        }
    }
    println!("\nxtask: all is well");
    Ok(())
}

fn rust(postgres: &Postgres) -> Result<(), Error> {
    Step::cargo("Rust tests")
        .args(["test", "--workspace"])
        .env("CAIRN_TEST_POSTGRES_URL", postgres.url("rust"))
        .repeat("cargo xtask test --only rust")
        .run()
}
