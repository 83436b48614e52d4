//! Whole columns of a segment, each read once for a query: packed ones out of its index, others out of its Parquet file
//! where so many rows are wanted that this costs less than the pages of the rows.

use std::rc::Rc;

use store::FieldId;
use store::segment::WholeColumn;
use store::write::SnapshotSegment;

use crate::columns::Column;
use crate::error::SqlError;

/// The columns that were asked for so far.
pub(crate) struct SegmentColumns<'a> {
    pub(crate) segment: &'a SnapshotSegment,
    /// `None` for one that is not packed and was not loaded.
    known: Vec<(Column, Option<Rc<WholeColumn>>)>,
}

impl<'a> SegmentColumns<'a> {
    pub(crate) fn of(segment: &'a SnapshotSegment) -> SegmentColumns<'a> {
        SegmentColumns { segment, known: Vec::new() }
    }

    /// A column of which a row has one value at most, if it is packed or was loaded.
    pub(crate) fn get(&mut self, column: Column) -> Result<Option<Rc<WholeColumn>>, SqlError> {
        if let Some((_, known)) = self.known.iter().find(|(known, _)| *known == column) {
            return Ok(known.clone());
        }
        let packed = match column {
            Column::Scope => self.segment.scopes()?,
            Column::One(field) => self.segment.field(field)?,
            _ => None,
        };
        let packed = packed.map(Rc::new);
        self.known.push((column, packed.clone()));
        Ok(packed)
    }

    /// Loads those of these columns that are not there, as far as the Parquet file has them.
    pub(crate) fn load(&mut self, columns: impl IntoIterator<Item = Column>) -> Result<(), SqlError> {
        let mut missing: Vec<FieldId> = Vec::new();
        for column in columns {
            match column {
                Column::One(field) if !missing.contains(&field) && self.get(column)?.is_none() => missing.push(field),
                _ => {}
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let loaded = self.segment.unpacked_fields(&missing)?;
        for (field, loaded) in missing.into_iter().zip(loaded) {
            if let Some((_, known)) = self.known.iter_mut().find(|(known, _)| *known == Column::One(field)) {
                *known = loaded.map(Rc::new);
            }
        }
        Ok(())
    }
}
