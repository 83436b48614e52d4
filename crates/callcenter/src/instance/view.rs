//! An instance as answers show it (CCC 2017-07-05, "GetInstance").

use openapi::wrapped_list;
use serde_json::{Map, Value};
use sqlx::AnyConnection;

use crate::center::CallCenterError;
use crate::instance::rows::{Instance, Scope, find};
use crate::{phone_number, user};

/// The instances of a scope with administrators and numbers, oldest first: three queries however many there are.
pub(crate) async fn instances(
    connection: &mut AnyConnection,
    scope: Scope<'_>,
) -> Result<Vec<Map<String, Value>>, CallCenterError> {
    let instances = find(connection, scope).await?;
    let mut administrators = user::rows::administrators(connection, scope).await?;
    let mut numbers = phone_number::rows::numbers_of_instances(connection, scope).await?;
    Ok(instances
        .into_iter()
        .map(|instance| {
            let administrators = administrators.remove(&instance.id).unwrap_or_default();
            let numbers = numbers.remove(&instance.id).unwrap_or_default();
            view(instance, administrators, numbers)
        })
        .collect())
}

fn view(instance: Instance, administrators: Vec<Value>, numbers: Vec<Value>) -> Map<String, Value> {
    let console_url = format!("ccc.aliyun.com/workbench/{}", instance.domain_name);
    [
        ("InstanceId", Value::from(instance.id)),
        ("InstanceName", instance.name.into()),
        ("InstanceDescription", instance.description.into()),
        ("DomainName", instance.domain_name.into()),
        ("ConsoleUrl", console_url.into()),
        ("Status", instance.status.into()),
        ("Owner", instance.account_id.into()),
        ("DirectoryId", instance.directory_id.into()),
        ("TenantId", instance.tenant_id.into()),
        ("CreatedTime", instance.created_at_ms.into()),
        ("MaxOnlineAgents", instance.max_online_agents.into()),
        ("StorageBucket", instance.storage_bucket.into()),
        ("StorageMaxDays", instance.storage_max_days.into()),
        ("StorageMaxSize", instance.storage_max_size_gb.into()),
        ("Admin", wrapped_list("User", administrators)),
        ("PhoneNumbers", wrapped_list("PhoneNumber", numbers)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
