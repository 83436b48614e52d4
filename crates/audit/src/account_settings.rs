//! What an account sets for itself: where the events of services without regions are kept, and which insights it wants.
//!
//! Public documents: ActionTrail, "GetGlobalEventsStorageRegion", "UpdateGlobalEventsStorageRegion" (2020-07-06).

use database::Database;
use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use crate::operations::{ActionTrail, invalid};
use crate::tables;
use crate::trail::database;

/// The cloud's own default.
const DEFAULT_STORAGE_REGION: &str = "ap-southeast-1";
/// The other region that the cloud has for it.
const OTHER_STORAGE_REGION: &str = "cn-hangzhou";

/// The settings of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AccountSettings {
    /// Empty: the default.
    pub(crate) storage_region: String,
    /// Insight types that are switched on.
    pub(crate) insight_types: Vec<String>,
}

/// The operations.
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::read("GetGlobalEventsStorageRegion").answers(&["StorageRegion"]).vendor_limit(10),
        handler: |audit, call| Box::pin(get_storage_region(audit, call)),
    },
    Operation {
        spec: OperationSpec::write("UpdateGlobalEventsStorageRegion")
            .takes(&[Parameter::text("StorageRegion").required()])
            .fails_with(&["InvalidQueryParameter"])
            .vendor_limit(5),
        handler: |audit, call| Box::pin(update_storage_region(audit, call)),
    },
];

async fn get_storage_region(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let settings = read(audit.database(), &call.caller.account_id).await?;
    let region = if settings.storage_region.is_empty() { DEFAULT_STORAGE_REGION } else { &settings.storage_region };
    Ok(Answer::empty().with("StorageRegion", region))
}

async fn update_storage_region(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let region = call.required("StorageRegion");
    let known =
        || audit.settings.regions.iter().map(String::as_str).chain([DEFAULT_STORAGE_REGION, OTHER_STORAGE_REGION]);
    if !known().any(|known| known == region) {
        return Err(invalid("StorageRegion", &format!("it must be one of {}", known().collect::<Vec<_>>().join(", "))));
    }
    change(audit.database(), &call.caller.account_id, |settings| region.clone_into(&mut settings.storage_region))
        .await?;
    Ok(Answer::empty())
}

/// The settings of an account.
pub(crate) async fn read(database: &Database, account_id: &str) -> Result<AccountSettings, ApiError> {
    let mut connection = database.pool().acquire().await.map_err(failed)?;
    stored(&mut connection, account_id).await
}

/// Changes them; callers take turns.
pub(crate) async fn change(
    control: &Database,
    account_id: &str,
    edit: impl FnOnce(&mut AccountSettings),
) -> Result<(), ApiError> {
    let mut transaction = control.begin().await.map_err(database)?;
    tables::lock(&mut transaction, account_id).await.map_err(failed)?;
    let mut settings = stored(&mut transaction, account_id).await?;
    edit(&mut settings);
    sqlx::query("UPDATE audit_accounts SET settings = $2 WHERE account_id = $1")
        .bind(account_id)
        .bind(serde_json::to_string(&settings).map_err(failed)?)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

async fn stored(connection: &mut AnyConnection, account_id: &str) -> Result<AccountSettings, ApiError> {
    let text: Option<String> = sqlx::query_scalar("SELECT settings FROM audit_accounts WHERE account_id = $1")
        .bind(account_id)
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    text.map_or_else(|| Ok(AccountSettings::default()), |text| serde_json::from_str(&text).map_err(failed))
}

fn failed(error: impl std::fmt::Display) -> ApiError {
    ApiError::internal(&error)
}
