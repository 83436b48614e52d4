//! A subscript is there or an error; `element_at` gives NULL.

use crate::bench::{check, check_refused};

#[test]
fn items_values_and_fields_are_taken_out() {
    check(&[
        ("SELECT array['a', 'b'][2] AS a", "b"),
        ("SELECT array[array[1], array[2, 3]][2][1] AS a", "2"),
        ("SELECT map(array['a'], array[1])['a'] AS a", "1"),
        ("SELECT map(array[7], array['x'])[7] AS a", "x"),
        ("SELECT split(x, ',')[1] AS a FROM (VALUES ('p,q'), ('r')) AS l(x)", "p / r"),
        ("SELECT l.x[1] AS a FROM (VALUES (array[1])) AS l(x)", "1"),
        ("SELECT element_at(array['a'], 2) AS a, element_at(map(array['a'], array[1]), 'b') AS b", "null|null"),
        ("SELECT array[1][cast(NULL AS bigint)] AS a", "null"),
        ("SELECT cast(row(1, 'x') AS row(a bigint, b varchar)).b AS a", "x"),
        ("SELECT r.a AS a FROM (SELECT cast(json_parse('{\"a\":[5]}') AS row(a array(bigint))) AS r) AS l", "[5]"),
    ]);
}

#[test]
fn what_is_not_there_is_an_error() {
    check_refused(&[
        ("SELECT array['a', 'b'][3] AS a", "Array subscript must be less than or equal to array length: 3 > 2"),
        ("SELECT array['a'][0] AS a", "SQL array indices start at 1"),
        ("SELECT array['a'][-1] AS a", "Array subscript is negative: -1"),
        ("SELECT map(array['a'], array[1])['b'] AS a", "Key not present in map"),
        ("SELECT x[2] AS a FROM (VALUES (array[1, 2]), (array[3])) AS l(x)", "2 > 1"),
        ("SELECT array['a']['b'] AS a", "subscript expects"),
        ("SELECT array[1, 2, 3][1:2] AS a", "slice(x, start, length)"),
    ]);
}
