//! PickOutboundNumbers and PickLocalNumber: the same choice among numbers that the client gives. A text that is no
//! number is no candidate.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};

use crate::access;
use crate::center::CallCenter;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT, PARAMETER_MAXIMUM, PARAMETER_MINIMUM};
use crate::limits::{MAX_LIST_ELEMENTS, MAX_PICKED_NUMBERS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::phone_number::pick::global::{callee, count};
use crate::phone_number::pick::{Candidate, pair, pairs};
use crate::user::Role;

/// CCC 2017-07-05, "PickOutboundNumbers".
pub(crate) const OUTBOUND_SPEC: OperationSpec = OperationSpec::read("PickOutboundNumbers")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("CalleeNumber").required(),
        Parameter::text("CandidateNumber").list(MAX_LIST_ELEMENTS).required(),
        Parameter::integer("Count", 1, MAX_PICKED_NUMBERS).required(),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["DialNumberPairs"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// CCC 2017-07-05, "PickLocalNumber": the envelope has no `HttpStatusCode`.
pub(crate) const LOCAL_SPEC: OperationSpec = OperationSpec::read("PickLocalNumber")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("CalleeNumber").required(),
        Parameter::text("CandidateNumber").list(MAX_LIST_ELEMENTS).required(),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["Data"])
    .omits_http_status_code()
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, PARAMETER_FORMAT.code, PARAMETER_MAXIMUM.code]);

pub(crate) async fn pick_outbound_numbers(center: &CallCenter, call: &Call) -> HandlerResult {
    access::enter(center, call, Role::Agent).await?;
    let callee = callee(call)?;
    let chosen = center.caller_numbers.choose(&center.regions, callee, candidates(call), count(call));
    Ok(pairs(&center.regions, callee, &chosen))
}

/// The nearest candidate; `Data` is left out when no candidate is a number.
pub(crate) async fn pick_local_number(center: &CallCenter, call: &Call) -> HandlerResult {
    access::enter(center, call, Role::Agent).await?;
    let callee = callee(call)?;
    let chosen = center.caller_numbers.choose(&center.regions, callee, candidates(call), 1);
    let pair = chosen.first().map(|caller| pair(&center.regions, callee, caller));
    Ok(Answer::empty().with_optional("Data", pair).event_data("NumberRegionTable", center.regions.version()))
}

fn candidates(call: &Call) -> Vec<Candidate> {
    call.list("CandidateNumber").into_iter().filter_map(Candidate::of).collect()
}
