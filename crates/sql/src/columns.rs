//! The columns of a stream, as its Parquet files have them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use store::{FieldId, Layout};

/// Offset of all times. A name such as `UTC` would need a table of time zones.
pub(crate) const UTC: &str = "+00:00";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Time,
    Position,
    Scope,
    /// A field of which a row has one value at most.
    One(FieldId),
    /// A field of which a row may have several.
    Many(FieldId),
    Raw,
}

/// The columns of a stream.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) schema: SchemaRef,
    kinds: Arc<[Column]>,
}

impl Columns {
    pub(crate) fn of(layout: &Layout) -> Columns {
        let mut all = vec![
            (layout.time_column.as_str(), Column::Time),
            (layout.position_column.as_str(), Column::Position),
            (layout.scope_column.as_str(), Column::Scope),
        ];
        all.extend(layout.fields.iter().map(|field| {
            let kind = if field.many { Column::Many(field.id) } else { Column::One(field.id) };
            (field.column.as_str(), kind)
        }));
        all.push((layout.raw_column.as_str(), Column::Raw));
        let fields: Vec<Field> = all.iter().map(|(name, kind)| kind.arrow(name)).collect();
        Columns { schema: Arc::new(Schema::new(fields)), kinds: all.into_iter().map(|(_, kind)| kind).collect() }
    }

    /// The column of a name.
    pub(crate) fn find(&self, name: &str) -> Option<Column> {
        self.schema.index_of(name).ok().map(|index| self.kinds[index])
    }

    /// The column of an index.
    pub(crate) fn at(&self, index: usize) -> Option<Column> {
        self.kinds.get(index).copied()
    }

    /// The columns of these indexes; all when there are none.
    pub(crate) fn kinds(&self, projection: Option<&Vec<usize>>) -> Vec<Column> {
        match projection {
            Some(indexes) => indexes.iter().filter_map(|index| self.at(*index)).collect(),
            None => self.kinds.to_vec(),
        }
    }
}

impl Column {
    pub(crate) fn time_type() -> DataType {
        DataType::Timestamp(TimeUnit::Millisecond, Some(UTC.into()))
    }

    fn arrow(self, name: &str) -> Field {
        match self {
            Column::Time => Field::new(name, Column::time_type(), false),
            Column::Position => Field::new(name, DataType::Int64, false),
            Column::Scope | Column::Raw => Field::new(name, DataType::Utf8, false),
            Column::One(_) => Field::new(name, DataType::Utf8, true),
            Column::Many(_) => {
                let item = Arc::new(Field::new("item", DataType::Utf8, true));
                Field::new(name, DataType::List(item), false)
            }
        }
    }
}
