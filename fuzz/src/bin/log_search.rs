//! Any text as a statement of the log service: its search is read or refused with a place inside it, what was read is
//! the same when it is printed and read again, and a log that matches it is among what the store finds.

#![no_main]

use std::borrow::Cow;
use std::sync::LazyLock;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use logstore::index::IndexConfig;
use logstore::log::Log;
use logstore::query::{RowRules, escape_marks, parse, print, read, split};
use serde_json::json;
use store::schema::WordRules;
use store::search::{Budget, Search};
use store::{Direction, Extracted, Field, FieldId, Layout, MemoryPart, Query, Row, Schema};

const ESCAPES: FieldId = FieldId(1);
const RULES: RowRules = RowRules { words: WordRules::new(",;:|'\"`=+()[]{}<>?!@&/\\", true), escapes: ESCAPES };

/// Every kind of key, and delimiters that the store does not cut at.
const INDEX: &str = r#"{
    "line": {"token": [",", " ", ".", "/"], "chn": true},
    "keys": {
        "a": {"type": "text", "token": ["-", " "], "caseSensitive": true},
        "n": {"type": "long"},
        "d": {"type": "double"},
        "j": {"type": "json", "token": [" ", "\"", ":"], "index_all": true, "json_keys": {"n": {"type": "long"}}},
        "__tag__:t": {"type": "text", "token": []}
    }
}"#;

static CONFIG: LazyLock<IndexConfig> = LazyLock::new(|| serde_json::from_str(INDEX).unwrap());

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // The first line is the statement, the second a text, the rest JSON or what looks like it.
    let mut lines = text.splitn(3, '\n');
    let mut next = || lines.next().unwrap_or_default().to_owned();
    let (statement, value, document) = (next(), next(), next());
    let search = split(&statement).search;
    let syntax = match read(search) {
        Ok(syntax) => syntax,
        Err(fault) => {
            assert!((1..=search.chars().count() + 1).contains(&fault.place.at), "{fault}");
            return;
        }
    };
    let printed = print(&syntax);
    assert_eq!(read(&printed).map(|again| print(&again)), Ok(printed.clone()), "{printed}");
    let Ok(query) = parse(search, &CONFIG) else {
        return;
    };
    let log = Log {
        topic: value.clone(),
        tags: vec![("t".to_owned(), value.clone())],
        contents: vec![("a".to_owned(), value.clone()), ("n".to_owned(), value), ("j".to_owned(), document)],
        ..Log::default()
    };
    if query.matches(&log) {
        let search = Search::new(query.to_store_search(&RULES), &schema().0).expect("within the store's bounds");
        assert!(is_found(&log, &search), "{log:?} is no candidate of {printed}");
    }
});

fn is_found(log: &Log, search: &Search) -> bool {
    let contents: serde_json::Map<_, _> = log.contents.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    let row = json!({"topic": log.topic, "tags": {"t": log.tags[0].1}, "contents": contents});
    let bytes = Bytes::from(row.to_string());
    let marks = escape_marks(&bytes, &RULES.words);
    let terms: Vec<(FieldId, &str)> = marks.iter().map(|mark| (ESCAPES, &**mark)).collect();
    let part = MemoryPart::new();
    part.insert("s", &[Row { position: 1, time_s: 1, scope: "", terms: &terms, bytes: bytes.clone() }]);
    let query =
        Query { scopes: &[""], all_of: &[], from_s: 0, to_s: 9, direction: Direction::Forward, after: None, limit: 1 };
    let page = part.search("s", &query, search, &schema(), &Budget::unlimited()).expect("the row can be read");
    !page.rows.is_empty()
}

struct Rows(Layout);

impl Schema for Rows {
    fn layout(&self) -> &Layout {
        &self.0
    }

    fn extract<'a>(&self, bytes: &'a [u8]) -> Result<Extracted<'a>, String> {
        let terms = escape_marks(bytes, &RULES.words).into_iter().map(|mark| (ESCAPES, mark)).collect();
        Ok(Extracted { time_s: 1, scope: Cow::Borrowed(""), terms })
    }
}

fn schema() -> Rows {
    let name = str::to_owned;
    Rows(Layout {
        name: name("logs"),
        time_column: name("time"),
        position_column: name("position"),
        scope_column: name("scope"),
        raw_column: name("log"),
        fields: vec![Field { id: ESCAPES, column: name("escapes"), many: true }],
        words: RULES.words,
    })
}
