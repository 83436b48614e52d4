//! `cairn config show`: what the server would run with.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::CommandError;
use crate::config::Config;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print every setting with the value in force
    Show {
        /// Configuration file
        #[arg(long, env = "CAIRN_CONFIG")]
        config: Option<PathBuf>,
    },
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let Action::Show { config } = &arguments.action;
    let mut settings = Config::load(config.as_deref())?;
    match config {
        Some(path) => println!("# defaults and {}", path.display()),
        None => println!("# defaults: no configuration file is given"),
    }
    settings.database_url = database::without_password(&settings.database_url());
    print!("{}", toml::to_string(&settings)?);
    Ok(ExitCode::SUCCESS)
}
