//! CreateInstance: a new call centre, ready to use when the call returns.
//!
//! Numbers that are bound elsewhere and users that cannot be made do not fail the call: the answer lists them, as the
//! public answer has lists for both.

use std::collections::{BTreeMap, HashSet};

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, Principal, ValueFault, wrapped_list};
use serde_json::Value;
use sqlx::AnyConnection;

use crate::center::{CallCenter, CallCenterError, new_id, without_repetitions};
use crate::errors::{
    EXISTS_DOMAIN_NAME, EXISTS_INSTANCE_NAME, NOT_EXIST_USER, PARAMETER_FORMAT, PARAMETER_MAXIMUM, no_such_instance,
};
use crate::instance::rows::{Instance, Scope, Taken, insert};
use crate::instance::{first_users, view};
use crate::limits::{
    DEFAULT_MAX_ONLINE_AGENTS, MAX_DOMAIN_NAME_CHARS, MAX_ID_CHARS, MAX_INSTANCE_DESCRIPTION_WIDTH,
    MAX_INSTANCE_NAME_WIDTH, MAX_LIST_ELEMENTS, MAX_STORAGE, MAX_USERS_PER_CALL,
};
use crate::operations::{ACCOUNT_ARN, INSTANCE_RESOURCE, RAM_USER_RESOURCE};
use crate::phone_number::rows::{Binding, NewBinding};
use crate::phone_number::{PhoneNumber, Usage};
use crate::product::{missing, unfit};
use crate::ram_users::RamUser;
use crate::text::{check_name, check_text};
use crate::user::Role;
use crate::user::rows::NewUser;
use crate::{config, contact_flow, phone_number, skill_group, user};

/// CCC 2017-07-05, "CreateInstance".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("CreateInstance")
    .takes(&[
        Parameter::text("Name").required(),
        Parameter::text_of("DomainName", 1, MAX_DOMAIN_NAME_CHARS).required(),
        Parameter::integer("StorageMaxDays", 1, MAX_STORAGE).required(),
        Parameter::integer("StorageMaxSize", 1, MAX_STORAGE).required(),
        Parameter::text("Description"),
        Parameter::text_of("DirectoryId", 1, MAX_ID_CHARS),
        Parameter::text_of("AdminRamId", 1, MAX_ID_CHARS).list(MAX_USERS_PER_CALL),
        Parameter::text("PhoneNumber"),
        Parameter::text("PhoneNumbers").list(MAX_LIST_ELEMENTS),
        Parameter::json("UserObject").list(MAX_USERS_PER_CALL),
    ])
    .permission_on(ACCOUNT_ARN)
    .creates(INSTANCE_RESOURCE)
    .answers(&["Instance"])
    .fails_with(&[
        EXISTS_INSTANCE_NAME.code,
        EXISTS_DOMAIN_NAME.code,
        NOT_EXIST_USER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

/// `Status` of an instance that serves calls.
const RUNNING: &str = "Running";

pub(crate) async fn create_instance(center: &CallCenter, call: &Call) -> HandlerResult {
    let instance = new_instance(call)?;
    let administrators = administrators(center, call)?;
    let asked_users = first_users::asked(call)?;

    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if let Some(taken) = insert(&mut transaction, &instance).await? {
        return Err(name_taken(taken, &instance));
    }
    insert_administrators(&mut transaction, &instance, &administrators).await?;
    config::rows::insert_defaults(&mut transaction, &instance.id).await?;
    skill_group::insert_default(&mut transaction, &instance.id, instance.created_at_ms).await?;
    let (bound, refused) = bind_numbers(&mut transaction, &instance, call).await?;
    contact_flow::give_to_instance(&mut transaction, &instance.id, &call.caller.principal_id(), instance.created_at_ms)
        .await?;
    let created = view::instances(&mut transaction, Scope::Instance(&instance.id)).await?.pop();
    center.commit(transaction, &instance.id).await?;
    let (made, failed) = first_users::create(center, &instance, asked_users).await;

    let mut body = created.ok_or_else(|| no_such_instance(&instance.id))?;
    let mut add = |list: &str, element: &str, texts: Vec<String>| {
        body.insert(list.to_owned(), wrapped_list(element, texts.into_iter().map(Value::from).collect()))
    };
    add("SuccessLoginNames", "SuccessLoginName", made.clone());
    add("FailLoginNames", "FailLoginName", failed);
    add("SuccessPhoneNumbers", "SuccessPhoneNumber", bound);
    add("FailPhoneNumbers", "FailPhoneNumber", refused);
    let answer = Answer::empty().with("Instance", body).resource_name(instance.id);
    Ok(made.into_iter().fold(answer, |answer, login_name| answer.references(RAM_USER_RESOURCE, login_name)))
}

fn new_instance(call: &Call) -> Result<Instance, ApiError> {
    let account_id = call.caller.account_id.clone();
    let name = call.text("Name").ok_or_else(|| missing("Name"))?;
    let domain_name = call.text("DomainName").ok_or_else(|| missing("DomainName"))?;
    let description = call.text("Description").unwrap_or_default();
    check_name("Name", name, MAX_INSTANCE_NAME_WIDTH)?;
    check_domain_name(domain_name)?;
    check_text("Description", description, MAX_INSTANCE_DESCRIPTION_WIDTH)?;
    let id = new_id();
    Ok(Instance {
        name: name.to_owned(),
        domain_name: domain_name.to_owned(),
        description: description.to_owned(),
        directory_id: call.text("DirectoryId").unwrap_or(&account_id).to_owned(),
        tenant_id: format!("acc{account_id}"),
        status: RUNNING.to_owned(),
        max_online_agents: DEFAULT_MAX_ONLINE_AGENTS,
        // A lawful bucket name: 3 to 63 lower-case letters, digits and hyphens.
        storage_bucket: format!("ccc-{id}"),
        storage_max_days: call.integer("StorageMaxDays").ok_or_else(|| missing("StorageMaxDays"))?,
        storage_max_size_gb: call.integer("StorageMaxSize").ok_or_else(|| missing("StorageMaxSize"))?,
        created_at_ms: call.arrived_at_ms,
        account_id,
        id,
    })
}

/// The domain name is a label of the workbench's host name: letters, digits and hyphens, none of these at an end.
fn check_domain_name(domain_name: &str) -> Result<(), ApiError> {
    if domain_name.len() > MAX_DOMAIN_NAME_CHARS {
        let expected = format!("it must have at most {MAX_DOMAIN_NAME_CHARS} characters");
        return Err(unfit(ValueFault::Maximum, "DomainName", expected));
    }
    let letters = domain_name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if letters && !domain_name.is_empty() && !domain_name.starts_with('-') && !domain_name.ends_with('-') {
        return Ok(());
    }
    Err(unfit(
        ValueFault::Format,
        "DomainName",
        "it must be made of letters, digits and hyphens, and neither begin nor end with a hyphen",
    ))
}

/// The RAM users that administer the new instance; the first is its primary user.
fn administrators(center: &CallCenter, call: &Call) -> Result<Vec<RamUser>, ApiError> {
    let caller = &call.caller;
    let mut ids = without_repetitions(call.list("AdminRamId"));
    if ids.is_empty() {
        ids.push(match &caller.principal {
            Principal::User { user_id, .. } => user_id,
            // A role cannot be a user of an instance: the account stands in for its sessions.
            Principal::Root | Principal::RoleSession { .. } => &caller.account_id,
        });
    }
    ids.into_iter().map(|id| center.ram_user(&caller.account_id, id)).collect()
}

fn name_taken(taken: Taken, instance: &Instance) -> ApiError {
    match taken {
        Taken::Name => EXISTS_INSTANCE_NAME.error(format!(
            "call center instance name '{}' exists already in this account: choose another Name.",
            instance.name
        )),
        Taken::DomainName => EXISTS_DOMAIN_NAME
            .error(format!("domain name '{}' is taken: choose another DomainName.", instance.domain_name)),
    }
}

async fn insert_administrators(
    connection: &mut AnyConnection,
    instance: &Instance,
    administrators: &[RamUser],
) -> Result<(), CallCenterError> {
    user::rows::insert_roles(connection, &instance.id).await?;
    for (ordinal, ram_user) in (0_i64..).zip(administrators) {
        let user = NewUser {
            instance_id: &instance.id,
            ram_user,
            role: Role::Admin,
            is_primary: ordinal == 0,
            ordinal,
            created_at_ms: instance.created_at_ms,
        };
        user::rows::insert_user(connection, &user).await?;
    }
    Ok(())
}

/// Binds the numbers that can be bound: the bound ones and the others, as given. A number that nobody owns is bought on
/// the way.
async fn bind_numbers(
    connection: &mut AnyConnection,
    instance: &Instance,
    call: &Call,
) -> Result<(Vec<String>, Vec<String>), CallCenterError> {
    let given: Vec<&str> = call.text("PhoneNumber").into_iter().chain(call.list("PhoneNumbers")).collect();
    let mut by_number: BTreeMap<PhoneNumber, &str> = BTreeMap::new();
    for text in &given {
        if let Some(number) = PhoneNumber::parse(text) {
            by_number.entry(number).or_insert(text);
        }
    }
    // In the order of the numbers, so that two calls with the same numbers never wait for each other in a ring.
    let mut bound: HashSet<&str> = HashSet::new();
    for (number, text) in by_number {
        let binding = NewBinding {
            account_id: &instance.account_id,
            instance_id: &instance.id,
            usage: Usage::default_of(&number),
            contact_flow_id: None,
            now_ms: instance.created_at_ms,
        };
        phone_number::owned::buy(connection, &instance.account_id, &number, instance.created_at_ms).await?;
        if let Binding::Bound(_) = phone_number::rows::bind(connection, &number, &binding).await? {
            bound.insert(text);
        }
    }
    let (bound, refused) = without_repetitions(given).into_iter().partition::<Vec<_>, _>(|text| bound.contains(text));
    Ok((bound.into_iter().map(str::to_owned).collect(), refused.into_iter().map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_names_are_host_labels() {
        for good in ["a", "callcenter", "Call-Center-9", &"a".repeat(63)] {
            assert_eq!(check_domain_name(good), Ok(()), "{good}");
        }
        for bad in ["", "-a", "a-", "a.b", "a b", "a_b", "呼叫", "a/b"] {
            assert_eq!(check_domain_name(bad).expect_err(bad).code, "Parameter.Format");
        }
        assert_eq!(check_domain_name(&"a".repeat(64)).expect_err("too long").code, "Parameter.Maximum");
    }
}
