//! Pages of a list: `PageNumber` from 1, `PageSize`.

use openapi::{Call, Parameter};

use crate::limits::MAX_PAGE_SIZE;

/// `PageNumber`; add `.required()` where the operation needs it.
pub(crate) const PAGE_NUMBER: Parameter = Parameter::integer("PageNumber", 1, i32::MAX as i64);
/// `PageSize`
pub(crate) const PAGE_SIZE: Parameter = Parameter::integer("PageSize", 1, MAX_PAGE_SIZE);

/// A page that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) number: i64,
    pub(crate) size: i64,
}

impl Page {
    /// Of a call whose row has bounds for both; absent values are the first page of the largest size.
    pub(crate) fn of(call: &Call, number_parameter: &str) -> Self {
        Self {
            number: call.integer(number_parameter).unwrap_or(1),
            size: call.integer("PageSize").unwrap_or(MAX_PAGE_SIZE),
        }
    }

    /// The elements of the page; none beyond the end.
    pub(crate) fn of_list<T>(self, list: impl IntoIterator<Item = T>) -> Vec<T> {
        let skipped = (self.number.saturating_sub(1)).saturating_mul(self.size);
        let (skipped, size) = (usize::try_from(skipped), usize::try_from(self.size));
        list.into_iter().skip(skipped.unwrap_or(usize::MAX)).take(size.unwrap_or(0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn pages_cover_the_list() {
        let page = |number, size| Page { number, size }.of_list(1..=5);
        assert_eq!(page(1, 2), [1, 2]);
        assert_eq!(page(3, 2), [5]);
        assert!(page(4, 2).is_empty());
        assert!(page(i64::MAX, i64::MAX).is_empty());
    }
}
