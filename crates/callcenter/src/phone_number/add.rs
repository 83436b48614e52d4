//! AddPhoneNumber: binds one bought number to an instance.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};

use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    ARREARAGE_PHONE_NUMBER, EXISTS_PHONE_NUMBER, LIMIT_EXCEEDED_PHONE_NUMBER, NO_PERMISSION_USER,
    NOT_EXIST_CONTACT_FLOW, NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, PARAMETER_ENUMERATION, PARAMETER_FORMAT,
    PARAMETER_INVALID, no_such_instance, no_such_number,
};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, PHONE_NUMBER_RESOURCE};
use crate::phone_number::add_bulk::{asked_flow, refuse_too_many, usage};
use crate::phone_number::rows::{self, Binding, NewBinding};
use crate::phone_number::{PhoneNumber, Usage, view};
use crate::product::unfit;
use crate::user::Role;
use crate::{access, instance};

/// CCC 2017-07-05, "AddPhoneNumber".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("AddPhoneNumber")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("PhoneNumber").required(),
        Parameter::one_of("Usage", Usage::GIVEN).required(),
        Parameter::text_of("ContactFlowId", 1, MAX_ID_CHARS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PhoneNumber"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_PHONE_NUMBER.code,
        NOT_EXIST_CONTACT_FLOW.code,
        EXISTS_PHONE_NUMBER.code,
        ARREARAGE_PHONE_NUMBER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_INVALID.code,
        LIMIT_EXCEEDED_PHONE_NUMBER.code,
    ]);

pub(crate) async fn add_phone_number(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let number = given_number(call, "PhoneNumber")?;
    let usage = usage(call, [number.clone()])?;

    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let binding = NewBinding {
        account_id: &facts.account_id,
        instance_id: &facts.id,
        usage,
        contact_flow_id: asked_flow(&mut transaction, call, &facts.id, usage).await?,
        now_ms: call.arrived_at_ms,
    };
    let id = match rows::bind(&mut transaction, &number, &binding).await? {
        Binding::Bound(id) => id,
        refused => return Err(refusal(&refused)),
    };
    refuse_too_many(&mut transaction, &facts.id).await?;
    let bound = rows::find(&mut transaction, &facts.id, &id).await?.ok_or_else(|| no_such_number(&id))?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().with("PhoneNumber", view::with_flow(&bound)).references(PHONE_NUMBER_RESOURCE, id))
}

/// A number of a call, `Parameter.Format` if it is none.
pub(super) fn given_number(call: &Call, parameter: &str) -> Result<PhoneNumber, ApiError> {
    PhoneNumber::parse(call.required(parameter))
        .ok_or_else(|| unfit(ValueFault::Format, parameter, "it must be a telephone number, such as 057126883072"))
}

/// The texts repeat no number: those of events are kept unmasked.
fn refusal(binding: &Binding) -> ApiError {
    match binding {
        Binding::InArrears => ARREARAGE_PHONE_NUMBER
            .error("fees are owed for the number in PhoneNumber: pay them, or clear its arrears in the console."),
        Binding::NotOwned => NOT_EXIST_PHONE_NUMBER
            .error("the account does not own the number in PhoneNumber: buy it in the console first."),
        Binding::Used | Binding::Bound(_) => EXISTS_PHONE_NUMBER
            .error("the number in PhoneNumber is used by an instance of the account already: remove it there first."),
    }
}
