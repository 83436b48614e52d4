//! Trails: what an account wants delivered, where to, and since when.
//!
//! This room owns the rows ([`TrailBook`]) and the operations on them. It delivers nothing: a deliverer follows
//! [`TrailBook::changes`], reads the streams that [`Trail::covers_account`] names, asks [`Trail::takes`] of each event, and
//! reports through [`DeliveryBook`]. Whether a destination can be used is asked through [`Destinations`].

mod book;
mod create;
mod delete;
mod delivery;
mod describe;
mod destinations;
pub mod history;
mod logging;
mod organization;
mod record;
mod rows;
mod seams;
mod settings;
mod specs;
mod status;
mod update;
mod values;
mod view;

pub use book::{TrailBook, TrailWrite, Trails};
pub(crate) use destinations::logs_refused;
pub use organization::Organization;
pub use record::{ALL_REGIONS, EventRw, LogProject, LoggingSpan, Marks, Properties, Status, Trail, WriteRole};
pub use seams::{
    BucketWish, DataStatus, DeliveryBook, DestinationFault, DestinationFuture, DestinationStatus, Destinations,
    JobProgress, LogsWish, NothingDelivered, ProgressFuture, TrailDelivery, VerifyFuture,
};
pub(crate) use specs::OPERATIONS;
pub(crate) use specs::{
    CREATE_SPEC, DELETE_SPEC, DESCRIBE_SPEC, START_SPEC, STATUS_SPEC, STOP_SPEC, TRAIL_ERRORS, UPDATE_SPEC,
};
pub(crate) use {
    create::create_trail, delete::delete_trail, describe::describe_trails, logging::start_logging,
    logging::stop_logging, status::get_trail_status, update::update_trail,
};

use std::sync::Arc;

use openapi::{ApiError, Call};

use crate::operations::ActionTrail;

/// Type of a trail in events.
pub(crate) const TRAIL: &str = "ACS::ActionTrail::Trail";

/// The caller's trail that the parameter names, in its home region: elsewhere nobody may change it.
pub(crate) fn owned(audit: &ActionTrail, call: &Call, parameter: &str) -> Result<Arc<Trail>, ApiError> {
    owned_in(&audit.trails.trails(), call, parameter)
}

fn owned_in(trails: &Trails, call: &Call, parameter: &str) -> Result<Arc<Trail>, ApiError> {
    let name = call.required(parameter);
    values::check_name(name)?;
    let is_it = |trail: &&Arc<Trail>| {
        trail.account_id == call.caller.account_id && trail.name == name && trail.home_region == call.region
    };
    trails.iter().find(is_it).cloned().ok_or_else(|| not_found(name))
}

pub(crate) fn not_found(name: &str) -> ApiError {
    ApiError::not_found(
        "TrailNotFoundException",
        format!("The trail {name} does not exist, or its home region is another one: see DescribeTrails."),
    )
}

pub(crate) fn database(error: database::DatabaseError) -> ApiError {
    if error.is_disk_full() { ApiError::disk_full(&error) } else { ApiError::internal(&error) }
}

/// A value that was sent, also an empty one, which clears.
fn sent<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    call.params.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

impl ActionTrail {
    /// Where the streams are that belong to a trail.
    pub(crate) fn marks(&self, trail: &Trail) -> Marks {
        let streams = self.journal.streams().into_iter();
        let covered = streams.filter(|(stream, ..)| {
            let account = crate::recorder::account_of(stream.as_str());
            account.is_some_and(|account| trail.covers_account(account))
        });
        covered.map(|(stream, _, last)| (stream.as_str().to_owned(), last)).collect()
    }
}
