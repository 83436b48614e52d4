//! `cairn ccc settings`. The public API reads settings; changing them is a console operation.

use clap::Subcommand;
use serde_json::Value;

use super::client::{Client, add, given};
use super::output::{Column, Format::Plain};
use crate::commands::CommandError;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// All settings of the instance, or those named
    Get {
        /// Name, such as AllowHangup
        name: Vec<String>,
    },
    /// Set one
    Set {
        /// Name, such as AllowHangup
        name: String,
        /// Value, always as text
        value: String,
    },
    /// How many users the instance may have, and how many agents may be at work at a time
    Limits {
        /// Users
        #[arg(long, required_unless_present = "max_online_agents")]
        max_users: Option<u32>,
        /// Agents at work
        #[arg(long)]
        max_online_agents: Option<u32>,
    },
}

const COLUMNS: &[Column] = &[Column("setting", "Name", Plain), Column("value", "Value", Plain)];

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    match action {
        Action::Get { name } => {
            let mut parameters = Vec::new();
            for (index, name) in (1..).zip(name) {
                let item = serde_json::json!({"Name": name, "DimensionName": "instance"});
                parameters.push((format!("ConfigItem.{index}"), item.to_string()));
            }
            let answer = client.call_instance("ListConfig", parameters)?;
            client.show(&answer, "/ConfigItems/ConfigItem", COLUMNS);
        }
        Action::Set { name, value } => {
            let answer = client.call_instance("SetConfigItem", given(&[("Name", name), ("Value", value)]))?;
            client.done(&answer, &format!("{name} is {value} now"));
        }
        Action::Limits { max_users, max_online_agents } => {
            let mut parameters = Vec::new();
            add(&mut parameters, "MaxUsers", *max_users);
            add(&mut parameters, "MaxOnlineAgents", *max_online_agents);
            let answer = client.call_instance("SetInstanceLimits", parameters)?;
            let number = |name: &str| answer[name].as_i64().map_or(Value::Null, Value::from);
            let (users, agents) = (number("MaxUsers"), number("MaxOnlineAgents"));
            client.done(&answer, &format!("at most {users} users, at most {agents} agents at work"));
        }
    }
    Ok(())
}
