mod evaluation;
mod faults;
mod grammar;
mod model;
mod properties;
mod service;
mod strategies;

use serde_json::json;

use crate::index::IndexConfig;
use crate::log::Log;

/// The delimiters that clients set as a rule.
const COMMON: [&str; 22] =
    [",", " ", "'", "\"", ";", "=", "(", ")", "[", "]", "{", "}", "?", "@", "&", "<", ">", "/", ":", "\n", "\t", "\r"];

/// An index with a key of each kind.
fn config() -> IndexConfig {
    let index = json!({
        "line": {"token": COMMON, "caseSensitive": false, "chn": true, "exclude_keys": ["secret"]},
        "keys": {
            "url": {"type": "text", "token": ["/", "?", "="]},
            "owner": {"type": "text", "token": [], "caseSensitive": true},
            "note": {"type": "text", "token": COMMON, "chn": true},
            "key with space": {"type": "text", "token": [" "]},
            "latency": {"type": "long"},
            "score": {"type": "double"},
            "event": {"type": "json", "token": COMMON, "index_all": true, "max_depth": -1, "json_keys": {
                "eventName": {"type": "text", "doc_value": true},
                "requestParameters.Size": {"type": "long"}
            }},
            "listed": {"type": "json", "token": COMMON, "index_all": false, "json_keys": {"a.b": {"type": "text"}}},
            "shallow": {"type": "json", "token": COMMON, "index_all": true, "max_depth": 1},
            "__tag__:host": {"type": "text", "token": ["."]}
        }
    });
    serde_json::from_value(index).unwrap()
}

fn log(contents: &[(&str, &str)]) -> Log {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    Log {
        time_s: 1_795_334_400,
        topic: "Audit Event".to_owned(),
        source: "10.0.0.1".to_owned(),
        tags: vec![("host".to_owned(), "web.example".to_owned()), ("free".to_owned(), "tagged".to_owned())],
        contents: contents.iter().map(owned).collect(),
        ..Log::default()
    }
}
