//! A generated history of calls, recorded into the data folder of a stopped server or written to files.
//! `cargo xtask demo-data --help`

mod files;
mod record;

use std::path::PathBuf;

use bench::Failure;
use clap::{Args, Parser};
use demo_data::{History, Plan};
use openapi::clock::now_ms;

const SECONDS_OF_A_DAY: i64 = 86_400;

#[derive(Parser)]
#[command(name = "cargo xtask demo-data", about = "Generated events of a call centre, marked as such")]
struct Arguments {
    /// Number of events
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// Days over which they are spread; the last one is yesterday, in UTC
    #[arg(long, default_value_t = 90)]
    days: u64,
    /// Chooses among all histories: the same seed and end make the same events
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End of the last day, Unix seconds [default: the last midnight in UTC]
    #[arg(long)]
    end: Option<i64>,
    /// Account of the events [default: the one that the data folder has events of]
    #[arg(long)]
    account: Option<String>,
    #[command(flatten)]
    destination: Destination,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Destination {
    /// Data folder of a server that is stopped: the events go through recorder, journal and store with their own times
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder for one gzip'd file of JSON lines a day
    #[arg(long)]
    files: Option<PathBuf>,
}

/// Account of files, where no server says another one.
const ACCOUNT_ID: &str = "1059804828509";

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let destination = &arguments.destination;
    let plan = |account_id: String| Plan {
        calls: arguments.events,
        days: arguments.days,
        seed: arguments.seed,
        end_s: arguments.end.unwrap_or_else(|| now_ms().div_euclid(1_000 * SECONDS_OF_A_DAY) * SECONDS_OF_A_DAY),
        account_id,
    };
    match (&destination.data, &destination.files) {
        (Some(data), _) => record::into_data_folder(data, arguments.account.clone(), plan),
        (None, Some(folder)) => {
            let account = arguments.account.clone().unwrap_or_else(|| ACCOUNT_ID.to_owned());
            files::into_folder(folder, &History::new(plan(account)))
        }
        (None, None) => Err("name a data folder with --data, or a folder for files with --files".into()),
    }
}
