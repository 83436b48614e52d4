//! Regular expressions.

use crate::bench::{Row, check, check_refused};

pub(crate) const ROWS: &[Row] = &[
    ("regexp_like('DeleteInstance', '^(Delete|Stop)')", "true"),
    ("regexp_like('ListInstances', '^(Delete|Stop)')", "false"),
    ("regexp_like('xDeletex', 'Delete')", "true"),
    ("regexp_like('审计', '^\\p{Han}+$')", "true"),
    ("regexp_like(NULL, 'a')", "null"),
    ("regexp_extract('i-abc i-def', 'i-(\\w+)')", "i-abc"),
    ("regexp_extract('i-abc i-def', 'i-(\\w+)', 1)", "abc"),
    ("regexp_extract('none', 'i-(\\w+)')", "null"),
    ("regexp_extract_all('i-abc i-def', 'i-(\\w+)', 1)", r#"["abc","def"]"#),
    ("regexp_extract_all('1a2b', '\\d')", r#"["1","2"]"#),
    ("regexp_extract_all('a', '\\d')", "[]"),
    ("regexp_replace('1a2b', '\\d')", "ab"),
    ("regexp_replace('1a2b', '(\\d)([a-z])', '$2$1')", "a1b2"),
    ("regexp_replace('中1', '\\d', '文')", "中文"),
    ("regexp_split('a1b22c', '\\d+')", r#"["a","b","c"]"#),
    ("regexp_count('a1b22c', '\\d')", "3"),
    ("regexp_position('中文1', '\\d')", "3"),
];

#[test]
fn patterns_are_found_in_texts() {
    check(ROWS);
}

#[test]
fn wrong_patterns_are_refused() {
    check_refused(&[
        ("regexp_like('a', '(')", "is no regular expression"),
        ("regexp_like('a', '(?=a)')", "is no regular expression"),
        ("regexp_extract('a', 'a', 1)", "there is no group 1"),
    ]);
}
