//! Arrays and maps.

use crate::bench::{Row, check, check_lambdas, check_refused};

pub(crate) const ROWS: &[Row] = &[
    ("(array['a', 'b'])[1]", "a"),
    ("array[1, NULL, 3]", "[1,null,3]"),
    ("cardinality(array[1, 2, 3])", "3"),
    ("cardinality(map(array['a'], array[1]))", "1"),
    ("cardinality(NULL)", "null"),
    ("element_at(array['a', 'b'], -1)", "b"),
    ("element_at(array['a', 'b'], 3)", "null"),
    ("element_at(map(array['é'], array[1]), 'é')", "1"),
    ("element_at(map(array['é'], array[1]), 'x')", "null"),
    ("contains(array[1, 2], 2)", "true"),
    ("contains(array[1, 2], 3)", "false"),
    ("contains(array[1, NULL], 3)", "null"),
    ("array_join(array['a', NULL, 'é'], '-')", "a-é"),
    ("array_join(array['a', NULL, 'é'], '-', '?')", "a-?-é"),
    ("length(array_join(repeat('中', 1000), ''))", "341"),
    ("array_sort(array[3, NULL, 1])", "[1,3,null]"),
    ("array_distinct(array['b', 'a', 'b'])", r#"["b","a"]"#),
    ("array_except(array[1, 2, 2, 3], array[3])", "[1,2]"),
    ("array_intersect(array[1, 2, 2], array[2, 3])", "[2]"),
    ("array_union(array[1, 2], array[2, 3])", "[1,2,3]"),
    ("array_max(array[1, 3, 2])", "3"),
    ("array_max(array[1, NULL])", "null"),
    ("array_min(array['b', 'a'])", "a"),
    ("array_position(array['a', 'é'], 'é')", "2"),
    ("array_position(array['a', 'é'], 'x')", "0"),
    ("array_remove(array[1, 2, 1], 1)", "[2]"),
    ("arrays_overlap(array[1, 2], array[2])", "true"),
    ("slice(array[1, 2, 3, 4], 2, 2)", "[2,3]"),
    ("slice(array[1, 2, 3, 4], -2, 5)", "[3,4]"),
    ("slice(array[1, 2], 5, 1)", "[]"),
    ("sequence(1, 5, 2)", "[1,3,5]"),
    ("sequence(3, 1)", "[3,2,1]"),
    ("sequence(date '2026-11-30', date '2026-12-01')", r#"["2026-11-30","2026-12-01"]"#),
    ("flatten(array[array[1], array[2, 3]])", "[1,2,3]"),
    ("concat(array[1], array[2])", "[1,2]"),
    ("reverse(array[1, 2])", "[2,1]"),
    ("zip(array[1, 2], array['a'])", r#"[[1,"a"],[2,null]]"#),
    ("map(array['a', 'b'], array[1, NULL])", r#"{"a":1,"b":null}"#),
    ("map(array[], array[])", "{}"),
    ("map_keys(map(array['a', 'é'], array[1, 2]))", r#"["a","é"]"#),
    ("map_values(map(array['a', 'b'], array[1, 2]))", "[1,2]"),
    ("map_entries(map(array['a'], array[1]))", r#"[["a",1]]"#),
    ("map_concat(map(array['a', 'b'], array[1, 2]), map(array['b'], array[9]))", r#"{"a":1,"b":9}"#),
];

#[test]
fn arrays_and_maps_are_taken_apart_and_made() {
    check(ROWS);
}

pub(crate) const LAMBDAS: &[Row] = &[
    ("zip_with([1, 2], [10, 20], (x, y) -> x + y)", "[11,22]"),
    ("zip_with(['a', 'é'], ['b'], (x, y) -> coalesce(y, x))", r#"["b","é"]"#),
    ("map_filter(map(['a', 'é'], [1, NULL]), (k, v) -> v IS NULL)", r#"{"é":null}"#),
    ("map_filter(map(['a', 'b'], [1, 2]), (k, v) -> k = 'z')", "{}"),
    ("zip_with([1, 2], NULL, (x, y) -> x)", "null"),
    ("zip_with([1], [2], (x, y) -> 7)", "[7]"),
    ("reduce([1, 2, 3], 0, (s, x) -> s + x, s -> s)", "6"),
    ("reduce([1.5, 2.5], 0, (s, x) -> s + x, s -> s / 2)", "2.0"),
    ("reduce(['a', 'é'], '', (s, x) -> s || x, s -> length(s))", "2"),
    ("reduce(nullif([1], [1]), 0, (s, x) -> s + x, s -> s)", "null"),
    ("array_agg(reduce([n, 1], 0, (s, x) -> s + x + n, s -> s) ORDER BY n)", "[4,7,10,13,16]"),
    ("array_filter([1, 2, 3], x -> x > 1)", "[2,3]"),
    ("array_transform([1, 2], x -> x * 10)", "[10,20]"),
    ("array_agg(zip_with([n], [10], (x, y) -> x + y + n) ORDER BY n)", "[[12],[14],[16],[18],[20]]"),
];

#[test]
fn lambdas_are_called_with_items() {
    check_lambdas(LAMBDAS);
}

#[test]
fn wrong_places_and_keys_are_refused() {
    check_refused(&[
        ("element_at(array[1], 0)", "counted from 1"),
        ("sequence(1, 1000000)", "at most"),
        ("sequence(1, 5, 0)", "cannot go by 0"),
        ("map(array['a', 'a'], array[1, 2])", "one is there twice"),
        ("map(array['a'], array[1, 2])", "as many keys as values"),
        ("repeat('a', -1)", "repeat makes"),
    ]);
}
