//! Any bytes as an event: refused, or read so that a second reading finds the same text.

#![no_main]

use event::{Event, Masking};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = Event::parse(bytes) else { return };
    let text = event.as_json().to_owned();
    let same: serde_json::Value = serde_json::from_slice(bytes).expect("an event is JSON");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("written as JSON"), same);
    let again = Event::parse(text.as_bytes()).expect("what was written can be read");
    assert_eq!(again.as_json(), text, "written text does not change any more");
    for path in ["userIdentity.sessionContext.attributes.mfaAuthenticated", "requestParameters.ConfigItem.1", "", "."] {
        let _ = event.get(path);
        let _ = event.text(path);
    }
    let _ = (event.resource_types(), event.resource_names(), event.is_failed(), event.category(), event.role_name());
    let masked = event.masked(&Masking::default());
    assert_eq!(masked.masked(&Masking::default()).as_json(), masked.as_json(), "masking twice masks no more");
    Event::parse(masked.as_json().as_bytes()).expect("a masked event is an event");
});
