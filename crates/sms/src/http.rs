//! The cloud's short message service: SendSms, and QuerySendDetails for the receipts.
//!
//! Public documents: Dysmsapi 2017-05-25, "SendSms" (not idempotent by its own words) and "QuerySendDetails". Requests
//! are RPC style, signature version 1.0, by the project's own signer.
//!
//! The service is asked for receipts at an interval; `OutId` carries our id, so that even a message whose answer was
//! lost is found again by its number and day.

mod answer;
mod watch;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use openapi::client::{Credentials, signed_v1_query};
use openapi::clock::now_ms;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::limits::{MAX_ANSWER_BYTES, REPORT_QUEUE};
use crate::provider::{Connected, Message, Outcome, Provider, Rejection, Watched};
use watch::Watch;

const VERSION: &str = "2017-05-25";

/// Where and as whom to call.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// `http://HOST[:PORT]`
    pub endpoint: String,
    /// `RegionId` of the calls.
    pub region: String,
    /// What signs them.
    pub credentials: Credentials,
    /// A call has so long for its answer.
    pub timeout: Duration,
    /// Receipts are asked for this often.
    pub receipt_interval: Duration,
}

/// The driver.
pub struct HttpProvider {
    api: Arc<Api>,
    watch: Arc<Watch>,
    asking: tokio::task::JoinHandle<()>,
}

impl HttpProvider {
    /// Starts the driver; it connects when it has something to say.
    pub fn connect(settings: HttpSettings) -> Connected {
        let (sender, reports) = mpsc::channel(REPORT_QUEUE);
        let interval = settings.receipt_interval;
        let api = Arc::new(Api::new(settings));
        let watch = Arc::new(Watch::default());
        let asking = tokio::spawn(watch::ask_for_receipts(Arc::clone(&api), Arc::clone(&watch), interval, sender));
        Connected { provider: Arc::new(Self { api, watch, asking }), reports }
    }
}

impl Drop for HttpProvider {
    fn drop(&mut self) {
        self.asking.abort();
    }
}

impl Provider for HttpProvider {
    fn name(&self) -> &'static str {
        "http"
    }

    fn submit<'a>(&'a self, message: &'a Message) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async {
            let submitted_at_ms = now_ms();
            let outcome = answer::of_send(self.api.call("SendSms", send_parameters(message)).await);
            let reference = match &outcome {
                Outcome::Accepted(references) => references.first().cloned(),
                Outcome::Unknown(_) => None,
                Outcome::Delivered(_) | Outcome::Rejected(_) => return outcome,
            };
            let (id, number) = (message.id.clone(), message.number.clone());
            self.watch.add(Watched { id, number, reference, submitted_at_ms });
            outcome
        })
    }

    fn watch(&self, message: Watched) {
        self.watch.add(message);
    }
}

fn send_parameters(message: &Message) -> Vec<(&'static str, String)> {
    let mut parameters = vec![
        ("PhoneNumbers", message.number.clone()),
        ("SignName", message.sign_name.clone()),
        ("TemplateCode", message.template_code.clone()),
        ("OutId", message.id.clone()),
    ];
    if !message.parameters.is_empty() {
        parameters.push(("TemplateParam", Value::Object(message.parameters.clone()).to_string()));
    }
    parameters
}

/// What came of a call.
pub(super) enum Called {
    /// An answer with its status; the body as JSON, `Null` if it was none.
    Answered(u16, Value),
    /// Nothing was sent.
    NotSent(String),
    /// Sent, or perhaps; no answer.
    Lost(String),
}

/// Signed calls of one service with one key.
pub(super) struct Api {
    settings: HttpSettings,
    agent: ureq::Agent,
}

impl Api {
    fn new(settings: HttpSettings) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(settings.timeout))
            .build()
            .into();
        Self { settings, agent }
    }

    /// POST with the parameters in the body: numbers and texts stay out of the access logs between here and there.
    pub(super) async fn call(
        self: &Arc<Self>,
        operation: &'static str,
        parameters: Vec<(&'static str, String)>,
    ) -> Called {
        let api = Arc::clone(self);
        let calling = tokio::task::spawn_blocking(move || api.call_blocking(operation, &parameters));
        calling.await.unwrap_or_else(|error| Called::Lost(format!("the call was stopped: {error}")))
    }

    fn call_blocking(&self, operation: &str, parameters: &[(&'static str, String)]) -> Called {
        let mut all: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.push(("RegionId", &self.settings.region));
        let now_s = now_ms().div_euclid(1_000);
        let form = signed_v1_query("POST", operation, VERSION, &all, &self.settings.credentials, now_s);
        let request = self
            .agent
            .post(format!("{}/", self.settings.endpoint.trim_end_matches('/')))
            .header("content-type", "application/x-www-form-urlencoded");
        let mut response = match request.send(form.as_str()) {
            Ok(response) => response,
            Err(error) if nothing_was_sent(&error) => return Called::NotSent(error.to_string()),
            Err(error) => return Called::Lost(error.to_string()),
        };
        let status = response.status().as_u16();
        match response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec() {
            Ok(bytes) => Called::Answered(status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)),
            Err(error) => Called::Lost(error.to_string()),
        }
    }
}

/// Only what certainly failed before the first byte of the request; everything else may have been acted on.
fn nothing_was_sent(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::BadUri(_) => true,
        ureq::Error::Timeout(timeout) => matches!(timeout, ureq::Timeout::Resolve | ureq::Timeout::Connect),
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        _ => false,
    }
}

fn not_sent(cause: String) -> Outcome {
    Outcome::Rejected(Rejection { code: "Unreachable".to_owned(), text: cause, retryable: true })
}
