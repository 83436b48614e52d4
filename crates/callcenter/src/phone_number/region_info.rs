//! GetNumberRegionInfo: where a phone number is at home.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, ValueFault};

use crate::access;
use crate::center::CallCenter;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::phone_number::{PhoneNumber, view};
use crate::product::unfit;
use crate::user::Role;

/// CCC 2017-07-05, "GetNumberRegionInfo": the envelope has no `HttpStatusCode`.
pub(crate) const SPEC: OperationSpec = OperationSpec::read("GetNumberRegionInfo")
    .takes(&[INSTANCE_ID, Parameter::text("Number").required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PhoneNumber"])
    .omits_http_status_code()
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, PARAMETER_FORMAT.code]);

/// A number that the tables do not know succeeds with empty texts. The event says which tables answered.
pub(crate) async fn get_number_region_info(center: &CallCenter, call: &Call) -> HandlerResult {
    access::enter(center, call, Role::Agent).await?;
    let given = call.required("Number");
    if PhoneNumber::parse(given).is_none() {
        return Err(unfit(ValueFault::Format, "Number", "it must be a telephone number, such as 0571-26883072"));
    }
    Ok(Answer::empty()
        .with("PhoneNumber", view::number_with_region(&center.regions, given))
        .event_data("NumberRegionTable", center.regions.version()))
}
