//! `cairn ccc messages`: short messages and their templates. The public API sends and reads; the rest is the console's.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::{Client, Parameters, add, add_list, given};
use super::output::{
    Column,
    Format::{Plain, Time},
};
use crate::commands::CommandError;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Messages that were sent, newest first
    List {
        /// Most messages to show
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Only to this number
        #[arg(long)]
        number: Option<String>,
        /// Only of this sending
        #[arg(long)]
        biz_id: Option<String>,
    },
    /// Send a message by a template
    Send {
        /// Template's id, see `templates`
        template: i64,
        /// Number; may be repeated
        #[arg(required = true)]
        number: Vec<String>,
        /// Variable of the template as NAME=VALUE; may be repeated
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
    },
    /// The templates of all scenarios
    Templates,
    /// A new template
    AddTemplate(Template),
    /// Delete a template; messages that were sent by it stay
    DeleteTemplate {
        /// Template's id
        id: i64,
    },
}

#[derive(Debug, Args)]
pub(super) struct Template {
    /// Name for people
    name: String,
    /// Signature, shown in 【】 before the text
    #[arg(long)]
    sign_name: String,
    /// The provider's code of the template, such as SMS_15305
    #[arg(long)]
    code: String,
    /// Text with variables, such as "order ${order} is ready"
    #[arg(long)]
    text: String,
    /// 1 survey, 2 contact flow, 3 missed call
    #[arg(long, default_value_t = 2)]
    scenario: u8,
}

const COLUMNS: &[Column] = &[
    Column("time (UTC+8)", "CreateTime", Time),
    Column("number", "PhoneNumber", Plain),
    Column("state", "State", Plain),
    Column("text", "Text", Plain),
    Column("cause", "Cause", Plain),
    Column("sending", "BizId", Plain),
];

const TEMPLATE_COLUMNS: &[Column] = &[
    Column("template", "Id", Plain),
    Column("name", "Name", Plain),
    Column("scenario", "Scenario", Plain),
    Column("signature", "SignName", Plain),
    Column("code", "TemplateCode", Plain),
    Column("text", "Description", Plain),
];

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    match action {
        Action::List { limit, number, biz_id } => {
            let mut parameters = Vec::new();
            add(&mut parameters, "PhoneNumber", number.as_ref());
            add(&mut parameters, "BizId", biz_id.as_ref());
            let messages = client.pages("ListShortMessages", &parameters, "ShortMessages", "ShortMessage", *limit)?;
            client.show_rows(&messages, COLUMNS);
        }
        Action::Send { template, number, set } => {
            let mut parameters = given(&[("PhoneNumbers", &number.join(","))]);
            add(&mut parameters, "ConfigId", Some(template));
            add(&mut parameters, "TemplateParam", variables(set)?);
            let answer = client.call_instance("SendPredefinedShortMessage", parameters)?;
            client.done(&answer, &format!("sent as {}", answer["BizId"].as_str().unwrap_or_default()));
        }
        Action::Templates => {
            let mut parameters = Vec::new();
            add_list(&mut parameters, "Scenario", &["1".to_owned(), "2".to_owned(), "3".to_owned()]);
            let answer = client.call_instance("GetSmsConfig", parameters)?;
            client.show(&answer, "/SmsConfigs/SmsConfig", TEMPLATE_COLUMNS);
        }
        Action::AddTemplate(template) => {
            let answer = client.call_instance("CreateSmsConfig", template.parameters())?;
            client.done(&answer, &format!("created template {}", answer["SmsConfig"]["Id"]));
        }
        Action::DeleteTemplate { id } => {
            let answer = client.call_instance("DeleteSmsConfig", given(&[("ConfigId", &id.to_string())]))?;
            client.done(&answer, &format!("deleted template {id}"));
        }
    }
    Ok(())
}

impl Template {
    fn parameters(&self) -> Parameters {
        given(&[
            ("Name", &self.name),
            ("SignName", &self.sign_name),
            ("TemplateCode", &self.code),
            ("Description", &self.text),
            ("Scenario", &self.scenario.to_string()),
        ])
    }
}

/// `NAME=VALUE` texts as the JSON object of the operation; none if there are none.
fn variables(set: &[String]) -> Result<Option<String>, CommandError> {
    let mut object = serde_json::Map::new();
    for text in set {
        let (name, value) = text.split_once('=').ok_or_else(|| format!("{text:?} is not of the form NAME=VALUE"))?;
        object.insert(name.to_owned(), value.into());
    }
    Ok(Some(object).filter(|object| !object.is_empty()).map(|object| Value::Object(object).to_string()))
}
