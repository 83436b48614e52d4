//! The size cap.

use event::{Event, EventBuilder, EventError, Masking};
use proptest::prelude::*;
use serde_json::{Value, json};

const CAP: usize = 256 * 1024;

fn builder() -> EventBuilder {
    EventBuilder::new().field("eventId", "E-1").field("eventTime", "2026-03-01T08:00:00Z")
}

fn finish(builder: EventBuilder, max_bytes: usize) -> Event {
    let event = builder.finish(&Masking::default(), max_bytes).unwrap();
    assert!(event.as_json().len() <= max_bytes);
    assert_eq!(Event::parse(event.as_json().as_bytes()), Ok(event.clone()));
    event
}

fn is_marked(event: &Event) -> bool {
    event.text("additionalEventData.truncated").as_deref() == Some("true")
}

#[test]
fn an_event_of_exactly_the_cap_is_whole() {
    let with = |bytes: usize| builder().field("responseElements", json!({"a": "x".repeat(bytes)}));
    let frame = finish(with(0), CAP).as_json().len();
    let whole = finish(with(CAP - frame), CAP);
    assert_eq!(whole.as_json().len(), CAP);
    assert!(!is_marked(&whole));
    let cut = finish(with(CAP - frame + 1), CAP);
    assert!(is_marked(&cut) && cut.get("responseElements").is_none());
}

#[test]
fn the_response_goes_first() {
    let event = finish(
        builder()
            .field("requestParameters", json!({"Large": "x".repeat(10_000)}))
            .field("additionalEventData", json!({"Scheme": "https", "truncated": "no"}))
            .field("responseElements", json!({"a": "x".repeat(CAP)})),
        CAP,
    );
    assert_eq!(event.get("responseElements"), None);
    assert!(event.get("requestParameters.Large").is_some());
    assert_eq!(event.get("additionalEventData"), Some(r#"{"Scheme":"https","truncated":"true"}"#));
}

#[test]
fn then_large_parameters_go_from_both_forms() {
    let parameters =
        json!({"Canvas": "x".repeat(CAP), "InstanceId": "i", "Item": {"a": "y".repeat(5000)}, "Z": "z".repeat(4000)});
    let event = finish(
        builder().field("requestParameterJson", parameters.to_string()).field("requestParameters", parameters),
        CAP,
    );
    let expected = json!({"Canvas": "****", "InstanceId": "i", "Item": "****", "Z": "z".repeat(4000)}).to_string();
    assert_eq!(event.get("requestParameters"), Some(&*expected));
    assert_eq!(event.text("requestParameterJson").as_deref(), Some(&*expected));
    assert!(is_marked(&event));
}

#[test]
fn then_all_parameters() {
    let many: serde_json::Map<String, Value> =
        (0..100).map(|n| (format!("P{n}"), Value::from("x".repeat(4000)))).collect();
    let event = finish(
        builder().field("requestParameters", many).field("requestParameterJson", "{}").field("eventName", "X"),
        CAP,
    );
    assert_eq!((event.get("requestParameters"), event.get("requestParameterJson")), (None, None));
    assert_eq!(event.event_name().as_deref(), Some("X"));
    assert!(is_marked(&event));
}

#[test]
fn texts_are_cut_between_characters_at_last() {
    let event = finish(
        builder()
            .field("userAgent", "中".repeat(CAP))
            .field("errorMessage", "é\"\n".repeat(CAP))
            .field("userIdentity", json!({"userName": "dana"})),
        CAP,
    );
    let agent = event.text("userAgent").unwrap();
    assert!((4000..=4096).contains(&agent.len()) && agent.chars().all(|character| character == '中'));
    assert!(event.text("errorMessage").unwrap().starts_with("é\"\n"));
    assert_eq!(event.user_name().as_deref(), Some("dana"));
    assert!(is_marked(&event));
}

#[test]
fn nothing_that_comes_from_outside_can_exceed_the_cap() {
    let long = "é".repeat(CAP);
    let many: Vec<String> = (0..CAP).map(|number| number.to_string()).collect();
    let event = finish(
        builder()
            .field("eventName", &*long)
            .field("sourceIpAddress", &*long)
            .field("resourceType", &*long)
            .field("resourceName", &*long)
            .field("referencedResources", json!({"a": many}))
            .field("additionalEventData", json!({"a": many}))
            .field("userIdentity", json!({"type": "ram-user", "userName": long, "list": many})),
        CAP,
    );
    assert_eq!(event.event_id().as_deref(), Some("E-1"));
    assert_eq!(event.text("userIdentity.type").as_deref(), Some("ram-user"));
    assert_eq!((event.get("resourceType"), event.get("resourceName")), (None, None));
    assert!(is_marked(&event));
}

#[test]
fn an_impossible_cap_is_an_error() {
    let refused = builder().finish(&Masking::default(), 40);
    assert!(matches!(refused, Err(EventError::CapTooSmall { max_bytes: 40 })), "{refused:?}");
}

#[test]
fn mistakes_of_the_recorder_are_errors() {
    let missing = EventBuilder::new().field("eventId", "1").finish(&Masking::default(), CAP);
    assert_eq!(missing, Err(EventError::Missing("eventTime")));
    let wrong = builder().field("isGlobal", "no").finish(&Masking::default(), CAP);
    assert_eq!(wrong, Err(EventError::WrongType { field: "isGlobal", expected: "true or false" }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_event_fits(
        sizes in proptest::collection::vec(0usize..3000, 6),
        piece in proptest::sample::select(&["x", "é", "\u{1}", "\"", "😀"][..]),
        max_bytes in 2000usize..6000,
    ) {
        let text = |index: usize| piece.repeat(sizes[index]);
        let event = finish(
            builder()
                .field("userAgent", text(0))
                .field("errorMessage", text(1))
                .field("eventName", text(2))
                .field("requestParameters", json!({"a": text(3), "b": [text(4)]}))
                .field("userIdentity", json!({"userName": text(5), "sessionContext": {"attributes": {"x": text(0)}}}))
                .field("responseElements", json!({"a": text(1)})),
            max_bytes,
        );
        prop_assert!(event.event_id().as_deref() == Some("E-1"));
    }
}
