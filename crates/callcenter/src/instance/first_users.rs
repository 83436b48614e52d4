//! `UserObject.N` of CreateInstance: users that a new instance begins with, beside its administrators.
//!
//! Each is a RAM user to be made, as CreateUser makes one, and becomes an agent: the roles of the instance have no ids
//! yet that a caller could name. One that cannot be made does not undo the instance; the answer lists him.

use openapi::{ApiError, Call, ValueFault};
use serde_json::{Map, Value};

use crate::center::CallCenter;
use crate::config::text_field;
use crate::instance::rows::Instance;
use crate::product::unfit;
use crate::user::create::create_agent;
use crate::user::details;
use crate::user::rows::Details;

/// A user to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FirstUser {
    login_name: String,
    fields: Map<String, Value>,
}

/// The users that a call names.
pub(crate) fn asked(call: &Call) -> Result<Vec<FirstUser>, ApiError> {
    call.list("UserObject").into_iter().map(first_user).collect()
}

fn first_user(text: &str) -> Result<FirstUser, ApiError> {
    let unreadable =
        || unfit(ValueFault::Format, "UserObject", "each must be the JSON text of an object with LoginName");
    let fields: Map<String, Value> = serde_json::from_str(text).map_err(|_| unreadable())?;
    let login_name = text_field(&fields, "LoginName").ok_or_else(unreadable)?;
    Ok(FirstUser { login_name, fields })
}

/// Makes the users: the login names of those that were made, and of those that were not.
pub(crate) async fn create(
    center: &CallCenter,
    instance: &Instance,
    users: Vec<FirstUser>,
) -> (Vec<String>, Vec<String>) {
    let (mut made, mut failed) = (Vec::new(), Vec::new());
    for user in users {
        match create_one(center, instance, &user).await {
            Ok(_) => made.push(user.login_name),
            Err(refusal) => {
                tracing::info!(login_name = user.login_name, %refusal, "a user named in CreateInstance was not made");
                failed.push(user.login_name);
            }
        }
    }
    (made, failed)
}

async fn create_one(center: &CallCenter, instance: &Instance, user: &FirstUser) -> Result<String, ApiError> {
    let field = |name| text_field(&user.fields, name);
    let display_name = field("DisplayName").unwrap_or_else(|| user.login_name.clone());
    let (email, phone) = (field("Email").unwrap_or_default(), field("Phone").unwrap_or_default());
    let details =
        Details { display_name: &display_name, email: &email, phone: &phone, private_outbound_number_id: None };
    details::check(&details)?;
    create_agent(center, &instance.account_id, &instance.id, &user.login_name, details, instance.created_at_ms).await
}
