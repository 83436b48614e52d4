//! The text of a browser's getStats: a list of reports, or an object of them by id.
//!
//! Public document: W3C, "Identifiers for WebRTC's Statistics API". Only audio counts; what a browser does not say is
//! left out, and reports of other types are passed over.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The useful figures of one sample.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Packets that did not arrive here; negative when some arrived twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packets_lost: Option<i64>,
    /// Packets that arrived here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packets_received: Option<i64>,
    /// Packets that did not arrive at the other side, by its own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_packets_lost: Option<i64>,
    /// Variation of arrival, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter_ms: Option<f64>,
    /// There and back, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round_trip_ms: Option<f64>,
    /// Bytes of media that arrived since the call began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_received: Option<i64>,
    /// Bytes of media that were sent since the call began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_sent: Option<i64>,
    /// `audio/PCMA`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codec: Option<String>,
}

/// Why a text is not statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatsFault {
    /// No JSON.
    #[error("it must be the JSON text of a getStats report")]
    NotJson,
    /// JSON of something else.
    #[error("it must be a JSON array of getStats reports, or an object of them by id, each with its \"type\"")]
    NoReports,
}

/// Longest name of a codec that is kept, characters.
const MAX_CODEC_CHARS: usize = 64;

/// The figures in a text; those of several streams of one kind are the last one's.
pub fn parse_stats(text: &str) -> Result<Figures, StatsFault> {
    let value: Value = serde_json::from_str(text).map_err(|_| StatsFault::NotJson)?;
    let reports = reports(&value);
    if reports.is_empty() {
        return Err(StatsFault::NoReports);
    }
    let mut figures = Figures::default();
    for report in &reports {
        match kind(report) {
            "inbound-rtp" if is_audio(report) => inbound(&mut figures, report, &reports),
            "outbound-rtp" if is_audio(report) => figures.bytes_sent = integer(report, "bytesSent"),
            "remote-inbound-rtp" if is_audio(report) => {
                figures.remote_packets_lost = integer(report, "packetsLost");
                figures.round_trip_ms = milliseconds(report, "roundTripTime").or(figures.round_trip_ms);
            }
            "candidate-pair" if text_of(report, "state") == "succeeded" => {
                figures.round_trip_ms = figures.round_trip_ms.or(milliseconds(report, "currentRoundTripTime"));
            }
            _ => {}
        }
    }
    Ok(figures)
}

fn inbound(figures: &mut Figures, report: &Map<String, Value>, reports: &[&Map<String, Value>]) {
    figures.packets_lost = integer(report, "packetsLost");
    figures.packets_received = integer(report, "packetsReceived");
    figures.bytes_received = integer(report, "bytesReceived");
    figures.jitter_ms = milliseconds(report, "jitter");
    let codec_id = text_of(report, "codecId");
    let codec = reports.iter().find(|other| kind(other) == "codec" && text_of(other, "id") == codec_id);
    figures.codec = codec.map(|codec| text_of(codec, "mimeType").chars().take(MAX_CODEC_CHARS).collect());
}

/// `[report, …]`, `[[id, report], …]`, `{id: report, …}`, or one report.
fn reports(value: &Value) -> Vec<&Map<String, Value>> {
    match value {
        Value::Array(elements) => elements.iter().filter_map(report).collect(),
        Value::Object(object) if object.get("type").is_some_and(Value::is_string) => vec![object],
        Value::Object(object) => object.values().filter_map(report).collect(),
        _ => Vec::new(),
    }
}

fn report(value: &Value) -> Option<&Map<String, Value>> {
    let object = match value {
        Value::Object(object) => object,
        Value::Array(pair) => pair.get(1)?.as_object()?,
        _ => return None,
    };
    object.get("type").is_some_and(Value::is_string).then_some(object)
}

fn kind(report: &Map<String, Value>) -> &str {
    text_of(report, "type")
}

/// Older browsers say `mediaType`, and some nothing at all in a call that has audio only.
fn is_audio(report: &Map<String, Value>) -> bool {
    let named = [text_of(report, "kind"), text_of(report, "mediaType")];
    named.contains(&"audio") || named == ["", ""]
}

fn text_of<'a>(report: &'a Map<String, Value>, name: &str) -> &'a str {
    report.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Counters are whole, but browsers write some as `12.0`.
fn integer(report: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = report.get(name)?;
    #[allow(clippy::cast_possible_truncation, reason = "bounded by the filter before it")]
    let of_fraction = |number: f64| number.round() as i64;
    value.as_i64().or_else(|| value.as_f64().filter(|number| number.abs() < 9e15).map(of_fraction))
}

/// Of seconds.
fn milliseconds(report: &Map<String, Value>, name: &str) -> Option<f64> {
    let seconds =
        report.get(name)?.as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0 && *seconds < 1e6)?;
    // A microsecond is finer than any browser measures.
    Some((seconds * 1e6).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn sample() -> Value {
        json!([
            {"id": "CIT01", "type": "codec", "mimeType": "audio/PCMA", "clockRate": 8000},
            {"id": "IT01A", "type": "inbound-rtp", "kind": "audio", "codecId": "CIT01", "packetsLost": 3,
             "packetsReceived": 147, "bytesReceived": 23520, "jitter": 0.0125},
            {"id": "IT01V", "type": "inbound-rtp", "kind": "video", "packetsLost": 99},
            {"id": "OT01A", "type": "outbound-rtp", "kind": "audio", "bytesSent": 24000.0},
            {"id": "RI01A", "type": "remote-inbound-rtp", "kind": "audio", "packetsLost": -1, "roundTripTime": 0.0482},
            {"id": "CP01", "type": "candidate-pair", "state": "succeeded", "currentRoundTripTime": 0.5},
        ])
    }

    #[test]
    fn the_figures_of_a_browser() {
        let expected = Figures {
            packets_lost: Some(3),
            packets_received: Some(147),
            remote_packets_lost: Some(-1),
            jitter_ms: Some(12.5),
            round_trip_ms: Some(48.2),
            bytes_received: Some(23_520),
            bytes_sent: Some(24_000),
            codec: Some("audio/PCMA".to_owned()),
        };
        let list = sample();
        let by_id: Map<String, Value> = list
            .as_array()
            .expect("a list")
            .iter()
            .map(|report| (report["id"].as_str().expect("an id").to_owned(), report.clone()))
            .collect();
        let pairs: Vec<Value> = by_id.iter().map(|(id, report)| json!([id, report])).collect();
        for text in [list.to_string(), Value::Object(by_id).to_string(), Value::Array(pairs).to_string()] {
            assert_eq!(parse_stats(&text).as_ref(), Ok(&expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, fault) in [
            ("", StatsFault::NotJson),
            ("{", StatsFault::NotJson),
            ("loss=3", StatsFault::NotJson),
            ("[]", StatsFault::NoReports),
            ("{}", StatsFault::NoReports),
            ("3", StatsFault::NoReports),
            (r#"[{"kind":"audio"}]"#, StatsFault::NoReports),
        ] {
            assert_eq!(parse_stats(text), Err(fault), "{text}");
        }
        assert_eq!(parse_stats(r#"[{"type":"transport"}]"#), Ok(Figures::default()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}") {
            let _ = parse_stats(&text);
        }

        #[test]
        fn any_numbers_are_read_or_left_out(lost in any::<f64>(), jitter in any::<f64>(), big in any::<i64>()) {
            let text = format!(r#"[{{"type":"inbound-rtp","packetsLost":{lost:e},"jitter":{jitter:e},"bytesReceived":{big}}}]"#);
            if let Ok(figures) = parse_stats(&text) {
                prop_assert_eq!(figures.bytes_received, Some(big));
                prop_assert!(figures.jitter_ms.is_none_or(|jitter| jitter.is_finite() && jitter >= 0.0));
                let kept = serde_json::to_string(&figures).expect("plain figures");
                prop_assert!(serde_json::from_str::<Figures>(&kept).is_ok());
            }
        }
    }
}
