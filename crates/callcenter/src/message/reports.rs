//! What a driver reports after sending: late answers and receipts, written to the messages' rows.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use openapi::clock::now_ms;
use sms::{Key, Receipt, Report, State, Watched};
use tokio::sync::mpsc;

use crate::center::{CallCenter, CallCenterError};
use crate::limits::{EARLY_RECEIPT_MS, MAX_EARLY_RECEIPTS};
use crate::message::{batch, rows};

/// Early receipts are tried again so often.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// Open messages of earlier runs that the driver is told of.
const MAX_TAKEN_UP: i64 = 10_000;

impl CallCenter {
    /// Takes up the open messages of earlier runs and writes down what the driver reports, until the driver is gone.
    /// Runs for as long as the server does.
    pub async fn follow_reports(self: Arc<Self>, mut reports: mpsc::Receiver<Report>) {
        if let Err(error) = self.take_up_open_messages().await {
            tracing::error!(%error, "the open short messages of earlier runs could not be taken up");
        }
        let mut early: VecDeque<(i64, Receipt)> = VecDeque::new();
        loop {
            tokio::select! {
                report = reports.recv() => match report {
                    Some(Report::Answered { id, outcome }) => self.log_failure(self.take_answer(&id, &outcome).await),
                    Some(Report::Receipt(receipt)) => self.take_receipt(receipt, now_ms(), &mut early).await,
                    None => return,
                },
                () = tokio::time::sleep(RETRY_INTERVAL), if !early.is_empty() => {
                    for (since_ms, receipt) in std::mem::take(&mut early) {
                        self.take_receipt(receipt, since_ms, &mut early).await;
                    }
                }
            }
        }
    }

    async fn take_up_open_messages(&self) -> Result<(), CallCenterError> {
        let provider = self.short_messages.name();
        let mut transaction = self.database.begin().await?;
        let open = rows::take_up_open(&mut transaction, provider, MAX_TAKEN_UP).await?;
        transaction.commit().await?;
        for message in open.into_iter().rev() {
            self.short_messages.watch(Watched {
                id: message.id,
                number: message.phone_number,
                reference: Some(message.biz_id).filter(|reference| !reference.is_empty()),
                submitted_at_ms: message.created_at_ms,
            });
        }
        Ok(())
    }

    async fn take_answer(&self, message_id: &str, outcome: &sms::Outcome) -> Result<(), CallCenterError> {
        let mut transaction = self.database.begin().await?;
        batch::store_outcome(&mut transaction, message_id, outcome).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// A receipt may overtake the answer that names its reference; then it waits a little.
    async fn take_receipt(&self, receipt: Receipt, since_ms: i64, early: &mut VecDeque<(i64, Receipt)>) {
        match self.apply(&receipt).await {
            Ok(true) => {}
            Ok(false) if now_ms() - since_ms < EARLY_RECEIPT_MS && early.len() < MAX_EARLY_RECEIPTS => {
                early.push_back((since_ms, receipt));
            }
            Ok(false) => tracing::warn!(code = receipt.code, "a receipt belongs to no message of this server"),
            Err(error) => self.log_failure(Err(error)),
        }
    }

    /// `false` if no message is known by the receipt's key.
    async fn apply(&self, receipt: &Receipt) -> Result<bool, CallCenterError> {
        let mut transaction = self.database.begin().await?;
        let (message_id, state) = match &receipt.key {
            Key::Id(id) => (id.clone(), receipt.state),
            Key::Reference(reference) => {
                let provider = self.short_messages.name();
                let Some(id) = rows::message_of_part(&mut transaction, provider, reference).await? else {
                    return Ok(false);
                };
                let parts = rows::change_part(&mut transaction, &id, reference, receipt.state).await?;
                (id, State::of_parts(&parts))
            }
        };
        let change = rows::Change { state, biz_id: None, code: &receipt.code, cause: "", now_ms: now_ms() };
        // A message that ended before, or was deleted with its instance, stays as it is.
        rows::change(&mut transaction, &message_id, &change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    fn log_failure(&self, outcome: Result<(), CallCenterError>) {
        if let Err(error) = outcome {
            tracing::error!(%error, "a report of a short message could not be stored");
        }
    }
}
