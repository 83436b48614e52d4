//! The published ListConfig sample, read, asked and written back.

use event::{Category, Event};

const SAMPLE: &str = include_str!("golden/list-config.json");

#[test]
fn the_sample_survives_byte_for_byte() {
    let event = Event::parse(SAMPLE.as_bytes()).expect("the sample is an event");
    assert_eq!(event.as_json(), SAMPLE);
    assert_eq!(event.into_json(), SAMPLE);
}

#[test]
fn the_sample_answers_what_it_is_asked() {
    let event = Event::parse(SAMPLE.as_bytes()).expect("the sample is an event");
    assert_eq!(event.event_name().as_deref(), Some("ListConfig"));
    assert_eq!(event.service_name().as_deref(), Some("CloudCallCenter"));
    assert_eq!(event.user_name().as_deref(), Some("gudihui2"));
    assert_eq!(event.principal_id().as_deref(), Some("239218489119881"));
    assert_eq!(event.account_id().as_deref(), Some("1059804828509"));
    assert_eq!(event.access_key_id().as_deref(), Some("LTAI4GK6Bkjo2XhCjBRrAbjL"));
    assert_eq!(event.role_name(), None);
    assert_eq!(event.event_time_s(), 1_772_352_930);
    assert_eq!(event.category(), Category::Management);
    assert_eq!(event.get("eventVersion"), Some("1"));
    assert!(!event.is_global() && !event.is_failed());
    assert_eq!(event.text("userIdentity.sessionContext.attributes.mfaAuthenticated").as_deref(), Some("false"));
    assert_eq!(event.text("requestParameters.ConfigItem.9.name").as_deref(), Some("SettingWorkbenchLogLevel"));
    assert_eq!(
        event.get("requestParameters.ConfigItem.1"),
        Some(r#"{"name":"AllowHangup","DimensionName":"instance"}"#)
    );
    assert_eq!(event.text("requestParameters.AcsProduct").as_deref(), Some("CCC"));
    assert_eq!(event.get("requestParameters.ConfigItem.10"), None);
    assert_eq!(event.get("eventName.nothing"), None);
}

#[test]
fn resources_come_from_both_places_without_doubles() {
    let text = r#"{"eventId":"1","eventTime":"2026-03-01T08:15:30Z","eventVersion":"1","resourceType":"A;B","resourceName":"a1,a2;b1","referencedResources":{"B":["b1","b2"],"C":[]}}"#;
    let event = Event::parse(text.as_bytes()).expect("an event");
    assert_eq!(event.resource_types(), ["A", "B", "C"]);
    assert_eq!(event.resource_names(), ["a1", "a2", "b1", "b2"]);
}
