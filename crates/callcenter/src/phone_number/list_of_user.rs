//! ListOutboundPhoneNumberOfUser: the numbers that one user may dial out with: his own and those of his skill
//! groups.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::Value;

use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, PARAMETER_MAXIMUM, PARAMETER_MINIMUM, no_such_user,
};
use crate::limits::{MAX_ID_CHARS, MAX_PAGE_SIZE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, PAGE_SIZE, Page};
use crate::phone_number::{rows, view};
use crate::user::Role;
use crate::{access, user};

/// CCC 2017-07-05, "ListOutboundPhoneNumberOfUser".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListOutboundPhoneNumberOfUser")
    .takes(&[INSTANCE_ID, Parameter::text_of("UserId", 1, MAX_ID_CHARS).required(), PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["NumberList", "OutboundPhoneNumbers"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// Oldest first, his own marked by `PrivateFlag`; `NumberList` has the same numbers as texts.
pub(crate) async fn list_outbound_phone_number_of_user(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let user_id = call.required("UserId");
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    if !user::rows::user_ids(&mut connection, &facts.id).await?.contains(user_id) {
        return Err(no_such_user(user_id));
    }
    let numbers = rows::outbound_of_user(&mut connection, &facts.id, user_id).await?;
    let private = rows::private_of_user(&mut connection, user_id).await?;
    let numbers = Page::of(call, MAX_PAGE_SIZE).cut(numbers);
    let texts = numbers.iter().map(|number| Value::from(number.number.as_str())).collect();
    let views = numbers.iter().map(|number| {
        let mut view = view::plain(number);
        view.insert("PrivateFlag".to_owned(), (private.as_ref() == Some(&number.id)).into());
        view::add_region(&mut view, &center.regions, &number.number);
        Value::Object(view)
    });
    Ok(Answer::empty().with_wrapped_list("NumberList", "Number", texts).with_wrapped_list(
        "OutboundPhoneNumbers",
        "PhoneNumber",
        views.collect(),
    ))
}
