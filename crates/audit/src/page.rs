//! Numbered pages.

use openapi::{Call, Parameter};

use crate::limits::{DEFAULT_LIST_PAGE, MAX_LIST_PAGE, MAX_PAGE_NUMBER};

/// `PageNumber`, `PageSize`
pub(crate) const PAGE_PARAMETERS: &[Parameter] = &[PAGE_NUMBER, PAGE_SIZE];
/// From 1.
pub(crate) const PAGE_NUMBER: Parameter = Parameter::integer("PageNumber", 1, MAX_PAGE_NUMBER);
/// Items of a page.
pub(crate) const PAGE_SIZE: Parameter = Parameter::integer("PageSize", 1, MAX_LIST_PAGE);

/// A page that is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) number: i64,
    pub(crate) size: i64,
}

impl Page {
    /// From the parameters.
    pub(crate) fn of(call: &Call) -> Page {
        Page {
            number: call.integer("PageNumber").unwrap_or(1),
            size: call.integer("PageSize").unwrap_or(DEFAULT_LIST_PAGE),
        }
    }

    /// The items of the page.
    pub(crate) fn cut<T>(self, items: &[T]) -> &[T] {
        let size = self.size.unsigned_abs() as usize;
        let before = (self.number - 1).unsigned_abs() as usize * size;
        let end = before.saturating_add(size).min(items.len());
        items.get(before..end).unwrap_or_default()
    }
}
