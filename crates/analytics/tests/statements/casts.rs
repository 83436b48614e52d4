//! Types of casts in Presto's spelling.

use crate::bench::{check, check_refused};

#[test]
fn arrays_maps_and_rows_are_made() {
    check(&[
        ("SELECT cast(array['1', '2'] AS array(bigint)) AS a", "[1,2]"),
        ("SELECT cast(array['1'] AS ARRAY( Varchar(10) )) AS a", r#"["1"]"#),
        ("SELECT cast(array['1', '2'] AS array<bigint>) AS a", "[1,2]"),
        ("SELECT cast(json_parse('[1, null]') AS array(bigint)) AS a", "[1,null]"),
        ("SELECT cast(json_parse('{\"a\": 1, \"b\": 2}') AS map(varchar, bigint))['b'] AS a", "2"),
        ("SELECT cast(json_parse('{\"a\": [1, 2]}') AS map(varchar, array(bigint))) AS a", r#"{"a":[1,2]}"#),
        ("SELECT cast(json_parse('{\"a\": 1, \"B\": \"x\"}') AS row(a bigint, b varchar)) AS a", r#"[1,"x"]"#),
        ("SELECT cast(json_parse('[1, \"x\"]') AS row(bigint, varchar)) AS a", r#"[1,"x"]"#),
        ("SELECT cast(json_parse('[{\"t\": 1.5}]') AS array(row(t double)))[1].t AS a", "1.5"),
        ("SELECT cast(map(array['1'], array['2']) AS map(bigint, double)) AS a", r#"{"1":2.0}"#),
        ("SELECT try_cast(json_parse('[\"x\"]') AS array(bigint)) AS a", "null"),
        (
            "SELECT try(cast(json_parse(x) AS array(bigint))[1]) AS a FROM (VALUES ('[3]'), ('[]'), ('{')) AS l(x)",
            "3 / null / null",
        ),
        ("SELECT cast(cast('5' AS integer) AS varchar(3)) AS a, cast('2026-11-28' AS date) AS b", "5|2026-11-28"),
        ("SELECT typeof(cast(NULL AS array(timestamp with time zone))) AS a", "array(timestamp with time zone)"),
        (
            "SELECT typeof(cast(NULL AS double precision)) AS a, typeof(cast(NULL AS decimal(10, 2))) AS b",
            "double|double",
        ),
    ]);
}

#[test]
fn types_that_are_none_are_told() {
    check_refused(&[
        ("SELECT cast(1 AS colour) AS a", "cast expects the name of a type, such as 'array(bigint)', not 'colour'"),
        ("SELECT cast(1 AS array()) AS a", "not 'array()'"),
        ("SELECT cast(1 AS) AS a", "found: )"),
        ("SELECT cast(json_parse('{}') AS array(bigint)) AS a", "cannot cast JSON"),
    ]);
}
