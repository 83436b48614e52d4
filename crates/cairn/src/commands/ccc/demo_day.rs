//! `cairn ccc demo-day`: a console operation, the public API has none.

use clap::Args;

use super::client::{Client, add, given};
use crate::commands::CommandError;

#[derive(Debug, Args)]
pub(super) struct DemoDay {
    /// A day that is over, UTC+8, such as 2026-03-01
    date: String,
    /// The same seed gives the same day
    #[arg(long)]
    seed: Option<u32>,
}

pub(super) fn run(client: &Client, demo_day: &DemoDay) -> Result<(), CommandError> {
    let mut parameters = given(&[("Date", &demo_day.date)]);
    add(&mut parameters, "Seed", demo_day.seed);
    let answer = client.call_instance("GenerateDemoDay", parameters)?;
    let contacts = &answer["DemoDay"]["Contacts"];
    client.done(&answer, &format!("{} has {contacts} generated contacts now; see `cairn ccc reports`", demo_day.date));
    Ok(())
}
