//! `cairn store`: verifies the segments of a data folder, builds broken indexes again, and, through a running server, says
//! how long events are kept.

mod keeping;

use std::path::PathBuf;
use std::process::ExitCode;

use ::store::write::{
    Catalogue, CatalogueState, SqlCatalogue, check_filters, check_store, forget_filters, migrate_catalogue,
    rebuild_index,
};
use clap::{Args, Subcommand};
use database::Database;
use tokio::runtime::Runtime;

use super::CommandError;
use crate::config::Config;
use crate::data_folder::{DataFolder, filters_folder, journal_folder};
use crate::segment_files::open_whole;
use crate::server::schemas;

/// How often a check begins again when the catalogue changed under it.
const CHECKS_OF_A_CHANGING_STORE: usize = 3;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Verify every checksum of every segment, and that catalogue, files and journal agree; the exit code tells whether all
    /// is well
    Check(Place),
    /// Build the indexes of segments again from their Parquet files; the server must be stopped
    RebuildIndex {
        #[command(flatten)]
        place: Place,
        /// Only this segment, by the name that `check` shows, with or without its ending
        #[arg(long)]
        segment: Option<String>,
    },
    /// Legal holds: events of a time range that are kept beyond their retention, until released
    Hold(keeping::HoldArguments),
    /// How long the account's events are kept
    Retention(keeping::RetentionArguments),
}

/// Which server's data.
#[derive(Debug, Args)]
struct Place {
    /// Data folder [default: ./cairn-data]
    data: Option<PathBuf>,
    /// Configuration file
    #[arg(long, env = "CAIRN_CONFIG")]
    config: Option<PathBuf>,
}

impl Place {
    fn config(&self) -> Result<Config, CommandError> {
        let mut config = Config::load(self.config.as_deref())?;
        config.data = self.data.clone().unwrap_or(config.data);
        if !config.data.is_dir() {
            return Err(format!("{} is not a data folder: name the one of the server", config.data.display()).into());
        }
        Ok(config)
    }
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    match &arguments.action {
        Action::Check(place) => check(&place.config()?),
        Action::RebuildIndex { place, segment } => rebuild(&place.config()?, segment.as_deref()),
        Action::Hold(arguments) => keeping::hold(arguments),
        Action::Retention(arguments) => keeping::retention(arguments),
    }
}

fn check(config: &Config) -> Result<ExitCode, CommandError> {
    let journal = ::journal::check(&journal_folder(&config.data))?;
    let known = schemas();
    let streams = journal.streams.iter().filter(|(name, _)| known.of(name.as_str()).is_some());
    let streams: Vec<_> = streams.map(|(name, (first, last))| (name.as_str().to_owned(), *first, *last)).collect();
    let runtime = Runtime::new()?;
    let mut state = load(config, &runtime)?;
    let storage = open_whole(&config.store, &config.data, runtime.handle(), false)?;
    // An object storage that is away would look like damage to every segment.
    storage.list()?;
    let positions = (!journal.in_use).then_some(streams.as_slice());
    let mut report = check_store(&state, &*storage, &schemas(), positions)?;
    // A server that is running may have replaced segments meanwhile, which are no damage then.
    for _ in 0..CHECKS_OF_A_CHANGING_STORE {
        if report.is_sound() {
            break;
        }
        let now = load(config, &runtime)?;
        if now == state {
            break;
        }
        state = now;
        report = check_store(&state, &*storage, &schemas(), positions)?;
    }
    match check_filters(&state, &*storage, &filters_folder(&config.data)) {
        Ok(damages) => report.damages.extend(damages),
        Err(error) => report.damages.push(error.to_string()),
    }
    println!("{report}");
    if journal.in_use {
        println!("a server is running: that the journal agrees can only be told when it is stopped");
    }
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rebuild(config: &Config, segment: Option<&str>) -> Result<ExitCode, CommandError> {
    let _alone = DataFolder::open(&config.data)?;
    let runtime = Runtime::new()?;
    let state = load(config, &runtime)?;
    let wanted = segment.map(|name| name.trim_end_matches(".idx").trim_end_matches(".parquet"));
    let entries: Vec<_> =
        state.segments.iter().filter(|entry| wanted.is_none_or(|wanted| entry.name == wanted)).collect();
    if let (Some(wanted), true) = (wanted, entries.is_empty()) {
        return Err(format!("there is no segment {wanted}; `cairn store check` shows the names of broken ones").into());
    }
    let storage = open_whole(&config.store, &config.data, runtime.handle(), true)?;
    // They were made from indexes; the server makes them anew.
    forget_filters(&filters_folder(&config.data))?;
    for entry in &entries {
        rebuild_index(entry, &*storage, &schemas())?;
    }
    println!("built {} indexes", entries.len());
    Ok(ExitCode::SUCCESS)
}

fn load(config: &Config, runtime: &Runtime) -> Result<CatalogueState, CommandError> {
    let database = runtime.block_on(async {
        let database = Database::open(&config.database_url()).await?;
        migrate_catalogue(&database).await?;
        Ok::<_, database::DatabaseError>(database)
    })?;
    let state = SqlCatalogue::new(database.clone(), runtime.handle().clone()).load()?;
    runtime.block_on(database.close());
    Ok(state)
}
