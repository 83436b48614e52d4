//! The distinct values of a column in memory: one text and where each of them ends, instead of a text each.

/// Values: those of a packed column ascend, those of another one are in the order of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnValues {
    text: String,
    /// Where each value ends in the text.
    ends: Vec<u32>,
}

impl ColumnValues {
    /// `None` when the ends do not cut the text into characters.
    pub(crate) fn new(text: String, ends: Vec<u32>) -> Option<ColumnValues> {
        let is_cut = ends.is_sorted() && ends.iter().all(|end| text.is_char_boundary(*end as usize));
        is_cut.then_some(ColumnValues { text, ends })
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The value of a number, counted from 0.
    ///
    /// # Panics
    ///
    /// When there are not so many.
    pub fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start as usize..self.ends[number] as usize]
    }

    /// All values in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_out_of_one_text() {
        let values = ColumnValues::new("a呼叫".to_owned(), vec![0, 1, 4, 7]).unwrap();
        assert_eq!(values.iter().collect::<Vec<_>>(), ["", "a", "呼", "叫"]);
        assert!(!values.is_empty() && ColumnValues::new(String::new(), Vec::new()).unwrap().is_empty());
    }

    #[test]
    fn ends_that_cut_characters_are_refused() {
        for ends in [vec![2], vec![1, 0], vec![5]] {
            assert_eq!(ColumnValues::new("a呼".to_owned(), ends.clone()), None, "{ends:?}");
        }
    }
}
