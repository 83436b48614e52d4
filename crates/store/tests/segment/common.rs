//! Rows, a schema for them, and the plain vector that knows the right answers.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use store::schema::{JsonField, JsonSchema, WordRules};
use store::search::{Budget, Expr, PageEnd, Search};
use store::segment::{BuiltSegment, NamedFile, SourceRow, build_segment};
use store::{Cursor, Direction, Field, FieldId, FoundRow, Layout, Query, Schema, Segment};

pub const NAME: FieldId = FieldId(1);
pub const ID: FieldId = FieldId(2);
pub const TAGS: FieldId = FieldId(7);

pub const WORDS: WordRules = WordRules::new(",'\";=()[]{}?@&<>/:\\", true);

/// A name and an id, one each, and tags, any number.
pub fn schema() -> Arc<dyn Schema> {
    schema_without(&[])
}

/// The schema as it was before some fields were known.
pub fn schema_without(unknown: &[FieldId]) -> Arc<dyn Schema> {
    let fields = [(NAME, "name", false), (ID, "id", false), (TAGS, "tags", true)];
    let fields = fields.into_iter().filter(|(id, ..)| !unknown.contains(id)).map(|(id, column, many)| JsonField {
        field: Field { id, column: column.to_owned(), many },
        path: format!("data.{column}"),
    });
    let layout = Layout {
        name: "test".to_owned(),
        time_column: "time".to_owned(),
        position_column: "position".to_owned(),
        scope_column: "region".to_owned(),
        raw_column: "raw".to_owned(),
        fields: Vec::new(),
        words: WORDS,
    };
    Arc::new(JsonSchema::new(layout, "time", "region", fields.collect()))
}

/// A row as the vector keeps it.
#[derive(Debug, Clone)]
pub struct ModelRow {
    pub cursor: Cursor,
    pub scope: String,
    pub terms: Vec<(FieldId, String)>,
    pub text: String,
    pub bytes: Bytes,
}

impl ModelRow {
    pub fn new(cursor: Cursor, scope: &str, name: Option<&str>, id: &str, tags: &[&str], text: &str) -> ModelRow {
        let mut data = json!({ "id": id, "tags": tags });
        if let Some(name) = name {
            data["name"] = Value::from(name);
        }
        let row = json!({ "time": cursor.time_s, "region": scope, "data": data, "text": text });
        let terms = name.map(|name| (NAME, name)).into_iter().chain([(ID, id)]);
        let terms = terms.chain(tags.iter().map(|tag| (TAGS, *tag)));
        ModelRow {
            cursor,
            scope: scope.to_owned(),
            terms: terms.map(|(field, value)| (field, value.to_owned())).collect(),
            text: text.to_owned(),
            bytes: row.to_string().into(),
        }
    }
}

/// In the order of their cursors, as segments want them.
pub fn sorted(mut rows: Vec<ModelRow>) -> Vec<ModelRow> {
    rows.sort_by_key(|row| row.cursor);
    rows
}

pub fn source(rows: &[ModelRow]) -> Vec<SourceRow> {
    rows.iter().map(|row| SourceRow { cursor: row.cursor, bytes: row.bytes.clone() }).collect()
}

pub fn build(rows: &[ModelRow], schema: &dyn Schema) -> BuiltSegment {
    build_segment("test", "stream", &source(rows), schema).unwrap()
}

pub fn files(sidecar: impl Into<Bytes>, parquet: impl Into<Bytes>) -> (NamedFile, NamedFile) {
    let named = |name, bytes: Bytes| NamedFile::new(name, Arc::new(bytes));
    (named("test.idx", sidecar.into()), named("test.parquet", parquet.into()))
}

pub fn open(built: &BuiltSegment, schema: Arc<dyn Schema>) -> Segment {
    let (sidecar, parquet) = files(built.sidecar.clone(), built.parquet.clone());
    Segment::open(sidecar, parquet, schema).unwrap()
}

/// A query that owns its parts.
#[derive(Debug, Clone)]
pub struct ModelQuery {
    pub scopes: Vec<String>,
    pub all_of: Vec<(FieldId, String)>,
    pub texts: Vec<String>,
    pub from_s: i64,
    pub to_s: i64,
    pub direction: Direction,
    pub after: Option<Cursor>,
    pub limit: usize,
}

impl ModelQuery {
    pub fn everything(direction: Direction) -> ModelQuery {
        ModelQuery {
            scopes: vec!["a".to_owned(), "b".to_owned()],
            all_of: Vec::new(),
            texts: Vec::new(),
            from_s: i64::MIN,
            to_s: i64::MAX,
            direction,
            after: None,
            limit: usize::MAX,
        }
    }

    pub fn ask(&self, segment: &Segment) -> Result<store::Page, store::SegmentError> {
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let all_of: Vec<(FieldId, &str)> = self.all_of.iter().map(|(field, value)| (*field, &**value)).collect();
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        let (from_s, to_s, direction, after, limit) = (self.from_s, self.to_s, self.direction, self.after, self.limit);
        let query = Query { scopes: &scopes, all_of: &all_of, from_s, to_s, direction, after, limit };
        if texts.is_empty() {
            return segment.lookup(&query);
        }
        let texts = texts.into_iter().map(|text| Expr::Text(text.to_owned()));
        let search = Search::new(Expr::And(texts.collect()), schema().layout())?;
        let page = segment.search(&query, &search, &Budget::unlimited())?;
        Ok(store::Page { rows: page.rows, more: page.end == PageEnd::Full, examined: page.examined })
    }

    /// All rows that match, whatever the limit. Texts of the model are words of letters, looked for as parts of the text
    /// between spaces, or runs of characters, looked for anywhere.
    pub fn naive(&self, rows: &[ModelRow]) -> Vec<FoundRow> {
        let follows = |cursor: Cursor| match (self.after, self.direction) {
            (None, _) => true,
            (Some(after), Direction::Forward) => cursor > after,
            (Some(after), Direction::Backward) => cursor < after,
        };
        let has_text = |row: &ModelRow, text: &String| {
            if text.is_ascii() {
                // What is no letter stands between words as a space does.
                let words: Vec<&str> = row.text.split(' ').filter(|word| !["\"", "\u{1F600}"].contains(word)).collect();
                format!(" {} ", words.join(" ").to_lowercase()).contains(&format!(" {} ", text.to_lowercase()))
            } else {
                row.text.contains(text.as_str())
            }
        };
        let mut found: Vec<FoundRow> = rows
            .iter()
            .filter(|row| self.scopes.contains(&row.scope))
            .filter(|row| self.all_of.iter().all(|term| row.terms.contains(term)))
            .filter(|row| self.texts.iter().all(|text| has_text(row, text)))
            .filter(|row| (self.from_s..=self.to_s).contains(&row.cursor.time_s) && follows(row.cursor))
            .map(|row| FoundRow { cursor: row.cursor, bytes: row.bytes.clone() })
            .collect();
        if self.direction == Direction::Backward {
            found.reverse();
        }
        found
    }
}
