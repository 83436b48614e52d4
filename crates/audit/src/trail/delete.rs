//! `DeleteTrail`: what was delivered stays; the name is free at once.

use openapi::{Answer, ApiError, Call};

use super::{database, owned_in};
use crate::operations::ActionTrail;
use crate::tables;

pub(crate) async fn delete_trail(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let mut write = audit.trails.write().await.map_err(database)?;
    let trail = owned_in(write.before(), call, "Name")?;
    // A job cannot begin between the question and the deletion.
    tables::lock(write.connection(), &trail.account_id).await.map_err(|error| ApiError::internal(&error))?;
    if super::history::is_running_on(write.connection(), &trail).await.map_err(|error| ApiError::internal(&error))? {
        return Err(ApiError::bad_request(
            "ForbiddenDeleteTrail",
            "A delivery of earlier events is running on the trail: wait, or cancel it with DeleteDeliveryHistoryJob.",
        ));
    }
    write.delete(&trail.id).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(Answer::empty())
}
