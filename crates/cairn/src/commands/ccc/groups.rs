//! `cairn ccc groups`

use clap::Subcommand;

use super::client::{Client, add, add_list, given};
use super::output::{Column, Format::Plain};
use crate::commands::CommandError;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// All skill groups
    List,
    /// A new skill group
    Create {
        /// Name, unique in the instance
        name: String,
        /// What it does
        #[arg(long)]
        description: Option<String>,
        /// Member as USER-ID=LEVEL with a level from 1 to 10; may be repeated
        #[arg(long, value_name = "USER-ID=LEVEL")]
        member: Vec<String>,
        /// PhoneNumberId that members may dial out with; may be repeated
        #[arg(long)]
        number: Vec<String>,
    },
}

const COLUMNS: &[Column] = &[
    Column("group", "SkillGroupId", Plain),
    Column("name", "SkillGroupName", Plain),
    Column("strategy", "RoutingStrategy", Plain),
    Column("members", "UserCount", Plain),
    Column("outbound numbers", "OutboundPhoneNumbers.PhoneNumber[].Number", Plain),
    Column("description", "SkillGroupDescription", Plain),
];

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    match action {
        Action::List => {
            let answer = client.call_instance("ListSkillGroups", Vec::new())?;
            client.show(&answer, "/SkillGroups/SkillGroup", COLUMNS);
        }
        Action::Create { name, description, member, number } => {
            let mut parameters = given(&[("Name", name)]);
            add(&mut parameters, "Description", description.as_ref());
            let (users, levels) = members(member)?;
            add_list(&mut parameters, "UserId", &users);
            add_list(&mut parameters, "SkillLevel", &levels);
            add_list(&mut parameters, "OutboundPhoneNumberId", number);
            let answer = client.call_instance("CreateSkillGroup", parameters)?;
            let id = answer["SkillGroupId"].as_str().unwrap_or_default();
            client.done(&answer, &format!("created skill group {id}"));
        }
    }
    Ok(())
}

/// Ids and levels, in the same order.
pub(super) fn members(given: &[String]) -> Result<(Vec<String>, Vec<String>), CommandError> {
    let mut pairs = (Vec::new(), Vec::new());
    for text in given {
        let (id, level) = text.split_once('=').ok_or_else(|| format!("{text:?} is not of the form ID=LEVEL"))?;
        pairs.0.push(id.to_owned());
        pairs.1.push(level.to_owned());
    }
    Ok(pairs)
}
