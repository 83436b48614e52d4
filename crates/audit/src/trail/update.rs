//! `UpdateTrail`: only what is sent is changed, and an empty text clears.

use openapi::{Answer, ApiError, Call};

use super::destinations::{check_bucket, check_shape, prepare_logs};
use super::record::{EventRw, Trail};
use super::values::{check_bucket_name, check_prefix, check_project, check_role, delivery};
use super::{database, owned, owned_in, sent, values, view};
use crate::operations::ActionTrail;
use crate::version_2017;

pub(crate) async fn update_trail(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let known = owned(audit, call, "Name")?;
    let mut wished = Trail::clone(&known);
    apply(&mut wished, call)?;
    check_shape(&wished, &audit.trails.trails())?;
    if wished.has_bucket() && bucket_of(&wished) != bucket_of(&known) {
        wished.oss_bucket_location = check_bucket(audit, &wished).await?;
    }
    if wished.has_logs() && logs_of(&wished) != logs_of(&known) {
        prepare_logs(audit, &wished).await?;
    }
    let mut write = audit.trails.write().await.map_err(database)?;
    // Another call may have changed the trail while the destinations were asked: only what was sent is changed.
    let current = owned_in(write.before(), call, "Name")?;
    let mut trail = Trail::clone(&current);
    apply(&mut trail, call)?;
    check_shape(&trail, write.before())?;
    if bucket_of(&trail) != bucket_of(&wished) || logs_of(&trail) != logs_of(&wished) {
        return Err(ApiError::unavailable("the trail is being changed by another call; try again"));
    }
    trail.oss_bucket_location.clone_from(&wished.oss_bucket_location);
    renew_destinations(audit, &mut trail, &current);
    trail.update_time_ms = call.arrived_at_ms;
    write.update(&trail).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(view::configuration(&trail))
}

/// What must be asked again when it changes.
fn bucket_of(trail: &Trail) -> (&str, &str, &str) {
    (&trail.oss_bucket_name, &trail.oss_key_prefix, &trail.oss_write_role_arn)
}

fn logs_of(trail: &Trail) -> (&str, &str) {
    (&trail.sls_project_arn, &trail.sls_write_role_arn)
}

/// Another destination begins with the events of now.
fn renew_destinations(audit: &ActionTrail, trail: &mut Trail, before: &Trail) {
    let place = |trail: &Trail| (trail.oss_bucket_name.clone(), trail.oss_key_prefix.clone());
    if place(trail) != place(before) {
        trail.oss_generation += 1;
        trail.oss_since = audit.marks(trail);
    }
    if trail.sls_project_arn != before.sls_project_arn {
        trail.sls_generation += 1;
        trail.sls_since = audit.marks(trail);
    }
}

/// Puts the values of a call into a trail, each checked alone.
pub(super) fn apply(trail: &mut Trail, call: &Call) -> Result<(), ApiError> {
    if let Some(event_rw) = call.text("EventRW").and_then(EventRw::from_name) {
        trail.event_rw = event_rw;
    }
    if let Some(regions) = call.text("TrailRegion") {
        trail.trail_region = values::regions(regions)?;
    }
    apply_bucket(trail, call)?;
    apply_logs(trail, call)?;
    if call.text("MaxComputeProjectArn").is_some() || call.text("MaxComputeWriteRoleArn").is_some() {
        return Err(delivery(
            "this server does not deliver to MaxCompute: use a bucket or a project of the log service",
        ));
    }
    Ok(())
}

fn apply_bucket(trail: &mut Trail, call: &Call) -> Result<(), ApiError> {
    if let Some(bucket) = sent(call, "OssBucketName") {
        if !bucket.is_empty() {
            check_bucket_name(bucket).map_err(|error| version_2017::bucket_name_error(call, error))?;
        }
        bucket.clone_into(&mut trail.oss_bucket_name);
        if bucket.is_empty() {
            trail.oss_key_prefix.clear();
            trail.oss_write_role_arn.clear();
            trail.oss_bucket_location.clear();
        }
    }
    if let Some(prefix) = sent(call, "OssKeyPrefix") {
        let prefix = prefix.trim_end_matches('/');
        check_prefix(prefix)?;
        prefix.clone_into(&mut trail.oss_key_prefix);
    }
    if let Some(role) = sent(call, "OssWriteRoleArn") {
        check_role("OssWriteRoleArn", role)?;
        role.clone_into(&mut trail.oss_write_role_arn);
    }
    Ok(())
}

fn apply_logs(trail: &mut Trail, call: &Call) -> Result<(), ApiError> {
    if let Some(project) = sent(call, "SlsProjectArn") {
        if !project.is_empty() {
            check_project(project)?;
        }
        project.clone_into(&mut trail.sls_project_arn);
        if project.is_empty() {
            trail.sls_write_role_arn.clear();
        }
    }
    if let Some(role) = sent(call, "SlsWriteRoleArn") {
        check_role("SlsWriteRoleArn", role)?;
        role.clone_into(&mut trail.sls_write_role_arn);
    }
    Ok(())
}
