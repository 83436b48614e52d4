//! A carrier's gateway by SMPP 3.4: texts as UTF-16 in parts of 67 characters, receipts as `deliver_sm`.
//!
//! Public document: "Short Message Peer to Peer Protocol Specification v3.4", Appendix B for the text of receipts.
//!
//! One connection, bound as transceiver, made anew with growing pauses when it breaks. While it is not bound, messages
//! are rejected as retryable: nothing of them was sent.

mod link;
mod parts;
mod receipt;
mod session;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use openapi::SecretText;
use rusmpp::pdus::SubmitSm;
use rusmpp::{Command, CommandStatus, Pdu};
use tokio::sync::{mpsc, oneshot};

use crate::limits::{LATE_ANSWER_TIME, REPORT_QUEUE};
use crate::provider::{Connected, Message, Outcome, Provider, Rejection, Report};
use link::Link;
use session::Session;

/// Where and as whom to bind.
#[derive(Debug, Clone)]
pub struct SmppSettings {
    /// `HOST:PORT`
    pub address: String,
    /// `system_id`, at most 15 characters.
    pub system_id: String,
    /// At most 8 characters.
    pub password: SecretText,
    /// `system_type`, often empty.
    pub system_type: String,
    /// Number that messages come from; empty: the gateway's own.
    pub source_address: String,
    /// An answer has so long.
    pub timeout: Duration,
}

/// The driver.
pub struct SmppProvider {
    settings: SmppSettings,
    session: Arc<Session>,
    reports: mpsc::Sender<Report>,
    // Number of the next long message: its parts find each other by it.
    next_long: AtomicU8,
    running: tokio::task::JoinHandle<()>,
}

impl SmppProvider {
    /// Starts the driver; it binds in the background.
    pub fn connect(settings: SmppSettings) -> Connected {
        let (sender, reports) = mpsc::channel(REPORT_QUEUE);
        let session = Arc::new(Session::new());
        let running = tokio::spawn(session::keep_bound(settings.clone(), Arc::clone(&session), sender.clone()));
        let next_long = AtomicU8::new(0);
        Connected { provider: Arc::new(Self { settings, session, reports: sender, next_long, running }), reports }
    }

    async fn send(&self, message: &Message) -> Outcome {
        let link = match self.session.link() {
            Ok(link) => link,
            Err(cause) => return rejected("NotBound", format!("not bound to the SMPP gateway: {cause}"), true),
        };
        let number_of_long = self.next_long.fetch_add(1, Ordering::Relaxed);
        let parts = match parts::of(message, &self.settings.source_address, number_of_long) {
            Ok(parts) => parts,
            Err(fault) => return rejected("NotEncodable", fault, false),
        };
        let (answer, answered) = oneshot::channel();
        let sending = send_parts(link, parts);
        let (id, reports) = (message.id.clone(), self.reports.clone());
        tokio::spawn(async move {
            let outcome = tokio::time::timeout(LATE_ANSWER_TIME, sending)
                .await
                .unwrap_or_else(|_| unknown("no answer ever came"));
            // Nobody waits for the answer any more: it is late, and goes where reports go.
            if let Err(outcome) = answer.send(outcome)
                && !matches!(outcome, Outcome::Unknown(_))
            {
                // When nobody reads reports either, the server is ending, and the message stays unknown.
                let _ = reports.send(Report::Answered { id, outcome }).await;
            }
        });
        match tokio::time::timeout(self.settings.timeout, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => unknown("the driver stopped"),
            Err(_) => unknown("no answer in time"),
        }
    }
}

impl Drop for SmppProvider {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Provider for SmppProvider {
    fn name(&self) -> &'static str {
        "smpp"
    }

    fn submit<'a>(&'a self, message: &'a Message) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(self.send(message))
    }
}

/// Sends the parts one after the other. The outcome is the first part's that is not taken: a message of which a part is
/// missing never arrives whole.
async fn send_parts(link: Link, parts: Vec<SubmitSm>) -> Outcome {
    let mut references = Vec::with_capacity(parts.len());
    for part in parts {
        let Some(answer) = link.request(part).await else { return unknown("the connection broke before the answer") };
        match answer.pdu() {
            Some(Pdu::SubmitSmResp(response)) if answer.status() == CommandStatus::EsmeRok => {
                references.push(response.message_id().as_str().to_owned());
            }
            // A second attempt would send the parts that were taken again.
            _ => return refused(&answer, references.is_empty()),
        }
    }
    Outcome::Accepted(references)
}

fn refused(response: &Command, nothing_taken: bool) -> Outcome {
    let status = response.status();
    let busy = matches!(status, CommandStatus::EsmeRthrottled | CommandStatus::EsmeRmsgqful);
    rejected(&format!("ESME_{}", u32::from(status)), format!("the gateway answered {status:?}"), busy && nothing_taken)
}

fn rejected(code: &str, text: String, retryable: bool) -> Outcome {
    Outcome::Rejected(Rejection { code: code.to_owned(), text, retryable })
}

fn unknown(cause: &str) -> Outcome {
    Outcome::Unknown(cause.to_owned())
}
