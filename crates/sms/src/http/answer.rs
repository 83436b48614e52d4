//! What the service's answers mean.

use serde_json::Value;

use super::{Called, not_sent};
use crate::provider::{Key, Outcome, Receipt, Rejection, Watched};
use crate::state::State;

/// Of SendSms. A failed service (5xx) may have taken the message all the same.
pub(super) fn of_send(called: Called) -> Outcome {
    let (status, body) = match called {
        Called::Answered(status, body) => (status, body),
        Called::NotSent(cause) => return not_sent(cause),
        Called::Lost(cause) => return Outcome::Unknown(cause),
    };
    let code = text(&body, "Code");
    match (status, code) {
        (200, "OK") => match text(&body, "BizId") {
            "" => Outcome::Unknown("the service answered OK without a BizId".to_owned()),
            biz_id => Outcome::Accepted(vec![biz_id.to_owned()]),
        },
        (200..=499, code) if !code.is_empty() => Outcome::Rejected(Rejection {
            code: code.to_owned(),
            text: text(&body, "Message").to_owned(),
            retryable: code.starts_with("Throttling"),
        }),
        (status, code) => Outcome::Unknown(format!("the service answered HTTP {status} {code}")),
    }
}

/// Of QuerySendDetails for one message: its receipt, if there is one by now.
pub(super) fn receipt(body: &Value, message: &Watched) -> Option<Receipt> {
    let details = body.get("SmsSendDetailDTOs")?.get("SmsSendDetailDTO")?.as_array()?;
    let detail = details.iter().find(|detail| text(detail, "OutId") == message.id)?;
    let state = match detail.get("SendStatus").and_then(number) {
        Some(2) => State::Failed,
        Some(3) => State::Delivered,
        _ => return None,
    };
    Some(Receipt { key: Key::Id(message.id.clone()), state, code: text(detail, "ErrCode").to_owned() })
}

/// Numbers travel as numbers or as text.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_of_sending() {
        let answered = |status, body| of_send(Called::Answered(status, body));
        let accepted = answered(200, json!({"Code": "OK", "BizId": "900619746936498440^0"}));
        assert_eq!(accepted, Outcome::Accepted(vec!["900619746936498440^0".to_owned()]));
        for (status, code, retryable) in [
            (200, "isv.MOBILE_NUMBER_ILLEGAL", false),
            (400, "Throttling.User", true),
            (404, "InvalidAccessKeyId.NotFound", false),
        ] {
            let outcome = answered(status, json!({"Code": code, "Message": "why"}));
            let expected = Rejection { code: code.to_owned(), text: "why".to_owned(), retryable };
            assert_eq!(outcome, Outcome::Rejected(expected));
        }
        for (status, body) in
            [(200, json!({"Code": "OK"})), (500, json!({"Code": "InternalError"})), (200, Value::Null)]
        {
            assert!(matches!(answered(status, body), Outcome::Unknown(_)));
        }
    }

    #[test]
    fn receipts_are_found_by_our_id() {
        let message =
            Watched { id: "a".to_owned(), number: "13800000000".to_owned(), reference: None, submitted_at_ms: 0 };
        let body = |status: Value, out_id: &str| {
            let detail = json!({"SendStatus": status, "OutId": out_id, "ErrCode": "DELIVERED"});
            json!({"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [detail]}})
        };
        let state = |status, out_id| receipt(&body(status, out_id), &message).map(|receipt| receipt.state);
        assert_eq!(state(json!(3), "a"), Some(State::Delivered));
        assert_eq!(state(json!("2"), "a"), Some(State::Failed));
        assert_eq!(state(json!(1), "a"), None);
        assert_eq!(state(json!(3), "b"), None);
        assert_eq!(receipt(&Value::Null, &message), None);
    }
}
