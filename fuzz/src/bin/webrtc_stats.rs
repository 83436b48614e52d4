//! Any text as a browser's statistics: read or refused, never a panic, and what is kept is read back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(figures) = callcenter::quality::parse_stats(text) else { return };
    assert!(figures.jitter_ms.is_none_or(|jitter_ms| jitter_ms.is_finite() && jitter_ms >= 0.0));
    assert!(figures.round_trip_ms.is_none_or(|round_trip_ms| round_trip_ms.is_finite() && round_trip_ms >= 0.0));
    let kept = serde_json::to_string(&figures).expect("figures are plain");
    assert!(serde_json::from_str::<callcenter::quality::Figures>(&kept).is_ok());
});
