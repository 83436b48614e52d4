//! `cairn journal check`: verifies a journal's files without changing them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::CommandError;
use crate::data_folder::journal_folder;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Verify every checksum and position; the exit code tells whether all is well
    Check {
        /// A data folder or a journal folder
        folder: PathBuf,
    },
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let Action::Check { folder } = &arguments.action;
    let inner = journal_folder(folder);
    let report = ::journal::check(if inner.is_dir() { &inner } else { folder })?;
    println!("{report}");
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
