//! CheckNumberAvaliable (spelled so): may these numbers be used for a call now?
//!
//! The dialling rules decide about the callee; the caller must be a number of the instance that makes calls.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::access;
use crate::call::check::unavailable_reason;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::phone_number::{PhoneNumber, rows};
use crate::user::Role;

/// CCC 2017-07-05, "CheckNumberAvaliable".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("CheckNumberAvaliable")
    .takes(&[INSTANCE_ID, Parameter::text("Callee").required(), Parameter::text("Caller")])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["CalleeAvaliable", "CallerAvaliable"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

pub(crate) async fn check_number_avaliable(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let refusal = unavailable_reason(center, &facts.id, call.required("Callee")).await?;
    let callee = verdict(refusal.as_deref());
    let caller = match call.text("Caller") {
        None => None,
        Some(caller) => {
            let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
            Some(verdict(refusal_of_caller(&mut connection, &facts.id, caller).await?))
        }
    };
    Ok(Answer::empty().with("CalleeAvaliable", callee).with_optional("CallerAvaliable", caller))
}

fn verdict(refusal: Option<&str>) -> Value {
    match refusal {
        None => json!({"Avaliable": true}),
        Some(reason) => json!({"Avaliable": false, "Reason": reason}),
    }
}

const UNREADABLE: &str = "it is not a telephone number: use a mobile number, or a fixed number with its area code";

async fn refusal_of_caller(
    connection: &mut AnyConnection,
    instance_id: &str,
    caller: &str,
) -> Result<Option<&'static str>, CallCenterError> {
    let Some(number) = PhoneNumber::parse(caller) else { return Ok(Some(UNREADABLE)) };
    let bound = rows::of_instance(connection, instance_id).await?;
    Ok(match bound.iter().find(|bound| bound.number == number.as_str()) {
        None => Some("the instance does not have this number: bind it with AddPhoneNumber"),
        Some(bound) if !bound.allow_outbound => {
            Some("the number takes calls only: change its Usage with ModifyPhoneNumber, or use another one")
        }
        Some(_) => None,
    })
}
