//! What a stream's rows mean, as far as the store must know: which values become columns and how words are cut.
//!
//! A schema belongs to whoever owns the stream. [`JsonSchema`] is one that is written down as paths; a stream whose
//! values follow rules of their own implements [`Schema`] itself.

mod escapes;
mod json;
mod words;

pub use json::{JsonField, JsonSchema};
pub use words::WordRules;
pub(crate) use words::{Cutter, Piece, Pieces, is_cjk, with_lower_ascii};

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use crate::query::FieldId;

/// How the rows of a stream are read.
pub trait Schema: Send + Sync {
    /// Names and fields.
    fn layout(&self) -> &Layout;

    /// Reads a row. The same bytes must always give the same answer, or rows are not found again. The error says what
    /// is wrong with the row.
    fn extract<'a>(&self, bytes: &'a [u8]) -> Result<Extracted<'a>, String>;

    /// The rows of a record of the journal, with their positions, ascending: by default the record is the row. Rows of a
    /// record are inserted together; a record has at least one.
    fn rows(&self, record_position: u64, record: &Bytes) -> Result<Vec<(u64, Bytes)>, String> {
        Ok(vec![(record_position, record.clone())])
    }

    /// The position of the record that a row came from.
    fn record_position(&self, row_position: u64) -> u64 {
        row_position
    }
}

/// Names and fields of a stream, as the columns of its Parquet files show them.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Name of the schema; written into files for people who read them.
    pub name: String,
    /// Column of the time.
    pub time_column: String,
    /// Column of the position in the stream.
    pub position_column: String,
    /// Column of the scope.
    pub scope_column: String,
    /// Column of the row's exact bytes.
    pub raw_column: String,
    /// The fields by which rows are found. Numbers, once used, keep their meaning for ever.
    pub fields: Vec<Field>,
    /// How text is cut into words.
    pub words: WordRules,
}

/// A field by which rows are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its number in queries and files.
    pub id: FieldId,
    /// Its column in Parquet files.
    pub column: String,
    /// A row may have several values.
    pub many: bool,
}

/// What a schema reads from a row, borrowed from it where nothing has to be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extracted<'a> {
    /// Time of the row in Unix seconds.
    pub time_s: i64,
    /// Group of rows that queries choose.
    pub scope: Cow<'a, str>,
    /// Values by which the row is found.
    pub terms: Vec<(FieldId, Cow<'a, str>)>,
}

impl Extracted<'_> {
    /// Whether the row has this value of a field.
    pub(crate) fn has(&self, field: FieldId, value: &str) -> bool {
        self.terms.iter().any(|(id, found)| *id == field && found == value)
    }
}

/// Which schema a stream has, by the beginning of its name.
#[derive(Clone, Default)]
pub struct Schemas(Vec<(String, Arc<dyn Schema>)>);

impl Schemas {
    /// Schemas with the prefixes of the streams that they describe.
    pub fn new(schemas: Vec<(String, Arc<dyn Schema>)>) -> Schemas {
        Schemas(schemas)
    }

    /// These and one more.
    #[must_use]
    pub fn with(mut self, prefix: &str, schema: Arc<dyn Schema>) -> Schemas {
        self.0.push((prefix.to_owned(), schema));
        self
    }

    /// The schema of a stream.
    pub fn of(&self, stream: &str) -> Option<&Arc<dyn Schema>> {
        self.0.iter().find(|(prefix, _)| stream.starts_with(prefix.as_str())).map(|(_, schema)| schema)
    }
}
