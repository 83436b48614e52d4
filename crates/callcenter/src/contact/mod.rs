//! Contacts (calls) as the call history shows them: call detail records, surveys, the events of one call.
//!
//! A record is a fold over the contact's activity. The table of records is filled in the transaction that appends the
//! rows, so it never disagrees with them; folding everything again gives the same table.
//!
//! Reading order: `detail` (what a record is), `fold` (how it comes about), `rows` (where it is kept and how it is
//! found), then the operations.

pub(crate) mod appraise;
pub(crate) mod detail;
pub(crate) mod events;
mod fold;
pub(crate) mod list;
pub(crate) mod recent;
pub(crate) mod rows;
mod span;
mod view;

pub use detail::{AgentPart, CallDetail, Disposition, GroupPart, Recording, Survey, SurveyAnswer};
pub use fold::fold_contact;
use openapi::Operation;
pub(crate) use span::{Span, moment};

use crate::center::CallCenter;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_call_detail_records(center, call)) },
    Operation { spec: appraise::SPEC, handler: |center, call| Box::pin(appraise::launch_appraise(center, call)) },
    Operation { spec: recent::SPEC, handler: |center, call| Box::pin(recent::list_recent_call_records(center, call)) },
    Operation { spec: events::SPEC, handler: |center, call| Box::pin(events::list_call_event_detail(center, call)) },
];
