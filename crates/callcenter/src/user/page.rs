//! Pages of users: `PageNumber` from 1, `PageSize`, and the shape of the answer.

use openapi::{Call, Parameter, wrapped_list};
use serde_json::{Value, json};

use crate::limits::MAX_USER_PAGE_SIZE;

/// The page's number, from 1.
pub(crate) const PAGE_NUMBER: Parameter = Parameter::integer("PageNumber", 1, i32::MAX as i64).required();
/// Entries on a page.
pub(crate) const PAGE_SIZE: Parameter = Parameter::integer("PageSize", 1, MAX_USER_PAGE_SIZE).required();

/// The page that a call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    number: i64,
    size: i64,
}

impl Page {
    /// Reads the two parameters, which the table row has checked.
    pub(crate) fn of(call: &Call) -> Self {
        Self { number: call.integer("PageNumber").unwrap_or(1), size: call.integer("PageSize").unwrap_or(1) }
    }

    /// Entries on a page.
    pub(crate) fn size(self) -> i64 {
        self.size
    }

    /// Entries before the page.
    pub(crate) fn offset(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }

    /// The elements on this page; none when it is beyond the end.
    pub(crate) fn cut<T>(self, all: Vec<T>) -> Vec<T> {
        let before = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        all.into_iter().skip(before).take(size).collect()
    }

    /// `{ PageNumber, PageSize, TotalCount, List: { <element>: [ … ] } }`
    pub(crate) fn answer(self, total_count: impl Into<Value>, element: &str, list: Vec<Value>) -> Value {
        let total_count: Value = total_count.into();
        json!({
            "PageNumber": self.number,
            "PageSize": self.size,
            "TotalCount": total_count,
            "List": wrapped_list(element, list),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Page;

    proptest! {
        #[test]
        fn pages_in_a_row_are_the_whole(count in 0_usize..50, size in 1_i64..12) {
            let all: Vec<usize> = (0..count).collect();
            let pages = count as i64 / size + 2;
            let joined: Vec<usize> = (1..=pages).flat_map(|number| Page { number, size }.cut(all.clone())).collect();
            prop_assert_eq!(joined, all);
        }
    }

    #[test]
    fn far_pages_are_empty() {
        let page = Page { number: i64::from(i32::MAX), size: 1_000 };
        assert_eq!(page.cut(vec![1, 2, 3]), Vec::<i32>::new());
    }
}
