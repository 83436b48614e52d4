//! Items of arrays and entries of maps as rows.

use crate::bench::{check, check_refused};

#[test]
fn items_and_entries_become_rows() {
    check(&[
        ("SELECT t.x FROM (VALUES ('a,b'), ('c')) AS l(k) CROSS JOIN UNNEST(split(k, ',')) AS t(x)", "a / b / c"),
        ("SELECT k, x FROM (VALUES (1, array[5]), (2, array[]), (3, NULL)) AS l(k, a), UNNEST(a) AS t(x)", "1|5"),
        ("SELECT x, n FROM UNNEST(array['a', 'b']) WITH ORDINALITY AS t(x, n)", "a|1 / b|2"),
        (
            "SELECT k, t.x, t.n FROM (VALUES (1, array[7, 8]), (2, array[9])) AS l(k, a) \
             CROSS JOIN UNNEST(a) WITH ORDINALITY AS t(x, n) ORDER BY k, n",
            "1|7|1 / 1|8|2 / 2|9|1",
        ),
        ("SELECT k, v FROM UNNEST(map(array['a', 'b'], array[1, 2])) AS t(k, v)", "a|1 / b|2"),
        (
            "SELECT k, v, n FROM (VALUES (map(array['a'], array[1]))) AS l(m) CROSS JOIN UNNEST(m) WITH ORDINALITY AS t(k, v, n)",
            "a|1|1",
        ),
        ("SELECT x, y FROM UNNEST(array[1, 2], array['a']) AS t(x, y)", "1|a / 2|null"),
        ("SELECT x, y, n FROM UNNEST(array[1], array['a', 'b']) WITH ORDINALITY AS t(x, y, n)", "1|a|1 / null|b|2"),
        ("SELECT a, b FROM UNNEST(map_entries(map(array['k'], array[7]))) AS t(a, b)", "k|7"),
        ("SELECT a, b, c FROM UNNEST(zip(array[1], array[2], array[3])) AS t(a, b, c)", "1|2|3"),
        (
            "SELECT x, y FROM UNNEST(array[1, 2]) AS t(x) CROSS JOIN UNNEST(array[3, 4]) AS u(y) ORDER BY x, y",
            "1|3 / 1|4 / 2|3 / 2|4",
        ),
        ("SELECT sum(x) AS s FROM UNNEST(sequence(1, 100)) AS t(x)", "5050"),
    ]);
}

#[test]
fn what_it_cannot_be_is_told() {
    check_refused(&[
        ("SELECT 1 AS a FROM UNNEST(array[1]) AS t", "a name for each column"),
        ("SELECT 1 AS a FROM UNNEST(array[1], array[2]) AS t(x)", "a name for each column"),
        ("SELECT 1 AS a FROM UNNEST(array[1]) WITH ORDINALITY AS t", "a name for each column"),
        ("SELECT 1 AS a FROM (VALUES (1)) AS l(x) LEFT JOIN UNNEST(array[1]) AS t(y) ON true", "CROSS JOIN"),
        ("SELECT 1 AS a FROM UNNEST('x') AS t(x)", "nnest"),
    ]);
}
