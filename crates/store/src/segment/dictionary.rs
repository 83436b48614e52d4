//! The values behind the codes of a packed column. Layout: see the module above.

use bytes::Bytes;

use super::bytes_at::u32_at;
use super::column_values::ColumnValues;
use super::error::SegmentError;
use super::sidecar::{Section, Sidecar};

/// Writes values, which must ascend.
pub(crate) fn write_values<'a>(values: impl ExactSizeIterator<Item = &'a str> + Clone) -> Vec<u8> {
    let mut out = (values.len() as u32).to_le_bytes().to_vec();
    let mut offset = 0u32;
    out.extend_from_slice(&offset.to_le_bytes());
    for value in values.clone() {
        offset += value.len() as u32;
        out.extend_from_slice(&offset.to_le_bytes());
    }
    values.for_each(|value| out.extend_from_slice(value.as_bytes()));
    out
}

/// Values as they stand in a sidecar.
pub(crate) struct Values {
    bytes: Bytes,
    count: usize,
}

impl Values {
    pub(crate) fn read(sidecar: &Sidecar, section: Section) -> Result<Values, SegmentError> {
        let damaged = || sidecar.damaged(section, 0, "the values of a column are cut short");
        let bytes = sidecar.read_all(section)?;
        let count = u32_at(&bytes, 0).ok_or_else(damaged)? as usize;
        if bytes.len().saturating_sub(8) / 4 < count {
            return Err(damaged());
        }
        let values = Values { bytes, count };
        if sidecar.was_looked_through(section) {
            return Ok(values);
        }
        let is_sound = (0..count).all(|index| values.get(index).is_some())
            && (1..count).all(|index| values.get(index - 1) < values.get(index));
        if !is_sound {
            return Err(damaged());
        }
        sidecar.note_looked_through(section);
        Ok(values)
    }

    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The code of a value; `None` when no row has it.
    pub(crate) fn code(&self, value: &str) -> Option<u64> {
        let mut low = 0;
        let mut high = self.count;
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle)? < value.as_bytes() { low = middle + 1 } else { high = middle }
        }
        (self.get(low)? == value.as_bytes()).then_some(low as u64 + 1)
    }

    /// All values, ascending; the code of the first is 1.
    pub(crate) fn all(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.count).filter_map(|index| self.get(index))
    }

    /// All values as texts; `None` when one is none.
    pub(crate) fn texts(&self) -> Option<ColumnValues> {
        let offset = |index: usize| u32_at(&self.bytes, 4 + 4 * index);
        let ends: Vec<u32> = (1..=self.count).map(offset).collect::<Option<_>>()?;
        let data = self.bytes.get(4 + 4 * (self.count + 1)..)?;
        let text = simdutf8::basic::from_utf8(data).ok().filter(|_| offset(0) == Some(0))?;
        ColumnValues::new(text.to_owned(), ends)
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        if index >= self.count {
            return None;
        }
        let data = 4 + 4 * (self.count + 1);
        let start = u32_at(&self.bytes, 4 + 4 * index)? as usize;
        let end = u32_at(&self.bytes, 8 + 4 * index)? as usize;
        self.bytes.get(data.checked_add(start)?..data.checked_add(end)?)
    }
}
