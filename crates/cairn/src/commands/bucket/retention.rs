//! `cairn bucket worm`: write-once retention.

use ::bucket::client::BucketClient;
use clap::{Args, Subcommand};

use crate::commands::{CommandError, table};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The policy of a bucket
    Status {
        /// Bucket
        bucket: String,
    },
    /// Protect every object for so many days from its last change on; ends by itself after a day unless it is locked
    Init {
        /// Bucket
        bucket: String,
        /// Days, 1 to 25550
        #[arg(long)]
        days: i64,
    },
    /// Lock a policy; nobody can take that back
    Lock {
        /// Bucket
        bucket: String,
        /// Id of the policy, as `status` shows it
        id: String,
    },
    /// Make a locked policy longer
    Extend {
        /// Bucket
        bucket: String,
        /// Id of the policy, as `status` shows it
        id: String,
        /// Days, more than now
        #[arg(long)]
        days: i64,
    },
    /// End a policy that is not locked
    Abort {
        /// Bucket
        bucket: String,
    },
}

pub(super) fn run(client: &BucketClient, arguments: &Arguments) -> Result<(), CommandError> {
    match &arguments.action {
        Action::Status { bucket } => show(client, bucket)?,
        Action::Init { bucket, days } => println!("{}", client.initiate_retention(bucket, *days)?),
        Action::Lock { bucket, id } => client.lock_retention(bucket, id)?,
        Action::Extend { bucket, id, days } => client.extend_retention(bucket, id, *days)?,
        Action::Abort { bucket } => client.abort_retention(bucket)?,
    }
    Ok(())
}

fn show(client: &BucketClient, bucket: &str) -> Result<(), CommandError> {
    let Some(retention) = client.retention(bucket)? else {
        println!("{bucket} has no retention policy");
        return Ok(());
    };
    let mut table = table::new(&["Id", "State", "Days", "Created"]);
    table.add_row([retention.worm_id, retention.state, retention.days.to_string(), retention.creation_date]);
    println!("{table}");
    Ok(())
}
