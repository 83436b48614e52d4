//! The two flows that every instance has: the welcome flow, which takes the calls of its first numbers, and the voice
//! survey, which takes the calls that agents hand over for rating.
//!
//! The content is JSON text, opaque to clients; what runs calls will read it. Clients replace it with their own.

use database::Database;
use sqlx::AnyConnection;

use crate::center::CallCenterError;
use crate::contact_flow::rows::{self, ContactFlow, MAIN_FLOW, NewFlow, SYSTEM_FLOW};
use crate::instance;

const WELCOME_NAME: &str = "Welcome";
const WELCOME_DESCRIPTION: &str = "Greets and forwards to the default skill group";
const WELCOME_CONTENT: &str = r#"{"Start":"greet","Nodes":[{"Id":"greet","Play":"欢迎致电","Next":"queue"},{"Id":"queue","SkillGroup":"Default"}]}"#;
const SURVEY_NAME: &str = "SatisfactionSurvey";
const SURVEY_DESCRIPTION: &str = "Asks the customer to rate the call";
/// Nothing is asked before CreateVoiceAppraise says what.
const EMPTY: &str = "{}";

/// Gives an instance its flows and the welcome flow its numbers; nothing happens if it has them. The caller holds the
/// instance's lock.
pub(crate) async fn give_to_instance(
    connection: &mut AnyConnection,
    instance_id: &str,
    account_id: &str,
    now_ms: i64,
) -> Result<(), CallCenterError> {
    let flow = |name, description, flow_type, content, published| NewFlow {
        instance_id,
        name,
        description,
        flow_type,
        canvas: EMPTY,
        content,
        published,
        made_by: account_id,
        now_ms,
    };
    let survey = flow(SURVEY_NAME, SURVEY_DESCRIPTION, SYSTEM_FLOW, EMPTY, false);
    let welcome = flow(WELCOME_NAME, WELCOME_DESCRIPTION, MAIN_FLOW, WELCOME_CONTENT, true);
    let welcome_id = rows::insert(connection, &welcome).await?;
    rows::insert(connection, &survey).await?;
    let Some(welcome_id) = welcome_id else { return Ok(()) };
    sqlx::query(
        "UPDATE ccc_phone_numbers SET contact_flow_id = $1
         WHERE instance_id = $2 AND contact_flow_id IS NULL AND usage <> 'Outbound'",
    )
    .bind(welcome_id)
    .bind(instance_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// [`give_to_instance`] for instances that were created before there were flows. One query when there are none.
pub(crate) async fn give_to_all_instances(database: &Database, now_ms: i64) -> Result<(), CallCenterError> {
    let without: Vec<(String, String)> = sqlx::query_as(
        "SELECT id, account_id FROM ccc_instances i
         WHERE NOT EXISTS (SELECT 1 FROM ccc_contact_flows f WHERE f.instance_id = i.id) ORDER BY id",
    )
    .fetch_all(database.pool())
    .await?;
    for (instance_id, account_id) in without {
        let mut transaction = database.begin().await?;
        if instance::rows::lock(&mut transaction, &instance_id).await? {
            give_to_instance(&mut transaction, &instance_id, &account_id, now_ms).await?;
            transaction.commit().await?;
        }
    }
    Ok(())
}

/// The survey flow of an instance.
pub(super) async fn survey(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Option<ContactFlow>, CallCenterError> {
    let flows = rows::of_instance(connection, instance_id).await?;
    Ok(flows.into_iter().find(|flow| flow.head.flow_type == SYSTEM_FLOW && flow.head.name == SURVEY_NAME))
}
