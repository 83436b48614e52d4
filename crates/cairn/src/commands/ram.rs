//! `cairn account`, `cairn user`, `cairn key`, `cairn policy`: the RAM operations of everyday use, called like any client calls them.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::api::{Api, RAM};
use super::{CommandError, table};
use crate::credentials::ClientArguments;

#[derive(Debug, Args)]
pub struct AccountArguments {
    #[command(subcommand)]
    action: AccountAction,
    #[command(flatten)]
    client: ClientArguments,
}

#[derive(Debug, Subcommand)]
enum AccountAction {
    /// Create an account; its keys are shown once
    Create {
        /// What people call it
        #[arg(long)]
        name: Option<String>,
    },
    /// List accounts
    Ls,
}

#[derive(Debug, Args)]
pub struct UserArguments {
    #[command(subcommand)]
    action: UserAction,
    #[command(flatten)]
    client: ClientArguments,
}

#[derive(Debug, Subcommand)]
enum UserAction {
    /// Create a RAM user
    Create {
        /// User name
        name: String,
        /// Display name
        #[arg(long)]
        display_name: Option<String>,
    },
    /// List RAM users
    List,
    /// Delete a RAM user without keys, policies and groups
    Delete {
        /// User name
        name: String,
    },
}

#[derive(Debug, Args)]
pub struct KeyArguments {
    #[command(subcommand)]
    action: KeyAction,
    #[command(flatten)]
    client: ClientArguments,
}

#[derive(Debug, Subcommand)]
enum KeyAction {
    /// Create a key; its secret is shown once
    Create {
        /// RAM user; the caller without it
        #[arg(long)]
        user: Option<String>,
    },
    /// List keys
    List {
        /// RAM user; the caller without it
        #[arg(long)]
        user: Option<String>,
    },
    /// Let a disabled key sign again
    Enable(KeyName),
    /// Disable a key
    Disable(KeyName),
    /// Delete a key for good
    Delete(KeyName),
}

#[derive(Debug, Args)]
struct KeyName {
    /// Key id
    id: String,
    /// RAM user; the caller without it
    #[arg(long)]
    user: Option<String>,
}

#[derive(Debug, Args)]
pub struct PolicyArguments {
    #[command(subcommand)]
    action: PolicyAction,
    #[command(flatten)]
    client: ClientArguments,
}

#[derive(Debug, Subcommand)]
enum PolicyAction {
    /// Create a custom policy from a JSON document
    Create {
        /// Policy name
        name: String,
        /// File with the document
        #[arg(long)]
        document: std::path::PathBuf,
    },
    /// List policies, of one user if named
    List {
        /// RAM user
        #[arg(long)]
        user: Option<String>,
    },
    /// Give a policy to a user
    Attach(Attachment),
    /// Take a policy from a user
    Detach(Attachment),
}

#[derive(Debug, Args)]
struct Attachment {
    /// Policy name
    name: String,
    /// RAM user
    #[arg(long)]
    user: String,
    /// The policy is one of the account's own
    #[arg(long)]
    custom: bool,
}

pub fn run_account(arguments: &AccountArguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?;
    match &arguments.action {
        AccountAction::Create { name } => {
            let parameters: Vec<_> = name.as_deref().map(|name| ("AccountName", name)).into_iter().collect();
            let answer = api.call(RAM, "CreateAccount", &parameters)?;
            let (root, administrator) = (&answer["RootAccessKey"], &answer["AdministratorAccessKey"]);
            println!("account id            {}", text(&answer, "AccountId"));
            println!("root access key       {}", text(root, "AccessKeyId"));
            println!("root secret           {}", text(root, "AccessKeySecret"));
            println!("administrator         {}", text(&answer, "AdministratorName"));
            println!("administrator key     {}", text(administrator, "AccessKeyId"));
            println!("administrator secret  {}", text(administrator, "AccessKeySecret"));
            println!("The secrets are shown once: keep them.");
        }
        AccountAction::Ls => {
            let answer = api.call(RAM, "ListAccounts", &[])?;
            let mut rows = table::new(&["account", "name", "created"]);
            for account in list(&answer["Accounts"]["Account"]) {
                rows.add_row([text(account, "AccountId"), text(account, "AccountName"), text(account, "CreateDate")]);
            }
            println!("{rows}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub fn run_user(arguments: &UserArguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?;
    match &arguments.action {
        UserAction::Create { name, display_name } => {
            let mut parameters = vec![("UserName", name.as_str())];
            parameters.extend(display_name.as_deref().map(|display_name| ("DisplayName", display_name)));
            let answer = api.call(RAM, "CreateUser", &parameters)?;
            println!("created user {name} with id {}", text(&answer["User"], "UserId"));
        }
        UserAction::List => list_users(&api)?,
        UserAction::Delete { name } => {
            api.call(RAM, "DeleteUser", &[("UserName", name)])?;
            println!("deleted user {name}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list_users(api: &Api) -> Result<(), CommandError> {
    let mut rows = table::new(&["user", "id", "display name", "created"]);
    let mut marker = String::new();
    loop {
        let mut parameters = vec![("MaxItems", "100")];
        parameters.extend(Some(("Marker", marker.as_str())).filter(|(_, marker)| !marker.is_empty()));
        let answer = api.call(RAM, "ListUsers", &parameters)?;
        for user in list(&answer["Users"]["User"]) {
            rows.add_row([
                text(user, "UserName"),
                text(user, "UserId"),
                text(user, "DisplayName"),
                text(user, "CreateDate"),
            ]);
        }
        if answer["IsTruncated"] != Value::Bool(true) {
            break;
        }
        marker = text(&answer, "Marker").to_owned();
    }
    println!("{rows}");
    Ok(())
}

pub fn run_key(arguments: &KeyArguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?;
    match &arguments.action {
        KeyAction::Create { user } => {
            let answer = api.call(RAM, "CreateAccessKey", &of_user(user))?;
            let key = &answer["AccessKey"];
            println!(
                "access key  {}\nsecret      {}\nThe secret is shown once: keep it.",
                text(key, "AccessKeyId"),
                text(key, "AccessKeySecret")
            );
        }
        KeyAction::List { user } => {
            let answer = api.call(RAM, "ListAccessKeys", &of_user(user))?;
            let mut rows = table::new(&["access key", "status", "created"]);
            for key in list(&answer["AccessKeys"]["AccessKey"]) {
                rows.add_row([text(key, "AccessKeyId"), text(key, "Status"), text(key, "CreateDate")]);
            }
            println!("{rows}");
        }
        KeyAction::Enable(key) => set_status(&api, key, "Active")?,
        KeyAction::Disable(key) => set_status(&api, key, "Inactive")?,
        KeyAction::Delete(key) => {
            let mut parameters = of_user(&key.user);
            parameters.push(("UserAccessKeyId", &key.id));
            api.call(RAM, "DeleteAccessKey", &parameters)?;
            println!("deleted key {}", key.id);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn set_status(api: &Api, key: &KeyName, status: &str) -> Result<(), CommandError> {
    let mut parameters = of_user(&key.user);
    parameters.extend([("UserAccessKeyId", key.id.as_str()), ("Status", status)]);
    api.call(RAM, "UpdateAccessKey", &parameters)?;
    println!("key {} is now {status}", key.id);
    Ok(())
}

pub fn run_policy(arguments: &PolicyArguments) -> Result<ExitCode, CommandError> {
    let api = Api::from_arguments(&arguments.client)?;
    match &arguments.action {
        PolicyAction::Create { name, document } => {
            let document = std::fs::read_to_string(document)
                .map_err(|error| format!("cannot read {}: {error}", document.display()))?;
            api.call(RAM, "CreatePolicy", &[("PolicyName", name), ("PolicyDocument", &document)])?;
            println!("created policy {name}");
        }
        PolicyAction::List { user } => {
            let answer = match user {
                Some(user) => api.call(RAM, "ListPoliciesForUser", &[("UserName", user)])?,
                None => api.call(RAM, "ListPolicies", &[("MaxItems", "1000")])?,
            };
            let mut rows = table::new(&["policy", "type", "description"]);
            for policy in list(&answer["Policies"]["Policy"]) {
                rows.add_row([text(policy, "PolicyName"), text(policy, "PolicyType"), text(policy, "Description")]);
            }
            println!("{rows}");
        }
        PolicyAction::Attach(attachment) => attach(&api, "AttachPolicyToUser", attachment, "given to")?,
        PolicyAction::Detach(attachment) => attach(&api, "DetachPolicyFromUser", attachment, "taken from")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn attach(api: &Api, operation: &str, attachment: &Attachment, done: &str) -> Result<(), CommandError> {
    let policy_type = if attachment.custom { "Custom" } else { "System" };
    api.call(
        RAM,
        operation,
        &[("PolicyName", &attachment.name), ("PolicyType", policy_type), ("UserName", &attachment.user)],
    )?;
    println!("policy {} {done} user {}", attachment.name, attachment.user);
    Ok(())
}

fn of_user(user: &Option<String>) -> Vec<(&'static str, &str)> {
    user.as_deref().map(|user| ("UserName", user)).into_iter().collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
