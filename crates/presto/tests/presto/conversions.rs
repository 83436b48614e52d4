//! Conversions, conditions and numbers.

use crate::bench::{Row, check, check_refused};

pub(crate) const ROWS: &[Row] = &[
    ("cast('42' AS bigint)", "42"),
    ("cast(NULL AS bigint)", "null"),
    ("cast(1.5 AS varchar)", "1.5"),
    ("try_cast('x' AS bigint)", "null"),
    ("try_cast('42' AS bigint)", "42"),
    ("presto_cast(1e7, 'varchar')", "1.0E7"),
    ("presto_cast(true, 'varchar')", "true"),
    ("presto_cast(2.5, 'bigint')", "3"),
    ("presto_cast('2026-11-22 08:00', 'timestamp')", "2026-11-22 08:00:00.000"),
    ("presto_cast(date '2026-11-22', 'varchar')", "2026-11-22"),
    ("presto_cast(json_parse('[1, 2]'), 'array(bigint)')", "[1,2]"),
    ("presto_cast(json_parse('{\"a\": 1}'), 'map(varchar, bigint)')", r#"{"a":1}"#),
    ("presto_cast(array[1, 2], 'json')", "[1,2]"),
    ("presto_try_cast('x', 'bigint')", "null"),
    ("typeof(1)", "bigint"),
    ("typeof('a')", "varchar"),
    ("typeof(NULL)", "unknown"),
    ("typeof(array[1.5])", "array(double)"),
    ("typeof(now())", "timestamp with time zone"),
    ("coalesce(NULL, 'é')", "é"),
    ("nullif('a', 'a')", "null"),
    ("if(1 < 2, 'yes', 'no')", "yes"),
    ("if(1 > 2, 'yes')", "null"),
    ("if(NULL, 1, 2.5)", "2.5"),
    ("case when 1 > 2 then 'a' else 'é' end", "é"),
    ("to_hex(to_utf8('é'))", "C3A9"),
    ("from_utf8(from_hex('C3A9'))", "é"),
    ("to_base64(to_utf8('a'))", "YQ=="),
    ("from_utf8(from_base64('YQ=='))", "a"),
    ("abs(-3)", "3"),
    ("ceil(1.2)", "2.0"),
    ("floor(-1.2)", "-2.0"),
    ("round(2.5)", "3.0"),
    ("round(2.345, 2)", "2.35"),
    ("mod(7, 3)", "1"),
    ("power(2, 10)", "1024.0"),
    ("sqrt(16)", "4.0"),
    ("log(2, 8)", "3.0"),
    ("greatest(1, 3, 2)", "3"),
    ("least('b', 'a')", "a"),
    ("greatest(1, NULL)", "null"),
    ("from_base('ff', 16)", "255"),
    ("to_base(255, 16)", "ff"),
    ("bitwise_and(12, 10)", "8"),
    ("is_nan(nan())", "true"),
];

#[test]
fn values_change_their_types() {
    check(ROWS);
}

#[test]
fn wrong_values_are_refused() {
    check_refused(&[
        ("presto_cast('x', 'bigint')", "x"),
        ("presto_cast('x', 'colour')", "expects the name of a type"),
        ("from_hex('abc')", "hexadecimal"),
        ("if(1, 2, 3)", "if expects (boolean, T)"),
        ("mod(7, 0)", "zero"),
    ]);
}
