//! What fails in `try` is NULL in the rows that fail.

use crate::bench::{check, check_refused};

#[test]
fn rows_that_fail_are_null_and_others_are_not() {
    check(&[
        ("SELECT try(10 / x) AS a FROM (VALUES (2), (0), (5), (NULL)) AS l(x)", "5 / null / 2 / null"),
        ("SELECT try(cast(x AS bigint) + 1) AS a FROM (VALUES ('1'), ('b'), ('3')) AS l(x)", "2 / null / 4"),
        ("SELECT try(cast(x || '0' AS bigint)) AS a FROM (VALUES ('1'), ('b')) AS l(x)", "10 / null"),
        ("SELECT try(cast(10 / x AS varchar)) AS a FROM (VALUES (2), (0)) AS l(x)", "5 / null"),
        ("SELECT try(x[2]) AS a FROM (VALUES (array[1, 2]), (array[3])) AS l(x)", "2 / null"),
        (
            "SELECT try(m['b']) AS a FROM (VALUES (map(array['a'], array[1])), (map(array['b'], array[2]))) AS l(m)",
            "null / 2",
        ),
        ("SELECT try(json_extract(x, '$.a')) AS a FROM (VALUES ('{\"a\":1}'), ('{')) AS l(x)", "1 / null"),
        (
            "SELECT try(date_parse(x, '%Y')) AS a FROM (VALUES ('2026'), ('x')) AS l(x)",
            "2026-01-01 00:00:00.000 / null",
        ),
        ("SELECT try(x + 1) AS a, try(x * 2) AS b FROM (VALUES (9223372036854775807), (1)) AS l(x)", "null|null / 2|2"),
        ("SELECT try(1 / 0) AS a, try('x') AS b, try(NULL) AS c, try(1 / 0.0) AS d", "null|x|null|Infinity"),
        ("SELECT coalesce(try(10 / x), -1) AS a, typeof(try(10 / x)) AS b FROM (VALUES (0)) AS l(x)", "-1|bigint"),
    ]);
}

#[test]
fn it_stands_wherever_an_expression_does() {
    check(&[
        ("SELECT x FROM (VALUES (0), (2)) AS l(x) WHERE try(10 / x) IS NULL", "0"),
        (
            "SELECT try(10 / x) AS k, count(*) AS n FROM (VALUES (0), (2), (0)) AS l(x) GROUP BY k ORDER BY k",
            "5|1 / null|2",
        ),
        ("SELECT try(sum(x) / sum(y)) AS a FROM (VALUES (1, 0), (2, 0)) AS l(x, y)", "null"),
        ("SELECT sum(try(10 / x)) AS a FROM (VALUES (0), (2), (5)) AS l(x)", "7"),
        ("SELECT try(x / sum(x) OVER ()) AS a FROM (VALUES (0), (0)) AS l(x)", "null / null"),
        ("SELECT transform(array[2, 0], x -> try(10 / x)) AS a", "[5,null]"),
        ("SELECT try(transform(a, x -> 10 / x)) AS a FROM (VALUES (array[2]), (array[2, 0])) AS l(a)", "[5] / null"),
        (
            "SELECT transform(array[2, 0], x -> try(y / x)) AS a FROM (VALUES (10), (20)) AS l(y)",
            "[5,null] / [10,null]",
        ),
        ("SELECT try(1 + try(10 / x)) AS a FROM (VALUES (0), (2)) AS l(x)", "null / 6"),
        ("SELECT if(try(10 / x) > 4, 'a', 'b') AS a FROM (VALUES (0), (2)) AS l(x)", "b / a"),
        ("SELECT a.x FROM (VALUES (0), (2)) AS a(x) JOIN (VALUES (5)) AS b(y) ON try(10 / a.x) = b.y", "2"),
    ]);
}

/// A part that comes twice is computed once, and must not be computed where its failure is one of the query.
#[test]
fn parts_that_come_twice_are_tried() {
    check(&[
        ("SELECT try(10 / x + 1) AS a, try(10 / x + 2) AS b FROM (VALUES (0), (2)) AS l(x)", "null|null / 6|7"),
        ("SELECT try(10 / x) + try(10 / x) AS a FROM (VALUES (0), (2)) AS l(x)", "null / 10"),
        ("SELECT try((10 / x) * (10 / x)) AS a FROM (VALUES (0), (2)) AS l(x)", "null / 25"),
    ]);
}

/// A batch has 8,192 rows; what fails is found among them wherever it is.
#[test]
fn many_rows_fail_one_by_one() {
    check(&[(
        "SELECT count(*) AS n, count(t) AS t, sum(t) AS s FROM (SELECT try(100 / (x % 10)) AS t FROM \
         (SELECT a.x + b.x * 100 + c.x * 10000 AS x FROM UNNEST(sequence(0, 99)) AS a(x) \
         CROSS JOIN (SELECT x FROM UNNEST(sequence(0, 99)) AS u(x)) AS b CROSS JOIN (VALUES (0), (1)) AS c(x)))",
        // 100 / 1 + 100 / 2 + … + 100 / 9 = 281, two thousand times.
        "20000|18000|562000",
    )]);
}

#[test]
fn what_is_not_tried_fails() {
    check_refused(&[
        ("SELECT 10 / x AS a FROM (VALUES (2), (0)) AS l(x)", "ivide"),
        ("SELECT x + 1 AS a FROM (VALUES (9223372036854775807)) AS l(x)", "verflow"),
        ("SELECT cast(x AS bigint) AS a, try(cast(x AS bigint)) AS b FROM (VALUES ('b')) AS l(x)", "cannot cast 'b'"),
        ("SELECT try(1, 2) AS a", "try takes one expression"),
        ("SELECT try(nothing) AS a FROM (VALUES (1)) AS l(x)", "nothing"),
        ("SELECT try(lower(1)) AS a", "lower expects (varchar)"),
    ]);
}
