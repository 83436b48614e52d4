//! Functions of many rows, in several parts that are joined.

use crate::bench::{Row, check_over_logs};

pub(crate) const ROWS: &[Row] = &[
    ("count(*)", "5"),
    ("count(k)", "4"),
    ("count(DISTINCT k)", "3"),
    ("count_if(k <> 'a')", "3"),
    ("count_if(k = 'none')", "0"),
    ("sum(n)", "15"),
    ("avg(n)", "3.0"),
    ("min(d)", "-1.0"),
    ("max(k)", "é"),
    ("arbitrary('é')", "é"),
    ("arbitrary(d) IS NOT NULL", "true"),
    ("max_by(k, n)", "null"),
    ("max_by(k, d)", "null"),
    ("max_by(n, k)", "4"),
    ("max_by(n, d, 2)", "[5,2]"),
    ("min_by(k, n)", "a"),
    ("min_by(k, n, 3)", r#"["a","b","b"]"#),
    ("round(geometric_mean(n), 9)", "2.605171085"),
    ("length(checksum(k))", "8"),
    ("bool_and(n > 0)", "true"),
    ("every(n > 1)", "false"),
    ("bool_or(n > 4)", "true"),
    ("array_sort(array_agg(n))", "[1,2,3,4,5]"),
    ("cardinality(map_agg(k, n))", "3"),
    ("array_sort(map_keys(multimap_agg(k, n)))", r#"["a","b","é"]"#),
    ("array_sort(element_at(multimap_agg(k, n), 'b'))", "[2,3]"),
    ("histogram(k)", r#"{"a":1,"b":2,"é":1}"#),
    ("numeric_histogram(10, n)", r#"{"1.0":1.0,"2.0":1.0,"3.0":1.0,"4.0":1.0,"5.0":1.0}"#),
    ("approx_distinct(k)", "3"),
    ("approx_distinct(k, 0.1)", "3"),
    ("approx_percentile(n, 0.5)", "3"),
    ("approx_percentile(n, array[0.0, 1.0])", "[1,5]"),
    ("approx_percentile(d, 0.5)", "1.5"),
    ("bitwise_and_agg(n)", "0"),
    ("bitwise_or_agg(n)", "7"),
    ("stddev(n)", "1.5811388300841898"),
    ("variance(n)", "2.5"),
    ("round(corr(n, n), 9)", "1.0"),
    ("array_sort(set_agg(k))", r#"["a","b","é",null]"#),
    ("array_agg(k ORDER BY n)", r#"["a","b","b","é",null]"#),
    // Over columns, with NULLs among the rows.
    ("array_agg(upper(k) ORDER BY n)", r#"["A","B","B","É",null]"#),
    ("array_agg(split_part(k || '.x', '.', 1) ORDER BY n)", r#"["a","b","b","é",null]"#),
    ("array_agg(if(d > 2, 'much', 'little') ORDER BY n)", r#"["little","much","little","little","much"]"#),
    ("array_agg(date_format(n * 3600, '%H') ORDER BY n)", r#"["09","10","11","12","13"]"#),
    ("array_agg(regexp_like(k, '[a-z]') ORDER BY n)", "[true,true,true,false,null]"),
    ("max_by(k, n) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)", "a"),
];

#[test]
fn rows_are_folded() {
    check_over_logs(ROWS);
}

#[test]
fn without_rows_only_counts_are_there() {
    check_over_logs(&[
        ("count_if(n > 0) FILTER (WHERE n > 9)", "0"),
        ("approx_distinct(k) FILTER (WHERE n > 9)", "0"),
        ("arbitrary(k) FILTER (WHERE n > 9)", "null"),
        ("max_by(k, n) FILTER (WHERE n > 9)", "null"),
        ("histogram(k) FILTER (WHERE n > 9)", "null"),
        ("approx_percentile(n, 0.5) FILTER (WHERE n > 9)", "null"),
        ("geometric_mean(n) FILTER (WHERE n > 9)", "null"),
    ]);
}
