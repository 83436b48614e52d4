//! Any text as a search that a person wrote: it is read or refused with a place inside it, what was read is the same when it
//! is printed and read again, and it can be looked for in any row.

#![no_main]

use std::sync::Arc;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use store::schema::{JsonField, JsonSchema, WordRules};
use store::search::{Budget, FieldNames, Search, parse_search, print_search};
use store::{Direction, Field, FieldId, Layout, MemoryPart, Query, Row, Schema};

fuzz_target!(|bytes: &[u8]| {
    // The first line is the search, the rest a row.
    let (text, row) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &b"{}"[..]),
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let schema = schema();
    let names = FieldNames::of(schema.layout());
    let expr = match parse_search(text, &names) {
        Ok(expr) => expr,
        Err(error) => {
            assert!((1..=text.chars().count() + 1).contains(&error.at), "{error}");
            return;
        }
    };
    let printed = print_search(&expr, &names);
    if printed.len() <= store::limits::MAX_SEARCH_BYTES {
        assert_eq!(parse_search(&printed, &names).as_ref(), Ok(&expr), "{printed}");
    }
    let Ok(search) = Search::new(expr, schema.layout()) else {
        return;
    };
    let part = MemoryPart::new();
    let row = Row { position: 1, time_s: 1, scope: "a", terms: &[], bytes: Bytes::copy_from_slice(row) };
    part.insert("s", &[row]);
    let query =
        Query { scopes: &["a"], all_of: &[], from_s: 0, to_s: 9, direction: Direction::Forward, after: None, limit: 1 };
    if let Ok(page) = part.search("s", &query, &search, &*schema, &Budget::unlimited()) {
        assert!(page.rows.len() <= 1);
    }
});

fn schema() -> Arc<dyn Schema> {
    let fields = [(1, "event_name", false), (2, "user_name", false), (7, "tags", true)].map(|(id, column, many)| {
        JsonField { field: Field { id: FieldId(id), column: column.to_owned(), many }, path: column.to_owned() }
    });
    let layout = Layout {
        name: "test".to_owned(),
        time_column: "time".to_owned(),
        position_column: "position".to_owned(),
        scope_column: "region".to_owned(),
        raw_column: "raw".to_owned(),
        fields: Vec::new(),
        words: WordRules::new(",\";=()[]{}?@&<>:\\", true),
    };
    Arc::new(JsonSchema::new(layout, "time", "region", fields.to_vec()))
}
