//! `cairn ccc numbers`

use clap::{Subcommand, ValueEnum};
use serde_json::Value;

use super::client::{Client, Parameters, add, add_list, given};
use super::output::{
    Column,
    Format::{Plain, Time},
};
use crate::commands::CommandError;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// The numbers of the instance
    List {
        /// Only those that calls may go out with
        #[arg(long)]
        outbound: bool,
    },
    /// The numbers of the account, bound or not
    Owned,
    /// Buy numbers for the account
    Buy {
        /// Number; may be repeated
        #[arg(required = true)]
        number: Vec<String>,
    },
    /// Give up numbers that are bound to no instance
    Release {
        /// Number; may be repeated
        #[arg(required = true)]
        number: Vec<String>,
    },
    /// Bind bought numbers to the instance
    Add {
        /// Number; may be repeated
        #[arg(required = true)]
        number: Vec<String>,
        /// What it is for
        #[arg(long, value_enum, default_value = "bidirection")]
        usage: Usage,
        /// ContactFlowId of the flow that takes its calls
        #[arg(long)]
        flow: Option<String>,
        /// SkillGroupId that may dial out with it; may be repeated
        #[arg(long)]
        group: Vec<String>,
    },
    /// Unbind a number
    Remove {
        /// PhoneNumberId
        id: String,
    },
    /// Note that fees are owed for a number of the account, or no longer
    Arrears {
        /// Number
        number: String,
        /// The fees are paid
        #[arg(long)]
        paid: bool,
    },
    /// May this number be called now?
    Check {
        /// Number to be called
        callee: String,
        /// Number of the instance to call with
        #[arg(long)]
        caller: Option<String>,
    },
    /// Where a number is at home
    Region {
        /// Number
        number: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Usage {
    /// Takes calls
    Inbound,
    /// Makes calls
    Outbound,
    /// Both
    Bidirection,
}

impl Usage {
    fn name(self) -> &'static str {
        match self {
            Usage::Inbound => "Inbound",
            Usage::Outbound => "Outbound",
            Usage::Bidirection => "Bidirection",
        }
    }
}

const COLUMNS: &[Column] = &[
    Column("id", "PhoneNumberId", Plain),
    Column("number", "Number", Plain),
    Column("usage", "Usage", Plain),
    Column("outbound", "AllowOutbound", Plain),
    Column("lines", "Trunks", Plain),
    Column("province", "Province", Plain),
    Column("city", "City", Plain),
    Column("flow", "ContactFlow.ContactFlowName", Plain),
    Column("skill groups", "SkillGroups.SkillGroup[].SkillGroupName", Plain),
];

const OWNED_COLUMNS: &[Column] = &[
    Column("number", "Number", Plain),
    Column("instance", "InstanceId", Plain),
    Column("bought (UTC+8)", "BoughtTime", Time),
    Column("in arrears", "InArrears", Plain),
    Column("province", "Province", Plain),
    Column("city", "City", Plain),
];

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    match action {
        Action::List { outbound } => {
            let answer = client.call_instance("ListPhoneNumbers", given(&[("OutboundOnly", &outbound.to_string())]))?;
            client.show(&answer, "/PhoneNumbers/PhoneNumber", COLUMNS);
        }
        Action::Owned => {
            let parameters = given(&[("PageNumber", "1"), ("PageSize", "1000")]);
            let answer = client.call("ListOwnedPhoneNumbers", &parameters)?;
            client.show(&answer, "/PhoneNumbers/List/PhoneNumber", OWNED_COLUMNS);
        }
        Action::Buy { number } => {
            let answer = client.call("BuyPhoneNumbers", &listed(number))?;
            refused(client, &answer, "bought", &answer["PhoneNumbers"]["PhoneNumber"]);
        }
        Action::Release { number } => {
            let answer = client.call("ReleasePhoneNumbers", &listed(number))?;
            client.done(&answer, &format!("released {} numbers", number.len()));
        }
        Action::Add { number, usage, flow, group } => {
            let mut parameters = listed(number);
            add(&mut parameters, "Usage", Some(usage.name()));
            add(&mut parameters, "ContactFlowId", flow.as_ref());
            add_list(&mut parameters, "SkillGroupId", group);
            let answer = client.call_instance("AddBulkPhoneNumbers", parameters)?;
            refused(client, &answer, "bound", &answer["PhoneNumbers"]["PhoneNumber"]);
        }
        Action::Remove { id } => {
            let answer = client.call_instance("RemovePhoneNumber", given(&[("PhoneNumberId", id)]))?;
            client.done(&answer, &format!("removed {id} from the instance"));
        }
        Action::Arrears { number, paid } => {
            let owed = (!paid).to_string();
            let parameters = given(&[("PhoneNumber", number), ("InArrears", &owed)]);
            let answer = client.call("SetPhoneNumberArrears", &parameters)?;
            client.done(&answer, if *paid { "fees are paid" } else { "fees are owed" });
        }
        Action::Check { callee, caller } => check(client, callee, caller.as_deref())?,
        Action::Region { number } => {
            let answer = client.call_instance("GetNumberRegionInfo", given(&[("Number", number)]))?;
            let region = &answer["PhoneNumber"];
            let text = |name: &str| region[name].as_str().unwrap_or_default();
            client.done(&answer, &format!("{}: {} {}", text("Number"), text("Province"), text("City")));
        }
    }
    Ok(())
}

fn listed(numbers: &[String]) -> Parameters {
    let mut parameters = Vec::new();
    add_list(&mut parameters, "PhoneNumber", numbers);
    parameters
}

/// How many were done, and each list of numbers that were not.
fn refused(client: &Client, answer: &Value, done: &str, numbers: &Value) {
    let mut sentence = format!("{done} {} numbers", numbers.as_array().map_or(0, Vec::len));
    for (list, element, why) in [
        ("FailedPhoneNumbers", "FailedPhoneNumber", "failed"),
        ("ArrearagePhoneNumbers", "ArrearagePhoneNumber", "in arrears"),
        // The misspelled one is spelled so in CCC 2017-07-05, "AddBulkPhoneNumbers".
        ("UserdPhoneNumbers", "UserdPhoneNumber", "in use"),
    ] {
        let refused: Vec<&str> =
            answer[list][element].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !refused.is_empty() {
            sentence.push_str(&format!("; {why}: {}", refused.join(", ")));
        }
    }
    client.done(answer, &sentence);
}

fn check(client: &Client, callee: &str, caller: Option<&str>) -> Result<(), CommandError> {
    let mut parameters = given(&[("Callee", callee)]);
    add(&mut parameters, "Caller", caller);
    let answer = client.call_instance("CheckNumberAvaliable", parameters)?;
    let verdict = |name: &str, what: &str| {
        let found = &answer[name];
        match (found["Avaliable"].as_bool(), found["Reason"].as_str()) {
            (Some(true), _) => format!("{what}: may be used"),
            (Some(false), reason) => format!("{what}: {}", reason.unwrap_or("may not be used")),
            (None, _) => String::new(),
        }
    };
    let sentences = [verdict("CalleeAvaliable", "callee"), verdict("CallerAvaliable", "caller")];
    client.done(&answer, sentences.join("\n").trim_end());
    Ok(())
}
