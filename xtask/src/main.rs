//! Developer commands: `cargo xtask test`, `check`, `bench`, `fuzz`, `suites`, `crash`, `chaos`.
//!
//! It prepares what the tests need, runs the same tools that a person would run by hand, prints each command before
//! it runs and says on failure which step it was and how to repeat that step alone.
//! It is not part of the product: nothing here is shipped, and no crate depends on it.

mod allowed_licences;
mod bench;
mod chaos;
mod check;
mod clients;
mod crash;
mod error;
mod fuzz;
mod licences;
mod packages;
mod postgres;
mod repository;
mod step;
mod suites;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Developer commands", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prepare this machine, then check, then every test: Rust, PostgreSQL, official clients
    Test(test::Options),
    /// Formatting, clippy, licences of the dependencies, tidiness of the sources
    Check,
    /// Only the tidiness of the sources
    Tidy,
    /// Only the licences of the dependencies
    Licences,
    /// Run one benchmark in a release build and print its table; without a name, list them
    Bench(bench::Options),
    /// Generated events of a call centre, into a data folder or into files
    #[command(disable_help_flag = true)]
    DemoData {
        /// As `cargo xtask demo-data --help` says
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Feed generated input to the parsers, with libFuzzer on stable Rust
    Fuzz(fuzz::Options),
    /// The vendors' own tests, as their packages bring them, against the built server
    Suites(suites::Options),
    /// Kill the server under load again and again, and look for lost or doubled events
    Crash(crash::Options),
    /// Kill the server, lose answers and revoke rights while trails deliver, and look for lost or doubled events
    Chaos(chaos::Options),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test(options) => test::run(&options),
        Command::Check => check::run(),
        Command::Tidy => tidy::run(),
        Command::Licences => licences::run(),
        Command::Bench(options) => bench::run(&options),
        Command::DemoData { arguments } => bench::demo_data(&arguments),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Suites(options) => suites::run(&options),
        Command::Crash(options) => crash::run(&options),
        Command::Chaos(options) => chaos::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error}");
            ExitCode::FAILURE
        }
    }
}
