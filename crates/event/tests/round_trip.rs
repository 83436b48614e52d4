//! What is read is written back: for any JSON, with any keys, numbers and escapes.

use event::{Event, EventBuilder, Masking, PersonalData};
use proptest::prelude::*;
use serde_json::Value;

/// JSON texts, written by hand so that forms which a serialiser would not choose occur too.
fn json(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        prop_oneof![
            "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
            Just("-0".to_owned()),
            Just("1e400".to_owned())
        ],
        text(),
    ];
    leaf.prop_recursive(depth, 64, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|list| format!("[{}]", list.join(","))),
            prop::collection::vec((text(), inner), 0..5).prop_map(|fields| {
                let fields: Vec<String> = fields.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
    .boxed()
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -!#-\\[\\]-~]{0,8}",
        Just("审计".to_owned()),
        Just("\\u00e9".to_owned()),
        Just("\\ud83d\\ude00".to_owned()),
        Just("\\/".to_owned()),
        Just("\\\"".to_owned()),
        Just("\\\\".to_owned()),
        Just(" , : { ] ".to_owned()),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn event_text() -> impl Strategy<Value = String> {
    prop::collection::vec((text(), json(3)), 0..6).prop_map(|extra| {
        let extra: String = extra.into_iter().map(|(key, value)| format!(",\"x{}:{value}", &key[1..])).collect();
        format!(r#"{{"eventId":"1","eventVersion":"1","eventTime":"2026-03-01T08:15:30Z"{extra},"userIdentity":{{"userName":"dana"}}}}"#)
    })
}

/// White space between tokens.
fn spaced(text: &str) -> String {
    let (mut out, mut in_string, mut escaped) = (String::new(), false, false);
    for c in text.chars() {
        if !in_string && matches!(c, ',' | ':' | '}' | ']') {
            out.push_str(" \n\t\r");
        }
        out.push(c);
        if in_string {
            (in_string, escaped) = (escaped || c != '"', !escaped && c == '\\');
        } else {
            in_string = c == '"';
        }
    }
    out
}

proptest! {
    #[test]
    fn compact_events_survive_byte_for_byte(text in event_text()) {
        let event = Event::parse(text.as_bytes());
        prop_assert!(event.is_ok(), "{text}: {event:?}");
        let event = event.unwrap();
        prop_assert_eq!(event.as_json(), &text);
        prop_assert!(event.user_name().as_deref() == Some("dana"));
        let from_spaced = Event::parse(spaced(&text).as_bytes()).unwrap();
        prop_assert_eq!(from_spaced.as_json(), &text);
    }

    #[test]
    fn events_without_sensitive_names_are_not_changed_by_masking(text in event_text()) {
        let event = Event::parse(text.as_bytes()).unwrap();
        let masked = event.masked(&Masking { personal: PersonalData::Mask });
        prop_assert_eq!(masked.as_json(), &text);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = Event::parse(&bytes);
    }

    #[test]
    fn bytes_near_an_event_are_read_or_refused(text in event_text(), at: prop::sample::Index, by: u8, path: String) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = by;
        if let Ok(event) = Event::parse(&bytes) {
            let _ = (event.get(&path), event.resource_names(), event.masked(&Masking::default()));
        }
    }

    #[test]
    fn built_events_keep_to_the_cap(sizes in prop::collection::vec(0_usize..40_000, 6), cap in 8_192_usize..65_536) {
        let fill = |n: usize| "审".repeat(sizes[n] / 3);
        let event = EventBuilder::new()
            .field("eventId", "1")
            .field("eventTime", "2026-03-01T08:15:30Z")
            .field("userAgent", fill(0))
            .field("requestParameters", serde_json::json!({"A": fill(1), "B": "b"}))
            .field("requestParameterJson", serde_json::json!({"A": fill(1), "B": "b"}).to_string())
            .field("responseElements", serde_json::json!({"R": fill(2)}))
            .field("errorMessage", fill(3))
            .field("resourceName", fill(4))
            .field("additionalEventData", serde_json::json!({"D": fill(5)}))
            .finish(&Masking::default(), cap);
        let event = event.unwrap();
        prop_assert!(event.as_json().len() <= cap, "{} > {cap}", event.as_json().len());
        let whole: usize = sizes.iter().sum::<usize>() + sizes[1];
        if whole + 1_000 < cap {
            prop_assert_eq!(event.get("additionalEventData.truncated"), None);
            prop_assert!(event.get("responseElements").is_some());
        }
        prop_assert!(serde_json::from_str::<Value>(event.as_json()).is_ok());
    }
}

#[test]
fn what_is_not_an_event_is_refused_with_a_reason() {
    for (text, reason) in [
        ("[]", "one JSON object"),
        ("{", "not valid JSON"),
        ("{}", "no field eventId"),
        (r#"{"eventId":1}"#, "eventId must be a text"),
        (r#"{"eventId":"1"}"#, "no field eventTime"),
        (r#"{"eventId":"1","eventTime":"now"}"#, "must be a time"),
        (r#"{"eventId":"1","eventTime":"2026-03-01T08:15:30Z","userIdentity":[]}"#, "userIdentity must be an object"),
        (r#"{"eventId":"1","eventTime":"2026-03-01T08:15:30Z","isGlobal":"true"}"#, "isGlobal must be true or false"),
    ] {
        let error = Event::parse(text.as_bytes()).expect_err(text).to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
    let deep = format!(r#"{{"eventId":"1","x":{}{}}}"#, "[".repeat(70), "]".repeat(70));
    assert!(Event::parse(deep.as_bytes()).expect_err("too deep").to_string().contains("deeper"));
}
