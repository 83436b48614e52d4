//! JSON.

use crate::bench::{Row, check, check_refused};

pub(crate) const ROWS: &[Row] = &[
    (r#"json_extract('{"a": {"b": [1, 2]}}', '$.a.b')"#, "[1,2]"),
    (r#"json_extract('{"a": "é"}', '$.a')"#, r#""é""#),
    (r#"json_extract('{"a": 1}', '$.x')"#, "null"),
    (r#"json_extract(NULL, '$.x')"#, "null"),
    (r#"json_extract_scalar('{"a": {"b": "中"}}', '$.a.b')"#, "中"),
    (r#"json_extract_scalar('{"a": [10, true]}', '$.a[0]')"#, "10"),
    (r#"json_extract_scalar('{"a": [10, true]}', '$.a[1]')"#, "true"),
    (r#"json_extract_scalar('{"a.b": 1}', '$["a.b"]')"#, "1"),
    (r#"json_extract_scalar('{"a": {}}', '$.a')"#, "null"),
    (r#"json_extract_scalar('{"a": null}', '$.a')"#, "null"),
    (r#"json_extract_scalar('no json', '$.a')"#, "null"),
    (r#"json_extract_scalar(NULL, '$.a')"#, "null"),
    (r#"json_parse('{"b": 2, "a": 1}')"#, r#"{"a":1,"b":2}"#),
    (r#"json_format(json_parse('[1, "a"]'))"#, r#"[1,"a"]"#),
    (r#"json_size('{"x": {"a": 1, "b": 2}}', '$.x')"#, "2"),
    (r#"json_size('{"x": [1, 2, 3]}', '$.x')"#, "3"),
    (r#"json_size('{"x": 5}', '$.x')"#, "0"),
    (r#"json_size('{"x": 5}', '$.y')"#, "null"),
    ("json_array_length('[1, 2, 3]')", "3"),
    ("json_array_length('{}')", "null"),
    (r#"json_array_get('["a", [3, 9]]', 0)"#, "a"),
    (r#"json_array_get('["a", [3, 9]]', -1)"#, "[3,9]"),
    (r#"json_array_get('["a"]', 5)"#, "null"),
    ("json_array_contains('[1, 2, 3]', 2)", "true"),
    (r#"json_array_contains('["é"]', 'é')"#, "true"),
    ("json_array_contains('[1]', 'é')", "false"),
    ("json_array_contains('[true]', true)", "true"),
    ("json_array_contains('{}', 1)", "null"),
    ("is_json_scalar('1')", "true"),
    ("typeof(json_parse('1'))", "json"),
];

#[test]
fn json_is_taken_apart() {
    check(ROWS);
}

#[test]
fn what_is_no_json_is_refused_where_presto_refuses_it() {
    check_refused(&[
        ("json_extract('no json', '$.a')", "no JSON"),
        ("json_parse('{')", "JSON"),
        ("json_extract('{}', 'a.b[')", "path"),
    ]);
}
