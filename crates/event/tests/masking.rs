//! Masking as a whole.

use event::limits::MAX_DEPTH;
use event::{Event, EventBuilder, Masking, PersonalData};
use proptest::prelude::*;
use serde_json::{Value, json};

const SECRETS_ONLY: Masking = Masking { personal: PersonalData::Keep };
const ALL: Masking = Masking { personal: PersonalData::Mask };

fn masked(mut value: Value, masking: &Masking) -> Value {
    masking.mask(&mut value);
    value
}

#[test]
fn secrets_are_masked_at_any_depth_whatever_they_are() {
    let value = json!({
        "Password": "p", "PASSWD": 7, "Credential": {"a": ["b"]}, "list": [{"accessKeySecret": "s"}, {"x": {"PrivateKey": null}}],
        "UserObject.1.Password": "p", "UserObject.1.LoginName": "dana", "Token.3": "t", "security_token": "t",
        "AccessKeyId": "LTAI1", "NextToken": "n", "ClientToken": "c", "PasswordResetRequired": true,
    });
    let expected = json!({
        "Password": "****", "PASSWD": "****", "Credential": "****", "list": [{"accessKeySecret": "****"}, {"x": {"PrivateKey": "****"}}],
        "UserObject.1.Password": "****", "UserObject.1.LoginName": "dana", "Token.3": "****", "security_token": "****",
        "AccessKeyId": "LTAI1", "NextToken": "n", "ClientToken": "c", "PasswordResetRequired": true,
    });
    assert_eq!(masked(value, &SECRETS_ONLY), expected);
}

#[test]
fn json_inside_strings_is_looked_into() {
    let inner = json!({"Password": "p", "Name": "n"}).to_string();
    let inmost = json!({"a": [inner]}).to_string();
    let value = json!({"UserObject": inner, "Deep": inmost, "Spaced": " [ {\"Secret\" : 1} ] ", "Plain": "{not json"});
    let expected = json!({
        "UserObject": "{\"Password\":\"****\",\"Name\":\"n\"}",
        "Deep": "{\"a\":[\"{\\\"Password\\\":\\\"****\\\",\\\"Name\\\":\\\"n\\\"}\"]}",
        "Spaced": "[{\"Secret\":\"****\"}]",
        "Plain": "{not json",
    });
    assert_eq!(masked(value, &SECRETS_ONLY), expected);
}

#[test]
fn signed_urls_lose_their_signature() {
    let value = json!({"SignatureUrl": "https://b/r.wav?OSSAccessKeyId=k&Signature=s", "Other": ["http://a/?x=1"]});
    let expected =
        json!({"SignatureUrl": "https://b/r.wav?OSSAccessKeyId=k&Signature=****", "Other": ["http://a/?x=1"]});
    assert_eq!(masked(value, &SECRETS_ONLY), expected);
}

#[test]
fn personal_data_only_when_asked_for() {
    let value = json!({
        "Caller": "13800001234", "CalleeNumber": 13800001234u64, "PhoneNumbers": "13800001234,13900005678",
        "PhoneNumber.1": "02155556666", "TemplateParam": "{\"name\":\"Li\"}", "Extension": "8003",
        "DialNumberPairs": {"DialNumberPair": [{"Callee": {"City": "上海", "Number": "02155556666"}}]},
        "PhoneNumberJson": "[\"13800001234\"]", "PageNumber": 1, "PhoneNumberId": "c0ffee",
    });
    let expected = json!({
        "Caller": "138******34", "CalleeNumber": "138******34", "PhoneNumbers": "138******34,139******78",
        "PhoneNumber.1": "021******66", "TemplateParam": "****", "Extension": "8003",
        "DialNumberPairs": {"DialNumberPair": [{"Callee": {"City": "上海", "Number": "021******66"}}]},
        "PhoneNumberJson": "[\"138******34\"]", "PageNumber": 1, "PhoneNumberId": "c0ffee",
    });
    assert_eq!(masked(value.clone(), &SECRETS_ONLY), value);
    assert_eq!(masked(value, &ALL), expected);
}

#[test]
fn what_is_too_deep_to_look_into_is_masked() {
    let mut value = json!({"Password": "hidden"});
    for _ in 0..100 {
        value = json!([value]);
    }
    let text = masked(value, &SECRETS_ONLY).to_string();
    assert!(!text.contains("hidden"), "{text}");
    assert_eq!(text.matches('[').count(), MAX_DEPTH - 1);

    let mut text = String::from("\"Password\"");
    for _ in 0..80 {
        text = format!("[{text}]");
    }
    assert_eq!(masked(json!({ "x": text }), &SECRETS_ONLY), json!({"x": "****"}));
}

#[test]
fn only_the_four_fields_are_masked_and_the_rest_keeps_its_bytes() {
    let text = concat!(
        r#"{"eventId":"1","token":"kept","eventTime":"2026-03-01T08:00:00Z","requestParameters":{"a":1.0,"Pass\u0077ord":"p","a":-0},"#,
        r#""requestParameterJson":"{\"Password\":\"p\"}","responseElements":{"Token":"t","url":"\u0061"},"#,
        r#""additionalEventData":{"pwd":"p"},"userIdentity":{"secret":"kept"}}"#
    );
    let expected = concat!(
        r#"{"eventId":"1","token":"kept","eventTime":"2026-03-01T08:00:00Z","requestParameters":{"a":1.0,"Pass\u0077ord":"****","a":-0},"#,
        r#""requestParameterJson":"{\"Password\":\"****\"}","responseElements":{"Token":"****","url":"\u0061"},"#,
        r#""additionalEventData":{"pwd":"****"},"userIdentity":{"secret":"kept"}}"#
    );
    let event = Event::parse(text.as_bytes()).unwrap().masked(&SECRETS_ONLY);
    assert_eq!(event.as_json(), expected);
    // The index is that of the new text.
    assert_eq!(event, Event::parse(expected.as_bytes()).unwrap());
}

/// The event with `rest` as its further members, masked.
fn masked_event(rest: &str) -> String {
    let text = format!(r#"{{"eventId":"1","eventTime":"2026-03-01T08:00:00Z",{rest}}}"#);
    Event::parse(text.as_bytes()).unwrap().masked(&SECRETS_ONLY).into_json()
}

#[test]
fn valid_json_that_no_string_can_hold_hides_no_secret() {
    for rest in [
        r#""requestParameterJson":"{\"x\":\"\\ud800\",\"Password\":\"HIDDEN\"}""#,
        r#""requestParameters":{"Password":"HIDDEN","Password":"****"}"#,
        r#""responseElements":{"a":1e400,"Token":"HIDDEN"}"#,
    ] {
        let text = masked_event(rest);
        assert!(!text.contains("HIDDEN") && text.contains("****"), "{text}");
    }
}

#[test]
fn json_text_nested_beyond_the_reader_hides_no_secret() {
    let inner = format!("{}{{\"Password\":\"HIDDEN\"}}{}", "[".repeat(130), "]".repeat(130));
    let text = masked_event(&format!(r#""requestParameters":{{"x":{}}}"#, json!(inner)));
    assert!(!text.contains("HIDDEN"), "{text}");
}

#[test]
fn what_is_written_can_be_read_again_however_deep_the_parameters_are() {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let builder = || EventBuilder::new().field("eventId", "1").field("eventTime", "2026-03-01T08:00:00Z");
    let event = builder().field("requestParameters", json!({"x": deep})).finish(&SECRETS_ONLY, 256 * 1024).unwrap();
    assert_eq!(Event::parse(event.as_json().as_bytes()).as_ref(), Ok(&event));
    let refused = builder().field("unmasked", deep).finish(&SECRETS_ONLY, 256 * 1024);
    assert_eq!(refused, Err(event::EventError::TooDeep));
}

#[test]
fn the_builder_masks() {
    let event = EventBuilder::new()
        .field("eventId", "1")
        .field("eventTime", "2026-03-01T08:00:00Z")
        .field("requestParameters", json!({"Password": "p"}))
        .field("requestParameterJson", json!({"Password": "p"}).to_string())
        .finish(&SECRETS_ONLY, 256 * 1024)
        .unwrap();
    assert_eq!(event.get("requestParameters"), Some(r#"{"Password":"****"}"#));
    assert_eq!(event.text("requestParameterJson").as_deref(), Some(r#"{"Password":"****"}"#));
}

const PLANTED: &str = "Planted-5ecret";

/// A value that hides a secret somewhere: in lists, objects and JSON text, under keys of the table.
fn with_planted_secret() -> impl Strategy<Value = Value> {
    let keys = ["Password", "accessKeySecret", "A.1.SecurityToken", "SAMLAssertion", "Signature.2", "verify-code"];
    let leaf = proptest::sample::select(keys.to_vec()).prop_map(|key| json!({"before": 1, key: PLANTED, "after": "x"}));
    leaf.prop_recursive(8, 8, 1, |inner| {
        (inner, 0u8..3).prop_map(|(inner, kind)| match kind {
            0 => json!([1, inner]),
            1 => json!({"Body": inner, "Name": "中\n\"文\""}),
            _ => json!({"Text": inner.to_string()}),
        })
    })
}

proptest! {
    #[test]
    fn a_planted_secret_is_always_found(value in with_planted_secret()) {
        prop_assume!(value.to_string().len() < 100_000);
        let once = masked(value, &SECRETS_ONLY);
        prop_assert!(!once.to_string().contains(PLANTED));
        prop_assert!(once.to_string().contains("****"));
        prop_assert_eq!(masked(once.clone(), &SECRETS_ONLY), once);
    }
}
