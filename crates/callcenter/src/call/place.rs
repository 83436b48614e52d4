//! Placing a call: admitted and registered in one transaction, then handed to the dialler.
//!
//! Callers in one instance take turns at its lock, so two calls never share the last free line.

use openapi::{Answer, ApiError, Call, Principal};
use sqlx::AnyConnection;

use crate::activity::{self, Activity, ContactType, Kind};
use crate::call::admission::{Parties, admit};
use crate::call::destination::DestinationKind;
use crate::call::dialler::{AdmittedCall, CallLimits, Party, Then};
use crate::call::progress::{CallAgent, CallRecord};
use crate::call::rows::{self, NewCall, Telephone};
use crate::center::{CallCenter, CallCenterError};
use crate::demo_day;
use crate::errors::{PERMISSION_DEMO_INSTANCE, no_such_instance};
use crate::limits::MAX_ID_DRAWS;
use crate::phone_number::PhoneNumber;

/// Type of the finer resource of operations about a call.
pub(crate) const CONTACT_RESOURCE: &str = "ACS::CCC::Contact";

/// What is to be placed.
pub(crate) struct Order<'a> {
    pub(crate) parties: Parties,
    /// The number that the sides are to see, if the caller of the operation chose one.
    pub(crate) center_number: Option<&'a str>,
    pub(crate) contact_type: ContactType,
    /// Who is dialled first.
    pub(crate) first: Party,
    /// What follows.
    pub(crate) then: Then,
    /// Whose call it is, if that is known without looking at telephones.
    pub(crate) agent: Option<CallAgent>,
}

/// What became of it.
struct Placed {
    task_id: String,
    call: AdmittedCall,
    record: CallRecord,
}

/// Places the call and answers with its TaskId; the rest shows in the records.
pub(crate) async fn place(
    center: &CallCenter,
    call: &Call,
    instance_id: &str,
    order: Order<'_>,
) -> Result<Answer, ApiError> {
    let store = center.store();
    let mut transaction = store.begin(instance_id).await.map_err(|error| match error {
        CallCenterError::UnknownInstance(_) => no_such_instance(instance_id),
        error => error.into(),
    })?;
    let placed = register(center, call, &mut transaction, instance_id, order).await?;
    store.commit(transaction, instance_id).await?;

    if let Some(number) = PhoneNumber::parse(&placed.call.shown_number) {
        center.note_number_use(&number);
    }
    let contact_id = placed.call.contact_id.clone();
    center.desk.start(store, placed.call, placed.record);
    Ok(Answer::empty()
        .with("StatusCode", "200")
        .with("StatusDesc", "Okay")
        .with("TaskId", placed.task_id)
        .with("TimeStamp", center.desk.now_ms().to_string())
        .references(CONTACT_RESOURCE, contact_id.as_str())
        .event_data("ContactId", contact_id))
}

async fn register(
    center: &CallCenter,
    call: &Call,
    connection: &mut AnyConnection,
    instance_id: &str,
    mut order: Order<'_>,
) -> Result<Placed, ApiError> {
    if demo_day::rows::is_demo(connection, instance_id).await? {
        return Err(PERMISSION_DEMO_INSTANCE.error(
            "the instance holds generated demo data, which must not be mixed with real calls: call from another instance.",
        ));
    }
    let agent = find_agent(call, connection, instance_id, &mut order).await?;
    let now_ms = center.desk.now_ms();
    let situation = rows::situation(connection, instance_id, &order.parties, now_ms).await?;
    let line = admit(&order.parties, order.center_number, &situation, |end| center.desk.choose(end))?;
    let (contact_id, task_id) = unused_ids(center, connection, instance_id, now_ms).await?;
    let callee = order.parties.callee.number.as_str();
    let caller = order.parties.caller.as_ref().map_or(line.number.as_str(), |caller| caller.number.as_str());
    let new_call = NewCall {
        instance_id,
        contact_id: &contact_id,
        task_id: &task_id,
        caller,
        callee,
        center_number: &line.number,
        agent_id: agent.as_ref().map(|agent| agent.id.as_str()),
        started_at_ms: now_ms,
    };
    rows::insert_call(connection, &new_call).await?;
    let started = Kind::ContactStarted {
        contact_type: order.contact_type,
        calling_number: caller.to_owned(),
        called_number: callee.to_owned(),
        center_number: line.number.clone(),
    };
    activity::rows::append(connection, instance_id, &[Activity::at(now_ms, started).of_contact(&contact_id)]).await?;
    let call = AdmittedCall {
        instance_id: instance_id.to_owned(),
        contact_id: contact_id.clone(),
        shown_number: line.number.clone(),
        first: order.first,
        then: order.then,
        limits: CallLimits::default(),
    };
    Ok(Placed { task_id, call, record: CallRecord { instance_id: instance_id.to_owned(), contact_id, agent } })
}

/// Whose call it is. The extension of an agent is no service number, though it may look like one.
async fn find_agent(
    call: &Call,
    connection: &mut AnyConnection,
    instance_id: &str,
    order: &mut Order<'_>,
) -> Result<Option<CallAgent>, CallCenterError> {
    if order.agent.is_some() {
        return Ok(order.agent.take());
    }
    let Some(caller) = &mut order.parties.caller else { return Ok(None) };
    let found = rows::agent_with_phone(connection, instance_id, &caller.number, calling_user(call)).await?;
    let Some((agent, telephone)) = found else { return Ok(None) };
    if telephone == Telephone::Extension {
        caller.kind = DestinationKind::Extension;
    }
    Ok(Some(agent))
}

fn calling_user(call: &Call) -> Option<&str> {
    match &call.caller.principal {
        Principal::User { user_id, .. } => Some(user_id),
        Principal::Root | Principal::RoleSession { .. } => None,
    }
}

/// Ids that the instance does not have. The lock is held, so they stay unused until the commit.
async fn unused_ids(
    center: &CallCenter,
    connection: &mut AnyConnection,
    instance_id: &str,
    now_ms: i64,
) -> Result<(String, String), CallCenterError> {
    let contact_id = unused_contact_id(center, connection, instance_id).await?;
    for _ in 0..MAX_ID_DRAWS {
        let task_id = center.desk.draw_task_id(now_ms);
        if rows::contact_of_task(connection, instance_id, &task_id).await?.is_none() {
            return Ok((contact_id, task_id));
        }
    }
    Err(CallCenterError::NoUnusedId)
}

/// A contact id that the instance does not have; for everything that begins contacts under the instance's lock.
pub(crate) async fn unused_contact_id(
    center: &CallCenter,
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<String, CallCenterError> {
    for _ in 0..MAX_ID_DRAWS {
        let contact_id = center.desk.draw_contact_id();
        if !rows::contact_exists(connection, instance_id, &contact_id).await? {
            return Ok(contact_id);
        }
    }
    Err(CallCenterError::NoUnusedId)
}
