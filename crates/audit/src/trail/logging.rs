//! `StartLogging` and `StopLogging`: each does nothing when the trail is in that state already.

use openapi::{Answer, ApiError, Call};

use super::destinations::{check_bucket, prepare_logs};
use super::record::{LoggingSpan, Status, Trail};
use super::{database, owned, owned_in};
use crate::operations::ActionTrail;

pub(crate) async fn start_logging(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let known = owned(audit, call, "Name")?;
    if known.has_bucket() {
        check_bucket(audit, &known).await?;
    }
    if known.has_logs() {
        prepare_logs(audit, &known).await?;
    }
    let mut write = audit.trails.write().await.map_err(database)?;
    let mut trail = Trail::clone(&*owned_in(write.before(), call, "Name")?);
    if trail.is_logging() {
        return Ok(Answer::empty());
    }
    trail.status = Status::Enable;
    trail.start_logging_time_ms = Some(call.arrived_at_ms);
    trail.update_time_ms = call.arrived_at_ms;
    trail.last_span += 1;
    let span = LoggingSpan { number: trail.last_span, after: audit.marks(&trail), until: None, stopped_by: None };
    trail.spans.push(span);
    let data_marks = audit.data_marks(&trail);
    trail.renew_data_span(data_marks);
    write.update(&trail).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(Answer::empty())
}

pub(crate) async fn stop_logging(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let mut write = audit.trails.write().await.map_err(database)?;
    let mut trail = Trail::clone(&*owned_in(write.before(), call, "Name")?);
    if trail.status == Status::Disable {
        return Ok(Answer::empty());
    }
    trail.status = Status::Disable;
    trail.stop_logging_time_ms = Some(call.arrived_at_ms);
    trail.update_time_ms = call.arrived_at_ms;
    let marks = audit.marks(&trail);
    for span in trail.spans.iter_mut().filter(|span| span.until.is_none()) {
        span.until = Some(marks.clone());
        span.stopped_by = Some(call.request_id.clone());
    }
    let data_marks = audit.data_marks(&trail);
    trail.renew_data_span(data_marks);
    write.update(&trail).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(Answer::empty())
}
