//! Rows for searches, and a plain evaluator that knows the right answers.
//!
//! The evaluator cuts what the rows say, not their bytes: escapes and nesting must make no difference.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use store::schema::{JsonField, JsonSchema, Schemas, WordRules};
use store::search::{Expr, Fragment, Pattern, PatternPart, RowTest};
use store::{Cursor, Direction, Field, FieldId, FoundRow, Layout, Row, Schema, Store};

pub const STREAM: &str = "s/one";
pub const NAME: FieldId = FieldId(1);
pub const ID: FieldId = FieldId(2);
pub const TAGS: FieldId = FieldId(7);

pub fn schemas() -> Schemas {
    let fields = [(NAME, "name", false), (ID, "id", false), (TAGS, "tags", true)].map(|(id, column, many)| JsonField {
        field: Field { id, column: column.to_owned(), many },
        path: column.to_owned(),
    });
    let layout = Layout {
        name: "test".to_owned(),
        time_column: "time".to_owned(),
        position_column: "position".to_owned(),
        scope_column: "region".to_owned(),
        raw_column: "raw".to_owned(),
        fields: Vec::new(),
        words: WordRules::new(",'\";=()[]{}?@&<>:\\", true),
    };
    let schema: Arc<dyn Schema> = Arc::new(JsonSchema::new(layout, "time", "region", fields.to_vec()));
    Schemas::new(vec![("s/".to_owned(), schema)])
}

/// How the text of a row is written.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    Plain,
    /// Every other character as `\uXXXX`.
    Escaped,
    /// As JSON in a string of JSON.
    Nested,
}

#[derive(Debug, Clone)]
pub struct ModelRow {
    pub cursor: Cursor,
    pub scope: String,
    pub terms: Vec<(FieldId, String)>,
    /// What the row says.
    said: Vec<String>,
    /// The same, cut.
    pieces: Vec<String>,
    pub bytes: Bytes,
}

impl ModelRow {
    pub fn new(
        cursor: Cursor,
        scope: &str,
        name: Option<&str>,
        id: &str,
        tags: &[&str],
        text: &str,
        form: Form,
    ) -> Self {
        let mut row = json!({ "time": cursor.time_s, "region": scope, "id": id, "tags": tags });
        let mut said = vec!["time".to_owned(), cursor.time_s.to_string(), "region".to_owned(), scope.to_owned()];
        said.extend(["id", id, "tags"].into_iter().chain(tags.iter().copied()).map(str::to_owned));
        if let Some(name) = name {
            row["name"] = name.into();
            said.extend(["name".to_owned(), name.to_owned()]);
        }
        said.extend(["text".to_owned()]);
        if let Form::Nested = form {
            said.push("inner".to_owned());
        }
        said.push(text.to_owned());
        let mut written = row.to_string();
        written.pop();
        let text = match form {
            Form::Plain => json!(text).to_string(),
            Form::Escaped => escaped(text),
            Form::Nested => json!(json!({ "inner": text }).to_string()).to_string(),
        };
        write!(written, ",\"text\":{text}}}").unwrap();
        let terms = name.map(|name| (NAME, name)).into_iter().chain([(ID, id)]);
        let terms = terms.chain(tags.iter().map(|tag| (TAGS, *tag)));
        ModelRow {
            cursor,
            scope: scope.to_owned(),
            terms: terms.map(|(field, value)| (field, value.to_owned())).collect(),
            pieces: said.iter().flat_map(|text| cut(text)).collect(),
            said,
            bytes: written.into(),
        }
    }
}

fn escaped(text: &str) -> String {
    let mut written = "\"".to_owned();
    for (index, character) in text.chars().enumerate() {
        if index % 2 == 0 || matches!(character, '"' | '\\') {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| write!(written, "\\u{unit:04x}").unwrap());
        } else {
            written.push(character);
        }
    }
    written + "\""
}

fn is_han(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

/// Words in lower case and runs of Chinese characters.
fn cut(text: &str) -> Vec<String> {
    let kind = |character: char| match character {
        _ if is_han(character) => 2,
        '-' | '.' | '_' | '/' => 1,
        _ => u8::from(character.is_alphanumeric()),
    };
    let characters: Vec<char> = text.chars().collect();
    let groups = characters.chunk_by(|left, right| kind(*left) == kind(*right));
    groups.filter(|group| kind(group[0]) > 0).map(|group| group.iter().collect::<String>().to_lowercase()).collect()
}

fn has_form(pattern: &[PatternPart], text: &[char]) -> bool {
    let Some((part, rest)) = pattern.split_first() else {
        return text.is_empty();
    };
    match part {
        PatternPart::Many => (0..=text.len()).any(|skip| has_form(rest, &text[skip..])),
        PatternPart::One => !text.is_empty() && has_form(rest, &text[1..]),
        PatternPart::Literal(literal) => {
            let literal: Vec<char> = literal.chars().collect();
            text.starts_with(&literal) && has_form(rest, &text[literal.len()..])
        }
    }
}

fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn has_phrase(row: &ModelRow, text: &str) -> bool {
    let wanted = cut(text);
    let last = wanted.len() - 1;
    row.pieces.windows(wanted.len()).any(|window| {
        window.iter().zip(&wanted).enumerate().all(|(index, (found, wanted))| {
            let is_run = |text: &String| text.chars().all(is_han);
            if !is_run(wanted) || !is_run(found) {
                return found == wanted;
            }
            match (index == 0, index == last) {
                (true, true) => found.contains(wanted),
                (true, false) => found.ends_with(wanted),
                (false, true) => found.starts_with(wanted),
                (false, false) => found == wanted,
            }
        })
    })
}

/// A pattern of one word, in lower case, or of Chinese characters.
fn has_word_like(row: &ModelRow, pattern: &Pattern) -> bool {
    let is_run = |text: &str| text.chars().all(is_han);
    let of_run = pattern.parts().iter().any(|part| matches!(part, PatternPart::Literal(text) if is_run(text)));
    let open = of_run.then_some(PatternPart::Many);
    let parts: Vec<_> = open.iter().chain(pattern.parts()).chain(&open).cloned().collect();
    row.pieces.iter().any(|piece| is_run(piece) == of_run && has_form(&parts, &characters(piece)))
}

pub fn is_true(expr: &Expr, row: &ModelRow) -> bool {
    let values = |wanted: FieldId| row.terms.iter().filter(move |(field, _)| *field == wanted).map(|(_, value)| value);
    match expr {
        Expr::And(parts) => parts.iter().all(|part| is_true(part, row)),
        Expr::Or(parts) => parts.iter().any(|part| is_true(part, row)),
        Expr::Not(inner) => !is_true(inner, row),
        Expr::Is(field, value) => values(*field).any(|found| found == value),
        Expr::Like(field, pattern) => values(*field).any(|found| has_form(pattern.parts(), &characters(found))),
        Expr::Exists(field) => values(*field).next().is_some(),
        Expr::Text(text) => has_phrase(row, text),
        Expr::TextLike(pattern) => has_word_like(row, pattern),
        Expr::Since(time_s) => row.cursor.time_s >= *time_s,
        // What is meant is less than what the store can tell: every third row is not.
        Expr::AtMost(inner, fragment) => {
            is_true(inner, row)
                && fragment.as_ref().is_none_or(|fragment| has_fragment(row, fragment))
                && !row.bytes.len().is_multiple_of(3)
        }
    }
}

fn has_fragment(row: &ModelRow, Fragment { text, folds_case }: &Fragment) -> bool {
    let folded = |text: &str| if *folds_case { text.to_lowercase() } else { text.to_owned() };
    row.said.iter().any(|said| folded(said).contains(&folded(text)))
}

/// What is meant, known beforehand for all rows.
#[derive(Debug)]
pub struct KnownTest(HashMap<Bytes, bool>);

impl KnownTest {
    pub fn new(expr: &Expr, rows: &[ModelRow]) -> Arc<KnownTest> {
        Arc::new(KnownTest(rows.iter().map(|row| (row.bytes.clone(), is_true(expr, row))).collect()))
    }
}

impl RowTest for KnownTest {
    fn is_meant(&self, row: &[u8]) -> Result<bool, String> {
        self.0.get(row).copied().ok_or_else(|| "is not one that was written".to_owned())
    }
}

/// A query that owns its parts.
#[derive(Debug, Clone)]
pub struct ModelQuery {
    pub expr: Expr,
    pub scopes: Vec<&'static str>,
    pub tag: Option<&'static str>,
    pub range: (i64, i64),
    pub direction: Direction,
    pub after: Option<Cursor>,
    pub limit: usize,
}

impl ModelQuery {
    /// All rows that match, whatever the limit.
    pub fn naive(&self, rows: &[ModelRow]) -> Vec<FoundRow> {
        let follows = |cursor: Cursor| match (self.after, self.direction) {
            (None, _) => true,
            (Some(after), Direction::Forward) => cursor > after,
            (Some(after), Direction::Backward) => cursor < after,
        };
        let mut found: Vec<FoundRow> = rows
            .iter()
            .filter(|row| self.scopes.contains(&row.scope.as_str()))
            .filter(|row| self.tag.is_none_or(|tag| row.terms.contains(&(TAGS, tag.to_owned()))))
            .filter(|row| (self.range.0..=self.range.1).contains(&row.cursor.time_s) && follows(row.cursor))
            .filter(|row| is_true(&self.expr, row))
            .map(|row| FoundRow { cursor: row.cursor, bytes: row.bytes.clone() })
            .collect();
        found.sort_by_key(|row| row.cursor);
        if self.direction == Direction::Backward {
            found.reverse();
        }
        found
    }
}

const TOKENS: &[&str] = &[
    "alpha",
    "Beta",
    "gamma",
    "ERROR",
    "err",
    "errand",
    "13800001111",
    "呼叫中心",
    "中心呼",
    "客服",
    "\u{212A}ilo",
    "i\"j",
    "a\\b",
    "ÄRGER",
    "10.0.0.1",
    "\u{1F600}",
    "x/y",
];

pub fn row(position: u64) -> impl Strategy<Value = ModelRow> {
    let name = proptest::option::of(select(vec!["CreateUser", "DeleteUser", "ListUsers", "\"q\" \\ ä 名字", ""]));
    let tags = proptest::collection::vec(select(vec!["x", "y", "zulu", "x,y"]), 0..3);
    let text = proptest::collection::vec(select(TOKENS), 0..6);
    let form = select(vec![Form::Plain, Form::Plain, Form::Escaped, Form::Nested]);
    (0i64..40, select(vec!["a", "b", "c"]), name, 0u32..60, tags, text, form).prop_map(
        move |(time_s, scope, name, id, tags, text, form)| {
            let cursor = Cursor { time_s, position };
            ModelRow::new(cursor, scope, name, &format!("id-{id}"), &tags, &text.join(" "), form)
        },
    )
}

/// Rows with the positions 1, 2, 3 and times in any order.
pub fn rows(most: usize) -> impl Strategy<Value = Vec<ModelRow>> {
    (1..most).prop_flat_map(|count| (1..=count as u64).map(row).collect::<Vec<_>>())
}

pub fn pattern(text: &str) -> Pattern {
    Pattern::new(text.chars().map(|character| match character {
        '*' => PatternPart::Many,
        '?' => PatternPart::One,
        other => PatternPart::Literal(other.to_string()),
    }))
}

pub fn expr() -> impl Strategy<Value = Expr> {
    let texts = vec![
        "alpha",
        "beta GAMMA",
        "error",
        "13800001111",
        "呼叫",
        "心",
        "叫中心",
        "心 alpha",
        "absent",
        "kilo",
        "ärger",
        "i j",
        "createuser",
        "x/y",
        "id-7 tags",
    ];
    let forms =
        vec!["err*", "*or", "e?r*", "138*", "呼*心", "*服", "??", "*", "ki*", "*ärg*", "10.0.*", "absent*", "?心*"];
    let field = select(vec![NAME, ID, TAGS, FieldId(9)]);
    let value = select(vec!["CreateUser", "ListUsers", "\"q\" \\ ä 名字", "", "id-7", "id-8", "x", "zulu", "none"]);
    let value_form = select(vec!["Create*", "*User", "*User?", "id-1*", "?", "z*u", "\"*名?", "none*", "*"]);
    let leaf = prop_oneof![
        2 => (field.clone(), value).prop_map(|(field, value)| Expr::Is(field, value.to_owned())),
        2 => (field.clone(), value_form).prop_map(|(field, form)| Expr::Like(field, pattern(form))),
        1 => field.prop_map(Expr::Exists),
        4 => select(texts).prop_map(|text| Expr::Text(text.to_owned())),
        2 => select(forms).prop_map(|form| Expr::TextLike(pattern(form))),
    ];
    let fragments = vec![
        "10.0.",
        "0.0.1",
        "beta gam",
        "ERR",
        "err",
        "rand 138",
        "a\\b",
        "呼叫",
        "心 客",
        "kilo",
        "x/y",
        "alpha 中",
        "none.",
    ];
    let fragment = (select(fragments), any::<bool>())
        .prop_map(|(text, folds_case)| Fragment { text: text.to_owned(), folds_case });
    let at_most = (leaf.clone(), proptest::option::weighted(0.8, fragment))
        .prop_map(|(inner, fragment)| Expr::AtMost(Box::new(inner), fragment));
    let all_at_most = at_most.clone().prop_map(|expr| match expr {
        Expr::AtMost(_, fragment) => Expr::AtMost(Box::new(Expr::ALL), fragment),
        other => other,
    });
    let leaf = prop_oneof![
        8 => leaf,
        2 => at_most,
        2 => all_at_most,
        1 => (-1i64..42).prop_map(Expr::Since),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            3 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Expr::And),
            3 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Expr::Or),
            2 => inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

pub fn query() -> impl Strategy<Value = ModelQuery> {
    let time_s = || prop_oneof![20 => -1i64..42, 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    let cursor = (time_s(), prop_oneof![20 => 0u64..400, 1 => Just(u64::MAX)]);
    (
        expr(),
        prop_oneof![3 => Just(vec!["a", "b", "c"]), 1 => Just(vec!["b", "none"]), 1 => Just(vec![])],
        proptest::option::weighted(0.2, select(vec!["x", "none"])),
        prop_oneof![1 => (time_s(), time_s()), 2 => Just((i64::MIN, i64::MAX))],
        select(vec![Direction::Forward, Direction::Backward]),
        proptest::option::weighted(0.3, cursor.prop_map(|(time_s, position)| Cursor { time_s, position })),
        0usize..12,
    )
        .prop_map(|(expr, scopes, tag, range, direction, after, limit)| ModelQuery {
            expr,
            scopes,
            tag,
            range,
            direction,
            after,
            limit,
        })
}

pub fn insert(store: &Store, rows: &[ModelRow]) {
    for row in rows {
        let terms: Vec<(FieldId, &str)> = row.terms.iter().map(|(field, value)| (*field, value.as_str())).collect();
        let Cursor { time_s, position } = row.cursor;
        let row = Row { position, time_s, scope: &row.scope, terms: &terms, bytes: row.bytes.clone() };
        store.insert(STREAM, &[row]).unwrap();
    }
}
