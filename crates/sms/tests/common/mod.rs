//! What both peers share: messages to numbers whose last digits say what shall happen, and waiting for reports.

use std::time::Duration;

use serde_json::{Map, Value};
use sms::{Connected, Message, Outcome, Report};

/// Last digits of a number: taken and delivered at once.
pub const DELIVERED: &str = "13800000001";
/// Refused by the peer.
pub const REJECTED: &str = "13800000002";
/// Taken; the receipt comes a while later.
pub const LATE_RECEIPT: &str = "13800000003";
/// Taken; no receipt ever.
pub const NO_RECEIPT: &str = "13800000004";
/// Taken, but the answer comes after the driver's time-out.
pub const LATE_ANSWER: &str = "13800000005";
/// Refused because the peer is busy.
pub const BUSY: &str = "13800000006";

pub fn message(id: &str, number: &str, text: &str) -> Message {
    let mut parameters = Map::new();
    parameters.insert("name".to_owned(), Value::from("王芳"));
    Message {
        id: id.to_owned(),
        number: number.to_owned(),
        sign_name: "云谷".to_owned(),
        template_code: "SMS_1".to_owned(),
        parameters,
        text: text.to_owned(),
    }
}

pub fn references(outcome: Outcome) -> Vec<String> {
    match outcome {
        Outcome::Accepted(references) => references,
        other => panic!("accepted, not {other:?}"),
    }
}

pub async fn report(connected: &mut Connected) -> Report {
    tokio::time::timeout(Duration::from_secs(20), connected.reports.recv())
        .await
        .expect("a report within 20 s")
        .expect("the driver lives")
}

/// Nothing is reported for a while.
pub async fn silence(connected: &mut Connected) {
    let waited = tokio::time::timeout(Duration::from_millis(500), connected.reports.recv()).await;
    assert!(waited.is_err(), "no report, not {waited:?}");
}
