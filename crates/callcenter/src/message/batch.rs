//! One sending: rows first, then the provider, then the outcomes. Whoever called may leave; the sending goes on.

use std::sync::Arc;
use std::time::Duration;

use database::Database;
use futures::future::join_all;
use openapi::clock::now_ms;
use serde_json::{Map, Value};
use sms::{Message, Outcome, Provider, State};

use crate::center::{CallCenterError, new_id};
use crate::limits::{CONCURRENT_SUBMISSIONS, RETRY_PAUSES_MS};
use crate::message::rows::{self, Change, SmsConfig, StoredMessage};

/// What is to be sent to whom.
pub(super) struct Batch<'a> {
    pub(super) id: String,
    pub(super) config: &'a SmsConfig,
    pub(super) numbers: Vec<String>,
    pub(super) parameters: Map<String, Value>,
    /// Rendered, signature included.
    pub(super) text: String,
    /// The call whose survey it is.
    pub(super) survey_of: Option<&'a str>,
}

/// What came of a batch.
#[derive(Debug, Default, Clone)]
pub(super) struct Sent {
    /// Messages that the provider took, or perhaps took.
    pub(super) taken: usize,
    /// Messages whose fate is not known.
    pub(super) unknown: usize,
    /// Messages that it refused.
    pub(super) rejected: usize,
    /// Reference of the first message that was taken.
    pub(super) reference: Option<String>,
    /// Code and words of the first refusal.
    pub(super) refusal: Option<(String, String)>,
}

/// Stores the messages as queued; `false` if the contact's survey was offered before, and then nothing is stored.
pub(super) async fn store(
    database: &Database,
    provider: &dyn Provider,
    instance_id: &str,
    batch: &Batch<'_>,
    now_ms: i64,
) -> Result<Option<Vec<Message>>, CallCenterError> {
    let messages: Vec<Message> = batch.numbers.iter().map(|number| message(batch, number)).collect();
    let mut transaction = database.begin().await?;
    if let Some(contact_id) = batch.survey_of
        && !rows::claim_survey(&mut transaction, instance_id, contact_id, &batch.id).await?
    {
        return Ok(None);
    }
    for message in &messages {
        let stored = StoredMessage {
            id: message.id.clone(),
            batch_id: batch.id.clone(),
            config_id: batch.config.id,
            phone_number: message.number.clone(),
            sign_name: message.sign_name.clone(),
            text: message.text.clone(),
            provider: provider.name().to_owned(),
            biz_id: String::new(),
            state: State::Queued.name().to_owned(),
            code: String::new(),
            cause: String::new(),
            created_at_ms: now_ms,
            changed_at_ms: now_ms,
        };
        rows::insert(&mut transaction, instance_id, &stored).await?;
    }
    transaction.commit().await?;
    Ok(Some(messages))
}

fn message(batch: &Batch<'_>, number: &str) -> Message {
    Message {
        id: new_id(),
        number: number.to_owned(),
        sign_name: batch.config.sign_name.clone(),
        template_code: batch.config.template_code.clone(),
        parameters: batch.parameters.clone(),
        text: batch.text.clone(),
    }
}

/// Gives the stored messages to the provider, a few at a time, and stores each group's outcomes before the next.
pub(super) async fn submit(
    database: Database,
    provider: Arc<dyn Provider>,
    messages: Vec<Message>,
) -> Result<Sent, CallCenterError> {
    let mut sent = Sent::default();
    for group in messages.chunks(CONCURRENT_SUBMISSIONS) {
        let outcomes = join_all(group.iter().map(|message| submit_one(provider.as_ref(), message))).await;
        let mut transaction = database.begin().await?;
        for (message, outcome) in group.iter().zip(&outcomes) {
            store_outcome(&mut transaction, &message.id, outcome).await?;
        }
        transaction.commit().await?;
        outcomes.iter().for_each(|outcome| sent.count(outcome));
    }
    Ok(sent)
}

/// Only what the provider refused as "not now" is given again.
async fn submit_one(provider: &dyn Provider, message: &Message) -> Outcome {
    for pause_ms in RETRY_PAUSES_MS {
        match provider.submit(message).await {
            Outcome::Rejected(rejection) if rejection.retryable => {
                tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            }
            outcome => return outcome,
        }
    }
    provider.submit(message).await
}

/// Writes what a provider said to a message.
pub(super) async fn store_outcome(
    connection: &mut sqlx::AnyConnection,
    message_id: &str,
    outcome: &Outcome,
) -> Result<(), CallCenterError> {
    let (state, biz_id, code, cause) = match outcome {
        Outcome::Accepted(references) => {
            for reference in references {
                rows::insert_part(connection, message_id, reference).await?;
            }
            (State::Submitted, references.first().map(String::as_str), "", "")
        }
        Outcome::Delivered(reference) => (State::Delivered, Some(reference.as_str()), "", ""),
        Outcome::Rejected(rejection) => (State::Failed, None, rejection.code.as_str(), rejection.text.as_str()),
        Outcome::Unknown(cause) => (State::Unknown, None, "", cause.as_str()),
    };
    let change = Change { state, biz_id, code, cause, now_ms: now_ms() };
    rows::change(connection, message_id, &change).await?;
    Ok(())
}

impl Sent {
    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Accepted(references) => {
                self.taken += 1;
                self.reference = self.reference.take().or_else(|| references.first().cloned());
            }
            Outcome::Delivered(reference) => {
                self.taken += 1;
                self.reference.get_or_insert_with(|| reference.clone());
            }
            Outcome::Unknown(_) => {
                self.taken += 1;
                self.unknown += 1;
            }
            Outcome::Rejected(rejection) => {
                self.rejected += 1;
                self.refusal.get_or_insert_with(|| (rejection.code.clone(), rejection.text.clone()));
            }
        }
    }
}
