//! `cairn ccc instances`

use clap::Subcommand;

use super::client::{Client, add, add_list, given};
use super::output::{
    Column,
    Format::{Plain, Time},
};
use crate::commands::CommandError;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// The instances that the caller belongs to
    List,
    /// One instance as JSON
    Show,
    /// A new instance
    Create {
        /// Name, unique in the account
        name: String,
        /// Domain name, unique everywhere: letters, digits, hyphens
        #[arg(long)]
        domain: String,
        /// What it is for
        #[arg(long)]
        description: Option<String>,
        /// Days that recordings are kept
        #[arg(long, default_value_t = 180)]
        storage_days: u32,
        /// Size of all recordings, GB
        #[arg(long, default_value_t = 100)]
        storage_gb: u32,
        /// RAM user id of an administrator; the caller without one
        #[arg(long)]
        admin: Vec<String>,
    },
}

const COLUMNS: &[Column] = &[
    Column("instance", "InstanceId", Plain),
    Column("name", "InstanceName", Plain),
    Column("domain", "DomainName", Plain),
    Column("status", "Status", Plain),
    Column("numbers", "PhoneNumbers.PhoneNumber[].Number", Plain),
    Column("created (UTC+8)", "CreatedTime", Time),
    Column("description", "InstanceDescription", Plain),
];

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    match action {
        Action::List => {
            let answer = client.call("ListInstancesOfUser", &Vec::new())?;
            client.show(&answer, "/Instances/CallCenterInstance", COLUMNS);
        }
        Action::Show => {
            let answer = client.call_instance("GetInstance", Vec::new())?;
            println!("{:#}", answer["Instance"]);
        }
        Action::Create { name, domain, description, storage_days, storage_gb, admin } => {
            let mut parameters = given(&[("Name", name), ("DomainName", domain)]);
            add(&mut parameters, "StorageMaxDays", Some(storage_days));
            add(&mut parameters, "StorageMaxSize", Some(storage_gb));
            add(&mut parameters, "Description", description.as_ref());
            add_list(&mut parameters, "AdminRamId", admin);
            let answer = client.call("CreateInstance", &parameters)?;
            let id = answer["Instance"]["InstanceId"].as_str().unwrap_or_default();
            client.done(&answer, &format!("created instance {id}"));
        }
    }
    Ok(())
}
