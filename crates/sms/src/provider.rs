//! The seam: what a driver is given, what it answers, what it reports afterwards.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::state::State;

/// One message to one number. Its owner stored it before a driver sees it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Ours; providers that can, repeat it in their receipts.
    pub id: String,
    /// Digits, with a plus sign when it is international.
    pub number: String,
    /// Signature of the sender.
    pub sign_name: String,
    /// The provider's code of the template.
    pub template_code: String,
    /// Values of the template's variables.
    pub parameters: Map<String, Value>,
    /// The rendered text, signature included.
    pub text: String,
}

/// What a provider said to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken; a receipt may follow. One reference for each part that the message was cut into.
    Accepted(Vec<String>),
    /// Taken and, by the driver's own word, delivered: no receipt follows.
    Delivered(String),
    /// Not taken, and never will be.
    Rejected(Rejection),
    /// Nobody knows: no answer in time, or the connection broke after sending. The text is for people.
    Unknown(String),
}

/// Why a provider did not take a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The provider's code, such as `isv.MOBILE_NUMBER_ILLEGAL` or `ESME_11`.
    pub code: String,
    /// For people.
    pub text: String,
    /// Nothing was sent, and the same message may be taken in a moment.
    pub retryable: bool,
}

/// What a driver says of a message after [`Provider::submit`] returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The answer of a message that was [`Outcome::Unknown`] came late.
    Answered {
        /// Of the message.
        id: String,
        /// [`Outcome::Accepted`] or [`Outcome::Rejected`].
        outcome: Outcome,
    },
    /// The end of a message, or of a part of it.
    Receipt(Receipt),
}

/// A delivery receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which message, or part.
    pub key: Key,
    /// [`State::Delivered`] or [`State::Failed`].
    pub state: State,
    /// The provider's word for it: `DELIVRD`, `000`, …
    pub code: String,
}

/// What a receipt names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Our id.
    Id(String),
    /// A reference of [`Outcome::Accepted`].
    Reference(String),
}

/// A message of an earlier run whose end is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Ours.
    pub id: String,
    /// Where it went.
    pub number: String,
    /// The provider's, if it answered.
    pub reference: Option<String>,
    /// When it was submitted, Unix milliseconds.
    pub submitted_at_ms: i64,
}

/// A driver.
pub trait Provider: Send + Sync + 'static {
    /// Name in rows and lists.
    fn name(&self) -> &'static str;

    /// Gives one message to the provider. Returns within the driver's time-out, and sends at most once.
    fn submit<'a>(&'a self, message: &'a Message) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

    /// Takes up a message of an earlier run, for drivers that ask for receipts. Those that are told do nothing.
    fn watch(&self, message: Watched) {
        let _ = message;
    }
}

/// A driver with the stream of its reports. Reports that nobody reads make the driver wait.
pub struct Connected {
    /// The driver.
    pub provider: Arc<dyn Provider>,
    /// Its reports; ends when the driver is dropped.
    pub reports: mpsc::Receiver<Report>,
}
