//! Posting lists: the numbers of the rows that have a term, in the order of the rows' cursors.

use crate::limits::BLOCK_ROWS;
use crate::rows::Rows;

/// The rows of a term with at least two of them (a term with one row is kept in the hash table itself).
pub(crate) enum PostingList {
    /// Up to a block of rows, growing by doubling.
    Short(Vec<u32>),
    /// Blocks of at most [`BLOCK_ROWS`], none empty. Boxed, because few terms have so many rows.
    Long(Box<Blocks>),
}

/// Blocks of row numbers.
pub(crate) struct Blocks {
    blocks: Vec<Vec<u32>>,
    len: usize,
}

impl PostingList {
    /// A list of one row with room for a second.
    pub(crate) fn starting_with(row: u32) -> PostingList {
        let mut rows = Vec::with_capacity(2);
        rows.push(row);
        PostingList::Short(rows)
    }

    /// Inserts a row at its place; a row that is there already is left alone. Returns the bytes by which the list grew.
    pub(crate) fn insert(&mut self, row: u32, rows: &Rows) -> usize {
        match self {
            PostingList::Short(list) if list.len() < BLOCK_ROWS => {
                let capacity_before = list.capacity();
                insert_sorted(list, row, rows);
                (list.capacity() - capacity_before) * size_of::<u32>()
            }
            PostingList::Short(list) => {
                let block = std::mem::take(list);
                let mut long = Box::new(Blocks { len: block.len(), blocks: vec![block] });
                let grown = long.insert(row, rows) + size_of::<Blocks>() + size_of::<Vec<u32>>();
                *self = PostingList::Long(long);
                grown
            }
            PostingList::Long(long) => long.insert(row, rows),
        }
    }

    /// Adds a row that comes after all others of its stream, or is the last of this list already: no row is compared.
    /// Returns the bytes by which the list grew.
    pub(crate) fn append(&mut self, row: u32, rows: &Rows) -> usize {
        match self {
            PostingList::Short(list) if list.last() == Some(&row) => 0,
            PostingList::Short(list) if list.len() < BLOCK_ROWS => {
                let capacity_before = list.capacity();
                list.push(row);
                (list.capacity() - capacity_before) * size_of::<u32>()
            }
            PostingList::Long(long) => {
                if long.append(row) {
                    return 0;
                }
                long.insert(row, rows)
            }
            PostingList::Short(_) => self.insert(row, rows),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            PostingList::Short(rows) => rows.len(),
            PostingList::Long(long) => long.len,
        }
    }

    pub(crate) fn block_count(&self) -> usize {
        match self {
            PostingList::Short(_) => 1,
            PostingList::Long(long) => long.blocks.len(),
        }
    }

    pub(crate) fn block(&self, index: usize) -> &[u32] {
        match self {
            PostingList::Short(rows) => rows,
            PostingList::Long(long) => &long.blocks[index],
        }
    }
}

impl Blocks {
    fn insert(&mut self, row: u32, rows: &Rows) -> usize {
        let capacity_before = self.blocks.capacity();
        let index = self.block_for(row, rows);
        if self.blocks[index].last() == Some(&row) {
            return 0;
        }
        let grown = if self.blocks[index].len() < BLOCK_ROWS { 0 } else { self.make_room(index, row, rows) };
        let index = if grown == 0 { index } else { self.block_for(row, rows) };
        if insert_sorted(&mut self.blocks[index], row, rows) {
            self.len += 1;
        }
        grown + (self.blocks.capacity() - capacity_before) * size_of::<Vec<u32>>()
    }

    /// Adds a row behind all others if the last block has room for it.
    fn append(&mut self, row: u32) -> bool {
        match self.blocks.last_mut() {
            Some(last) if last.last() == Some(&row) => true,
            Some(last) if last.len() < BLOCK_ROWS => {
                last.push(row);
                self.len += 1;
                true
            }
            _ => false,
        }
    }

    /// The block in which a row belongs: the first that ends with or behind it, else the last.
    fn block_for(&self, row: u32, rows: &Rows) -> usize {
        let last_index = self.blocks.len() - 1;
        let cursor = rows.get(row).cursor;
        let ends_before = |block: &Vec<u32>| block.last().is_some_and(|last| rows.get(*last).cursor < cursor);
        if self.blocks[..last_index].last().is_none_or(ends_before) {
            return last_index;
        }
        self.blocks[..last_index].partition_point(ends_before)
    }

    /// Makes room for a row in or behind a full block. Returns the bytes that this took.
    fn make_room(&mut self, index: usize, row: u32, rows: &Rows) -> usize {
        let is_last = index + 1 == self.blocks.len();
        let block = &mut self.blocks[index];
        let appends = is_last && block.last().is_some_and(|last| rows.get(*last).cursor < rows.get(row).cursor);
        let mut new_block = Vec::with_capacity(BLOCK_ROWS);
        if appends {
            // In the usual order blocks stay full: nothing is split.
            new_block.push(row);
        } else {
            new_block.extend(block.drain(BLOCK_ROWS / 2..));
        }
        self.blocks.insert(index + 1, new_block);
        self.len += usize::from(appends);
        BLOCK_ROWS * size_of::<u32>()
    }
}

/// Inserts into a sorted list; false when the row is there already.
fn insert_sorted(list: &mut Vec<u32>, row: u32, rows: &Rows) -> bool {
    let cursor = rows.get(row).cursor;
    match list.last() {
        Some(last) if *last == row => return false,
        Some(last) if rows.get(*last).cursor > cursor => {
            let place = list.partition_point(|other| rows.get(*other).cursor < cursor);
            if list.get(place) == Some(&row) {
                return false;
            }
            list.insert(place, row);
        }
        _ => list.push(row),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Cursor;
    use crate::rows::StoredRow;
    use bytes::Bytes;
    use rand::seq::SliceRandom;
    use rand::{SeedableRng, rngs::StdRng};

    fn rows_of(times: impl IntoIterator<Item = i64>) -> Rows {
        let mut rows = Rows::default();
        for (position, time_s) in times.into_iter().enumerate() {
            rows.push(StoredRow { cursor: Cursor { time_s, position: position as u64 }, bytes: Bytes::new() });
        }
        rows
    }

    fn content(list: &PostingList) -> Vec<u32> {
        (0..list.block_count()).flat_map(|index| list.block(index).to_vec()).collect()
    }

    #[test]
    fn rows_in_order_fill_blocks() {
        let rows = rows_of(0..5000);
        let mut list = PostingList::starting_with(0);
        let mut bytes = 8;
        for row in 0..5000 {
            bytes += list.insert(row, &rows);
            bytes += list.insert(row, &rows);
        }
        assert_eq!(content(&list), (0..5000).collect::<Vec<_>>());
        assert_eq!(list.len(), 5000);
        assert_eq!(list.block_count(), 5000usize.div_ceil(BLOCK_ROWS));
        assert!(bytes < 5000 * 4 + BLOCK_ROWS * 4 + 500, "{bytes}");
    }

    #[test]
    fn rows_that_are_known_to_be_the_newest_are_appended_alike() {
        let rows = rows_of(0..5000);
        let (mut appended, mut inserted) = (PostingList::starting_with(0), PostingList::starting_with(0));
        for row in (0..5000).filter(|row| row % 7 != 3) {
            assert_eq!(appended.append(row, &rows), inserted.insert(row, &rows), "{row}");
            assert_eq!(appended.append(row, &rows), 0, "{row}");
        }
        assert_eq!(content(&appended), content(&inserted));
        assert_eq!((appended.len(), appended.block_count()), (inserted.len(), inserted.block_count()));
    }

    #[test]
    fn rows_in_any_order_end_up_sorted() {
        let mut random = StdRng::seed_from_u64(7);
        let mut times: Vec<i64> = (0..6000).map(|row| row / 3).collect();
        times.shuffle(&mut random);
        let rows = rows_of(times);
        let mut list = PostingList::starting_with(0);
        for row in 1..6000 {
            list.insert(row, &rows);
            list.insert(row, &rows);
        }
        let mut expected: Vec<u32> = (0..6000).collect();
        expected.sort_by_key(|row| rows.get(*row).cursor);
        assert_eq!(content(&list), expected);
        assert_eq!(list.len(), 6000);
        assert!((0..list.block_count()).all(|index| (1..=BLOCK_ROWS).contains(&list.block(index).len())));
    }
}
