//! What an aggregate does: takes rows one by one, is joined with what other parts of the rows gave, and ends in a value.

use std::fmt::Debug;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::error::Result;

use crate::cast::cast;
use crate::cells::{Cells, plain};
use crate::session::Session;
use crate::types::Type;
use crate::value::Value;

/// What a part of the rows hands on.
pub(crate) type Part = Vec<Value<'static>>;

/// The state of an aggregate over the rows of one group.
pub(crate) trait Fold: Debug + Send + Sync {
    /// Takes the arguments of one row; NULLs among them, too.
    fn add(&mut self, row: &[Value<'_>]) -> Result<()>;

    /// Takes what another part handed on.
    fn merge(&mut self, part: &[Value<'_>]) -> Result<()>;

    /// What is handed on, in the types that the table tells; all NULL when there is nothing.
    fn part(&self) -> Result<Part>;

    fn finish(&self) -> Result<Value<'static>>;

    /// Bytes on the heap, about.
    fn size(&self) -> usize;
}

/// Columns to be read row by row.
pub(crate) struct Columns(Vec<ArrayRef>);

impl Columns {
    pub(crate) fn new(columns: &[ArrayRef]) -> Result<Columns> {
        Ok(Columns(columns.iter().map(plain).collect::<Result<_>>()?))
    }

    fn rows(&self) -> usize {
        self.0.first().map_or(0, |column| column.len())
    }

    /// Each row with its values in the wanted types.
    pub(crate) fn each_row(
        &self,
        given: &[Type],
        wanted: &[Type],
        session: &Session,
        take: &mut dyn FnMut(&[Value<'_>]) -> Result<()>,
    ) -> Result<()> {
        let is_right: Vec<bool> = given.iter().zip(wanted).map(|(given, wanted)| given.reads_as(wanted)).collect();
        if is_right.iter().all(|is_right| *is_right) {
            return self.each_plain_row(take);
        }
        let cells: Vec<Cells<'_>> = self.0.iter().map(Cells::of).collect();
        for row in 0..self.rows() {
            let values = cells.iter().enumerate().map(|(place, cell)| match is_right[place] {
                true => Ok(cell.value(row)),
                false => cast(cell.value(row), &given[place], &wanted[place], session),
            });
            take(&values.collect::<Result<Vec<_>>>()?)?;
        }
        Ok(())
    }

    /// Each row as it is.
    pub(crate) fn each_plain_row(&self, take: &mut dyn FnMut(&[Value<'_>]) -> Result<()>) -> Result<()> {
        let cells: Vec<Cells<'_>> = self.0.iter().map(Cells::of).collect();
        let mut values = Vec::with_capacity(cells.len());
        for row in 0..self.rows() {
            values.clear();
            values.extend(cells.iter().map(|cell| cell.value(row)));
            take(&values)?;
        }
        Ok(())
    }
}
