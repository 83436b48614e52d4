//! May this number be called now? For `CheckNumberAvaliable`, which asks without calling.

use openapi::ApiError;

use crate::call::admission::{Parties, check_callee};
use crate::call::destination::normalise;
use crate::call::rows;
use crate::center::{CallCenter, CallCenterError};

/// Why a number cannot be called now, for people; `None` if it can.
pub(crate) async fn unavailable_reason(
    center: &CallCenter,
    instance_id: &str,
    callee: &str,
) -> Result<Option<String>, CallCenterError> {
    let Some(callee) = normalise(callee) else {
        return Ok(Some("not a telephone number that can be dialled".to_owned()));
    };
    let parties = Parties { caller: None, callee };
    let mut connection = center.database.pool().acquire().await?;
    let situation = rows::situation(&mut connection, instance_id, &parties, center.desk.now_ms()).await?;
    Ok(check_callee(&parties, &situation).err().map(|error: ApiError| error.message.into_owned()))
}
