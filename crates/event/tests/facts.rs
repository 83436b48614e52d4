//! The quick reading of facts agrees with the full one: on usual events, on unusual ones, on bytes that are no events.

use event::{Event, Facts};
use proptest::prelude::*;

fn agree(bytes: &[u8]) {
    let quick = Facts::read(bytes);
    let full = Event::parse(bytes).map(|event| Facts::of(&event));
    assert_eq!(quick, full, "{}", String::from_utf8_lossy(bytes));
}

const NAMES: [&str; 30] = [
    "eventId",
    "eventTime",
    "eventName",
    "eventRW",
    "eventType",
    "serviceName",
    "acsRegion",
    "sourceIpAddress",
    "resourceType",
    "resourceName",
    "errorCode",
    "userAgent",
    "requestParameterJson",
    "userIdentity",
    "referencedResources",
    "eventAttributes",
    "requestParameters",
    "isGlobal",
    "eventVersion",
    "type",
    "userName",
    "accessKeyId",
    "principalId",
    "SensitiveAction",
    "userIdentity.userName",
    "event\\u0049d",
    "userIdentity.type",
    "$serde_json::private::Number",
    "$serde_json::private::RawValue",
    "其他",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -!#-\\[\\]-~]{0,12}",
        1 => prop::sample::select(vec![
            "审计", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "\\u12", "\\/", "\\\"", "\\\\", "\\x", "\u{1}", ";", ",", ":",
            "assumed-role", "2026-02-29T10:00:00Z", "$serde_json::private::Number",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "20[0-9]{2}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z",
        1 => "[0-9]{4}-1[0-3]-[0-3][0-9]T2[0-4]:59:60(Z|\\+08:00|\\.5Z)",
    ]
    .prop_map(|time| format!("\"{time}\""))
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => text(),
        1 => prop::sample::select(vec!["null", "true", "false", "01", "-", "1.", "nul", "tru", "1e", ""]).prop_map(str::to_owned),
        1 => "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
        2 => prop::sample::select(vec!["\"assumed-role\"", "\"admin:session\"", "\"a;b,c;;a\"", "\"a\\u003bb\""]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| format!("[{}]", list.join(","))),
            members(inner).prop_map(|members| format!("{{{members}}}")),
        ]
    })
}

fn members(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let name = prop::sample::select(NAMES.to_vec());
    prop::collection::vec((name, value), 0..5).prop_map(|members| {
        members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(",")
    })
}

fn object() -> impl Strategy<Value = String> {
    members(value()).prop_map(|members| format!("{{{members}}}"))
}

/// Events of which each known field is there or not, of the right type or not.
fn event() -> impl Strategy<Value = String> {
    let texts: Vec<_> = NAMES[2..12].iter().map(|name| (Just(*name), prop_oneof![8 => text(), 1 => value()])).collect();
    let objects: Vec<_> =
        NAMES[13..17].iter().map(|name| (Just(*name), prop_oneof![8 => object(), 1 => value()])).collect();
    let rest = prop::option::weighted(0.3, members(value()));
    (text(), time(), texts, objects, rest, any::<u32>()).prop_map(|(id, time, texts, objects, rest, chosen)| {
        let mut fields = vec![format!("\"eventId\":{id}"), format!("\"eventTime\":{time}")];
        let known = texts.into_iter().chain(objects).enumerate().filter(|(n, _)| chosen >> n & 1 == 1);
        fields.extend(known.map(|(_, (name, value))| format!("\"{name}\":{value}")));
        fields.extend(rest.filter(|rest| !rest.is_empty()));
        format!("{{{}}}", fields.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn events_give_the_same_facts(text in event()) {
        agree(text.as_bytes());
    }

    #[test]
    fn bytes_near_an_event_give_the_same_answer(text in event(), at: prop::sample::Index, by: u8) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = by;
        agree(&bytes);
        agree(&bytes[..at]);
    }
}

#[test]
fn nesting_is_bounded_alike() {
    for depth in [62, 63, 64, 65] {
        let nested = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        agree(format!(r#"{{"eventId":"1","eventTime":"2026-03-01T08:15:30Z","x":{nested}}}"#).as_bytes());
        agree(
            format!(r#"{{"eventId":"1","eventTime":"2026-03-01T08:15:30Z","userIdentity":{{"x":{nested}}}}}"#)
                .as_bytes(),
        );
    }
}

/// Facts that are borrowed were read quickly: this keeps the usual form of an event from becoming an unusual one.
#[test]
fn usual_events_are_read_quickly() {
    let event = r#"{"eventId":"0A1B","eventVersion":1,"eventTime":"2026-03-01T08:15:30Z","requestParameterJson":"{\"a\":\"呼叫\"}","isGlobal":false,"acsRegion":"cn-shanghai","userIdentity":{"type":"assumed-role","userName":"admin:shift","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}},"referencedResources":{"ACS::CCC::Instance":["demo"]},"resourceName":"demo","responseElements":{"Duration":12.5}}"#;
    let facts = Facts::read(event.as_bytes()).unwrap();
    let is_borrowed = |text: &std::borrow::Cow<'_, str>| matches!(text, std::borrow::Cow::Borrowed(_));
    assert!(facts.event_id.as_ref().is_some_and(is_borrowed));
    assert_eq!((facts.role_name.as_deref(), &facts.resource_names[..]), (Some("admin"), &["demo".into()][..]));
    assert_eq!(facts.event_time_s, 1_772_352_930);
    agree(event.as_bytes());
}
