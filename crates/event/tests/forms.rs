//! Unusual but valid forms of JSON.

use event::{Event, EventBuilder, EventError, Masking};
use serde_json::{Map, Value};

fn event(rest: &str) -> Event {
    Event::parse(format!(r#"{{"eventId":"1","eventTime":"2026-03-01T08:00:00Z",{rest}}}"#).as_bytes()).unwrap()
}

#[test]
fn null_stands_for_an_absent_optional_field() {
    let event = event(r#""errorCode":null,"userIdentity":null,"isGlobal":null"#);
    assert!(!event.is_failed() && !event.is_global());
    assert!(Event::parse(br#"{"eventId":null,"eventTime":"2026-03-01T08:00:00Z"}"#).is_err());
}

#[test]
fn escaped_keys_and_doubles_are_found() {
    let event = event(r#""eventName":"First","event\u004eame":"Second""#);
    assert_eq!(event.event_name().as_deref(), Some("Second"));
}

#[test]
fn the_longest_key_that_leads_to_a_value_wins_at_the_top_too() {
    let event = event(r#""a.b":{"c":"long"},"a":{"b":{"c":"short","d":"only"}},"x.y":"dotted""#);
    assert_eq!(event.text("a.b.c").as_deref(), Some("long"));
    assert_eq!(event.text("a.b.d").as_deref(), Some("only"));
    assert_eq!(event.text("x.y").as_deref(), Some("dotted"));
}

#[test]
fn half_a_surrogate_pair_is_refused_wherever_it_stands() {
    for rest in [
        r#""eventName":"a\ud800""#,
        r#""unknown":[2,{"Secret":"\uDba1\u8ba1"}]"#,
        r#""requestParameters":{"\udc00":1}"#,
        r#""requestParameters":{"n":"\ud800\u0041"}"#,
    ] {
        let text = format!(r#"{{"eventId":"1","eventTime":"2026-03-01T08:00:00Z",{rest}}}"#);
        let error = Event::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(error, EventError::NotReadableEverywhere(_)), "{error}");
        assert!(error.to_string().contains("write whole characters"), "{error}");
    }
    assert_eq!(event(r#""eventName":"\ud83d\ude00""#).event_name().as_deref(), Some("😀"));
}

/// Names that `serde_json` takes for its own when they come first in an object.
#[test]
fn a_parameter_with_a_reserved_name_cannot_make_its_event_unreadable() {
    for name in ["$serde_json::private::Number", "$serde_json::private::RawValue"] {
        let parameters = Value::Object(Map::from_iter([
            (name.to_owned(), "not a number".into()),
            ("Password".to_owned(), "p4ss".into()),
            ("List".to_owned(), vec![Value::Object(Map::from_iter([(name.to_owned(), "x".into())]))].into()),
        ]));
        let event = EventBuilder::new()
            .field("eventId", "1")
            .field("eventTime", "2026-03-01T08:00:00Z")
            .field("requestParameters", parameters)
            .finish(&Masking::default(), 10_000)
            .unwrap();
        let read: Value = serde_json::from_str(event.as_json()).expect("readers that build values read it");
        let parameters = read["requestParameters"].as_object().expect("parameters stay an object");
        assert_eq!(parameters.get(&format!("_{name}")), Some(&Value::from("not a number")));
        assert_eq!(parameters["Password"], "****");
        Event::parse(event.as_json().as_bytes()).expect("what is written can be read");
        let elsewhere =
            format!(r#"{{"eventId":"1","eventTime":"2026-03-01T08:00:00Z","requestParameters":{{"{name}":"x"}}}}"#);
        assert!(matches!(Event::parse(elsewhere.as_bytes()), Err(EventError::NotReadableEverywhere(_))));
    }
}
