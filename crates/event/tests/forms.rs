//! Unusual but valid forms of JSON.

use event::Event;

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
fn half_a_surrogate_pair_survives_and_reads_as_the_replacement_character() {
    let event = event(r#""eventName":"a\ud800""#);
    assert_eq!(event.event_name().as_deref(), Some("a\u{FFFD}"));
    assert!(event.as_json().contains(r"a\ud800"));
}
