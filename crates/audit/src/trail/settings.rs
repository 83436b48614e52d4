//! `SetTrailFileSize`: when a trail writes a file into its bucket. Not in the public API, where it is fixed.

use openapi::{Answer, ApiError, Call, OperationSpec, Parameter};

use super::record::Trail;
use super::{TRAIL, database, owned_in};
use crate::limits::{MAX_FILE_INTERVAL_S, MAX_FILE_MAX_BYTES, MIN_FILE_INTERVAL_S, MIN_FILE_MAX_BYTES};
use crate::operations::ActionTrail;

/// No public document.
pub(super) const SPEC: OperationSpec = OperationSpec::write("SetTrailFileSize")
    .console_operation()
    .permission_on("acs:actiontrail:{region}:{account}:trail/{Name}")
    .touches(TRAIL, "Name")
    .takes(&[
        Parameter::text("Name").required(),
        Parameter::integer("OssFileIntervalSeconds", MIN_FILE_INTERVAL_S, MAX_FILE_INTERVAL_S),
        Parameter::integer("OssFileMaxBytes", MIN_FILE_MAX_BYTES, MAX_FILE_MAX_BYTES),
    ])
    .answers(&["OssFileIntervalSeconds", "OssFileMaxBytes"])
    .fails_with(&["InvalidTrailNameException", "TrailNotFoundException", "InvalidQueryParameter"]);

pub(super) async fn set_trail_file_size(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let mut write = audit.trails.write().await.map_err(database)?;
    let mut trail = Trail::clone(&*owned_in(write.before(), call, "Name")?);
    trail.file_interval_s = call.integer("OssFileIntervalSeconds").unwrap_or(trail.file_interval_s);
    trail.file_max_bytes = call.integer("OssFileMaxBytes").unwrap_or(trail.file_max_bytes);
    trail.update_time_ms = call.arrived_at_ms;
    write.update(&trail).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(Answer::empty()
        .with("OssFileIntervalSeconds", trail.file_interval_s)
        .with("OssFileMaxBytes", trail.file_max_bytes))
}
