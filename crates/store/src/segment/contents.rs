//! The values of all rows of a segment, in columns.

use crate::kept_values::{KeptValues, RowValues};
use crate::query::FieldId;
use crate::schema::{Extracted, Layout, Schema};

use super::build::SourceRow;
use super::columns::{SortedColumn, ValueColumn};
use super::error::SegmentError;

/// Where the values of rows come from.
#[derive(Clone, Copy)]
pub(crate) enum ValuesOf<'a> {
    /// The schema reads them from the rows.
    Schema,
    /// They were kept when the rows were inserted, under these numbers.
    Kept(&'a KeptValues, &'a [u32]),
}

/// What a schema says about all rows.
pub(crate) struct Contents<'a> {
    pub(crate) scopes: SortedColumn<'a>,
    /// In the order of the layout's fields.
    pub(crate) fields: Vec<SortedColumn<'a>>,
}

impl<'a> Contents<'a> {
    /// `name` is for errors.
    pub(crate) fn read(
        name: &str,
        rows: &'a [SourceRow],
        schema: &dyn Schema,
        values: ValuesOf<'a>,
    ) -> Result<Contents<'a>, SegmentError> {
        let mut columns = Columns::new(schema.layout(), values);
        for (index, row) in rows.iter().enumerate() {
            let kept = match values {
                ValuesOf::Schema => None,
                ValuesOf::Kept(kept, numbers) => numbers.get(index).and_then(|number| kept.of(*number, &row.bytes)),
            };
            let read = match kept {
                Some(kept) => columns.kept_row(&kept),
                None => schema.extract(&row.bytes).and_then(|extracted| columns.row(extracted)),
            };
            read.map_err(|problem| SegmentError::Row {
                file: name.to_owned(),
                position: row.cursor.position,
                problem,
            })?;
        }
        let fields = columns.fields.into_iter().map(ValueColumn::sorted).collect();
        Ok(Contents { scopes: columns.scopes.sorted(), fields })
    }
}

/// The columns while rows are added.
struct Columns<'a, 'b> {
    layout: &'b Layout,
    /// For each number of a field its column.
    places: [Option<u8>; 256],
    scopes: ValueColumn<'a>,
    fields: Vec<ValueColumn<'a>>,
    /// Of kept values that have a number, the number in their column.
    commons: Vec<Option<u32>>,
}

impl<'a, 'b> Columns<'a, 'b> {
    fn new(layout: &'b Layout, values: ValuesOf<'_>) -> Columns<'a, 'b> {
        let common_count = match values {
            ValuesOf::Schema => 0,
            ValuesOf::Kept(kept, _) => kept.common_count(),
        };
        let mut places = [None; 256];
        for (field, place) in layout.fields.iter().zip(0..=u8::MAX) {
            places[usize::from(field.id.0)].get_or_insert(place);
        }
        let fields = layout.fields.iter().map(|_| ValueColumn::default()).collect();
        Columns { layout, places, scopes: ValueColumn::default(), fields, commons: vec![None; common_count] }
    }

    fn row(&mut self, row: Extracted<'a>) -> Result<(), String> {
        self.scopes.push(row.scope);
        for (field, value) in row.terms {
            self.column(field)?.push(value);
        }
        self.end_row()
    }

    fn kept_row(&mut self, row: &RowValues<'a>) -> Result<(), String> {
        let lost = || "has a value that was not kept as it was".to_owned();
        self.scopes.push(row.scope().ok_or_else(lost)?.into());
        for (field, common, value) in row.values() {
            let known = common.and_then(|common| *self.commons.get(common.index())?);
            if let Some(number) = known {
                self.column(field)?.push_again(number);
                continue;
            }
            let number = self.column(field)?.push(value.ok_or_else(lost)?.into());
            if let Some(place) = common.and_then(|common| self.commons.get_mut(common.index())) {
                *place = Some(number);
            }
        }
        self.end_row()
    }

    fn column(&mut self, field: FieldId) -> Result<&mut ValueColumn<'a>, String> {
        let place = self.places[usize::from(field.0)]
            .ok_or_else(|| format!("has a value of field {}, which its schema has not", field.0))?;
        Ok(&mut self.fields[usize::from(place)])
    }

    fn end_row(&mut self) -> Result<(), String> {
        self.scopes.end_row();
        for (field, column) in self.layout.fields.iter().zip(&mut self.fields) {
            if column.end_row() > 1 && !field.many {
                return Err(format!("has several values of {}, which has one", field.column));
            }
        }
        Ok(())
    }
}
