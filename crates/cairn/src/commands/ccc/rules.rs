//! `cairn ccc rules`: console operations, the public API has none.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::{Client, add};
use crate::commands::{CommandError, table};

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// The rules of the instance
    Get,
    /// Change some of them; the others stay
    Set(Box<Changes>),
}

#[derive(Debug, Args)]
pub(super) struct Changes {
    /// Numbers outside mainland China
    #[arg(long, value_name = "true|false")]
    international: Option<bool>,
    /// Numbers that bill the caller for a service
    #[arg(long, value_name = "true|false")]
    premium: Option<bool>,
    /// Police, ambulance, fire
    #[arg(long, value_name = "true|false")]
    emergency: Option<bool>,
    /// Service numbers of three to eight digits
    #[arg(long, value_name = "true|false")]
    short: Option<bool>,
    /// Prefixes with commas that numbers must have, or none
    #[arg(long)]
    allowed_prefixes: Option<String>,
    /// Prefixes with commas that numbers must not have, or none
    #[arg(long)]
    refused_prefixes: Option<String>,
    /// Calls begun within one second
    #[arg(long)]
    calls_per_second: Option<u32>,
    /// Calls at a time
    #[arg(long)]
    concurrent_calls: Option<u32>,
    /// Seconds between two calls to one callee
    #[arg(long)]
    callee_cool_down: Option<u32>,
    /// Seconds between two calls from one caller to one callee
    #[arg(long)]
    pair_cool_down: Option<u32>,
    /// When nobody is called, UTC+8, such as 21:00-08:00, or none
    #[arg(long)]
    quiet_hours: Option<String>,
}

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    let answer = match action {
        Action::Get => client.call_instance("GetDiallingRules", Vec::new())?,
        Action::Set(changes) => {
            let mut parameters = Vec::new();
            add(&mut parameters, "AllowInternational", changes.international);
            add(&mut parameters, "AllowPremium", changes.premium);
            add(&mut parameters, "AllowEmergency", changes.emergency);
            add(&mut parameters, "AllowShort", changes.short);
            add(&mut parameters, "AllowedPrefixes", changes.allowed_prefixes.as_ref());
            add(&mut parameters, "RefusedPrefixes", changes.refused_prefixes.as_ref());
            add(&mut parameters, "CallsPerSecond", changes.calls_per_second);
            add(&mut parameters, "ConcurrentCalls", changes.concurrent_calls);
            add(&mut parameters, "CalleeCoolDown", changes.callee_cool_down);
            add(&mut parameters, "PairCoolDown", changes.pair_cool_down);
            add(&mut parameters, "QuietHours", changes.quiet_hours.as_ref());
            client.call_instance("SetDiallingRules", parameters)?
        }
    };
    client.done(&answer, &rules_table(&answer["DiallingRules"]));
    Ok(())
}

fn rules_table(rules: &Value) -> String {
    let mut rows = table::new(&["rule", "value"]);
    for (name, value) in rules.as_object().into_iter().flatten() {
        let list = value.as_object().and_then(|wrapper| wrapper.values().next()).and_then(Value::as_array);
        let text = match (list, value) {
            (Some(list), _) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            (None, Value::String(text)) => text.clone(),
            (None, other) => other.to_string(),
        };
        rows.add_row([name.as_str(), if text.is_empty() { "none" } else { &text }]);
    }
    rows.to_string()
}
