//! Cairn: a self-hosted operation audit, and the call centre that it audits. This is the one binary.
//!
//! `main` only chooses a command. What a command does is in `commands/`, what the server is made of in `server/`,
//! and how it is set up in `config.rs`.

mod commands;
mod config;
mod credentials;
mod data_folder;
mod metrics;
mod object_files;
mod reader;
mod segment_files;
mod server;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

/// The system's allocator gives every thread an arena of its own and keeps what it was once: building segments, each by new
/// threads, then takes half as much memory again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = commands::Arguments::parse();
    start_logging(arguments.log_level());
    let outcome = if arguments.ends_with_its_reader() {
        match reader::ending_with_it(|| commands::run(arguments)) {
            Ok(outcome) => outcome,
            Err(code) => return code,
        }
    } else {
        commands::run(arguments)
    };
    match outcome {
        Ok(code) => code,
        Err(error) if reader::is_gone(&*error) => ExitCode::from(reader::GONE),
        Err(error) => {
            eprintln!("cairn: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error; `CAIRN_LOG` chooses what.
fn start_logging(default_level: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CAIRN_LOG").unwrap_or_else(|_| default_level.into());
    let colours = std::io::stderr().is_terminal();
    // A line that cannot be written, because the log's disk is full, is lost; telling that on the same stream would panic.
    tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .init();
}
