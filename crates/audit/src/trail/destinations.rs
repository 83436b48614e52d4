//! Asks whether the destinations of a trail can be used, and words the refusals.

use openapi::ApiError;
use tokio::time::timeout;

use super::book::Trails;
use super::record::Trail;
use super::seams::{BucketWish, DestinationFault, LogsWish};
use super::values::delivery;
use crate::limits::STATUS_PATIENCE;
use crate::operations::ActionTrail;

/// Rules that the trail alone decides.
pub(super) fn check_shape(trail: &Trail, others: &Trails) -> Result<(), ApiError> {
    if !trail.has_bucket() && !trail.has_logs() {
        return Err(delivery("a trail needs a bucket (OssBucketName) or a project (SlsProjectArn)"));
    }
    let has_bucket_settings = !trail.oss_key_prefix.is_empty() || !trail.oss_write_role_arn.is_empty();
    if has_bucket_settings && !trail.has_bucket() {
        return Err(delivery("OssKeyPrefix and OssWriteRoleArn need an OssBucketName"));
    }
    if !trail.has_logs() && !trail.sls_write_role_arn.is_empty() {
        return Err(delivery("SlsWriteRoleArn needs an SlsProjectArn"));
    }
    let is_same = |other: &Trail| {
        other.id != trail.id
            && other.account_id == trail.account_id
            && other.oss_bucket_name == trail.oss_bucket_name
            && other.oss_key_prefix == trail.oss_key_prefix
    };
    if trail.has_bucket() && others.iter().any(|other| is_same(other)) {
        return Err(ApiError::bad_request(
            "RepeatOssBucket",
            "Another trail writes into this bucket under this prefix: choose another OssKeyPrefix.",
        ));
    }
    // One logstore of a project has the name of the trail.
    let project = |trail: &Trail| trail.log_project().map(|project| project.project);
    let is_mixed = |other: &Trail| {
        other.account_id != trail.account_id && other.name == trail.name && project(other) == project(trail)
    };
    if trail.has_logs() && others.iter().any(|other| is_mixed(other)) {
        return Err(delivery(
            "the project has a logstore of another account's trail with this name: give the trail another name, or another project",
        ));
    }
    Ok(())
}

/// Asks for the bucket; answers where it is.
pub(super) async fn check_bucket(audit: &ActionTrail, trail: &Trail) -> Result<String, ApiError> {
    let wish = BucketWish {
        account_id: &trail.account_id,
        bucket: &trail.oss_bucket_name,
        prefix: &trail.oss_key_prefix,
        write_role_arn: &trail.oss_write_role_arn,
    };
    audit.destinations.check_bucket(wish).await.map_err(bucket_refused)
}

/// Asks for the project and makes the logstore.
pub(super) async fn prepare_logs(audit: &ActionTrail, trail: &Trail) -> Result<(), ApiError> {
    audit.destinations.prepare_logs(logs_wish(trail, &trail.logstore())).await.map_err(logs_refused)
}

fn logs_wish<'a>(trail: &'a Trail, logstore: &'a str) -> LogsWish<'a> {
    LogsWish {
        account_id: &trail.account_id,
        trail_id: &trail.id,
        project_arn: &trail.sls_project_arn,
        logstore,
        write_role_arn: &trail.sls_write_role_arn,
    }
}

/// Whether the bucket can be reached and written at this moment; true without a bucket.
pub(super) async fn is_bucket_usable(audit: &ActionTrail, trail: &Trail) -> bool {
    !trail.has_bucket() || matches!(timeout(STATUS_PATIENCE, check_bucket(audit, trail)).await, Ok(Ok(_)))
}

/// Whether the logstore is there and can be written at this moment; true without a project.
pub(super) async fn is_logstore_usable(audit: &ActionTrail, trail: &Trail) -> bool {
    let logstore = trail.logstore();
    let wish = logs_wish(trail, &logstore);
    !trail.has_logs() || matches!(timeout(STATUS_PATIENCE, audit.destinations.check_logs(wish)).await, Ok(Ok(())))
}

fn bucket_refused(fault: DestinationFault) -> ApiError {
    let message = fault.to_string();
    match fault {
        DestinationFault::Missing(_) => ApiError::not_found("BucketDoesNotExistException", message),
        DestinationFault::NotAllowed(_) => ApiError::new(403, "InsufficientBucketPolicyException", message),
        DestinationFault::NoRole(_) => ApiError::new(403, "NeedOssRamAuthorize", message),
        DestinationFault::Refused(_) => delivery(&message),
        DestinationFault::Unavailable(_) => ApiError::unavailable(message),
    }
}

/// The refusals of a log service.
pub(crate) fn logs_refused(fault: DestinationFault) -> ApiError {
    let message = fault.to_string();
    match fault {
        DestinationFault::Missing(_) => ApiError::bad_request("SlsProjectDoesNotExistException", message),
        DestinationFault::NotAllowed(_) => ApiError::new(403, "InsufficientSlsPolicyException", message),
        DestinationFault::NoRole(_) => ApiError::new(403, "NeedSlsRamAuthorize", message),
        DestinationFault::Refused(_) => ApiError::bad_request("CreateLogStoreError", message),
        DestinationFault::Unavailable(_) => ApiError::bad_request("LogServiceException", message),
    }
}
