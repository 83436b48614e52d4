//! Pages of lists: the two parameters, the part of a list that they name, and the shape of the answer.

use openapi::{Call, Parameter, wrapped_list};
use serde_json::{Value, json};

use crate::limits::{MAX_PAGE_NUMBER, MAX_PAGE_SIZE};

/// `PageNumber`, from 1; add `.required()` where the operation needs it.
pub(crate) const PAGE_NUMBER: Parameter = page_number("PageNumber");
/// `PageSize` of lists without a bound of their own; add `.required()` where the operation needs it.
pub(crate) const PAGE_SIZE: Parameter = page_size(MAX_PAGE_SIZE);

/// A page's number under another name.
pub(crate) const fn page_number(name: &'static str) -> Parameter {
    Parameter::integer(name, 1, MAX_PAGE_NUMBER)
}

/// `PageSize` with the operation's own bound.
pub(crate) const fn page_size(max: i64) -> Parameter {
    Parameter::integer("PageSize", 1, max)
}

/// The page that a call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// From 1.
    pub(crate) number: i64,
    /// Elements on a page.
    pub(crate) size: i64,
}

impl Page {
    /// Reads the two parameters, which the table row has checked; the first page when no number is given.
    pub(crate) fn of(call: &Call, default_size: i64) -> Self {
        Self::numbered_by(call, "PageNumber", default_size)
    }

    /// Of a call that names the page's number otherwise.
    pub(crate) fn numbered_by(call: &Call, number_parameter: &str, default_size: i64) -> Self {
        Self {
            number: call.integer(number_parameter).unwrap_or(1),
            size: call.integer("PageSize").unwrap_or(default_size),
        }
    }

    /// Elements before the page.
    pub(crate) fn offset(self) -> i64 {
        self.number.saturating_sub(1).saturating_mul(self.size)
    }

    /// The elements on this page; none when it is beyond the end.
    pub(crate) fn cut<T>(self, all: impl IntoIterator<Item = T>) -> Vec<T> {
        let before = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        all.into_iter().skip(before).take(usize::try_from(self.size).unwrap_or(0)).collect()
    }

    /// `{PageNumber, PageSize, TotalCount, List: {<element>: […]}}`
    pub(crate) fn view(self, total_count: impl Into<Value>, element: &str, list: Vec<Value>) -> Value {
        self.around(total_count, wrapped_list(element, list))
    }

    /// `{PageNumber, PageSize, TotalCount, List: […]}`: the few lists without a wrapper.
    pub(crate) fn bare_view(self, total_count: impl Into<Value>, list: Vec<Value>) -> Value {
        self.around(total_count, Value::Array(list))
    }

    fn around(self, total_count: impl Into<Value>, list: Value) -> Value {
        let total_count: Value = total_count.into();
        json!({"PageNumber": self.number, "PageSize": self.size, "TotalCount": total_count, "List": list})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
    fn pages_cover_the_list() {
        let page = |number, size| Page { number, size }.cut(1..=5);
        assert_eq!(page(1, 2), [1, 2]);
        assert_eq!(page(3, 2), [5]);
        assert!(page(4, 2).is_empty());
        assert!(page(i64::from(i32::MAX), 1_000).is_empty());
        assert!(page(i64::MAX, i64::MAX).is_empty());
    }

    #[test]
    fn answers_name_the_page_and_wrap_the_list() {
        let page = Page { number: 2, size: 3 };
        assert_eq!(
            page.view(4_i64, "User", vec![json!("a")]).to_string(),
            r#"{"PageNumber":2,"PageSize":3,"TotalCount":4,"List":{"User":["a"]}}"#
        );
        assert_eq!(
            page.bare_view(4_i64, vec![json!("a")]).to_string(),
            r#"{"PageNumber":2,"PageSize":3,"TotalCount":4,"List":["a"]}"#
        );
    }
}
