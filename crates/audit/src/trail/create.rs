//! `CreateTrail`: a new trail delivers nothing before StartLogging.

use openapi::{Answer, ApiError, Call};
use uuid::Uuid;

use super::book::Trails;
use super::destinations::{check_bucket, check_shape, prepare_logs};
use super::record::{EventRw, Properties, Trail};
use super::{database, organization, update, values, view};
use crate::limits::MAX_TRAILS;
use crate::operations::ActionTrail;

pub(crate) async fn create_trail(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let mut trail = wished(audit, call)?;
    // Asked before anything is made for it, and again when nobody else can write.
    check_place(audit, &trail, &audit.trails.trails(), call)?;
    if trail.has_bucket() {
        trail.oss_bucket_location = check_bucket(audit, &trail).await?;
    }
    if trail.has_logs() {
        prepare_logs(audit, &trail).await?;
    }
    let mut write = audit.trails.write().await.map_err(database)?;
    check_place(audit, &trail, write.before(), call)?;
    write.insert(&trail).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(view::configuration(&trail))
}

fn wished(audit: &ActionTrail, call: &Call) -> Result<Trail, ApiError> {
    let name = call.required("Name");
    values::check_name(name)?;
    let is_organization_trail = call.boolean("IsOrganizationTrail").unwrap_or(false);
    let properties = Properties {
        event_rw: call.text("EventRW").and_then(EventRw::from_name).unwrap_or(EventRw::All),
        organization_id: if is_organization_trail { audit.settings.organization.id.clone() } else { String::new() },
        create_time_ms: call.arrived_at_ms,
        update_time_ms: call.arrived_at_ms,
        ..Properties::default()
    };
    let mut trail = Trail {
        id: Uuid::new_v4().as_simple().to_string(),
        account_id: call.caller.account_id.clone(),
        name: name.to_owned(),
        home_region: call.region.clone(),
        is_organization_trail,
        properties,
    };
    update::apply(&mut trail, call)?;
    Ok(trail)
}

fn check_place(audit: &ActionTrail, trail: &Trail, trails: &Trails, call: &Call) -> Result<(), ApiError> {
    let own = || trails.iter().filter(|other| other.account_id == trail.account_id);
    if own().any(|other| other.name == trail.name) {
        return Err(ApiError::bad_request(
            "TrailAlreadyExistsException",
            format!("The trail {} exists already: choose another name.", trail.name),
        ));
    }
    if trail.is_organization_trail {
        organization::check(&audit.settings.organization, trails, call)?;
    } else if own().filter(|other| !other.is_organization_trail && other.home_region == trail.home_region).count()
        >= MAX_TRAILS
    {
        return Err(ApiError::new(
            403,
            "MaximumNumberOfTrailsExceededException",
            format!("The account has its {MAX_TRAILS} trails in {} already: delete one first.", trail.home_region),
        ));
    }
    check_shape(trail, trails)
}
