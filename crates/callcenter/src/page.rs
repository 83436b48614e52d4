//! Pages and times of lists.

use openapi::{Call, Parameter};
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, UtcOffset};

use crate::limits::{MAX_PAGE_NUMBER, MAX_PAGE_SIZE};

/// `PageNumber`, from 1.
pub(crate) const PAGE_NUMBER: Parameter = Parameter::integer("PageNumber", 1, MAX_PAGE_NUMBER);
/// `PageSize`
pub(crate) const PAGE_SIZE: Parameter = Parameter::integer("PageSize", 1, MAX_PAGE_SIZE);

/// Which page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    number: i64,
    /// Elements of a page.
    pub(crate) size: i64,
}

impl Page {
    /// Page 1 of 10 elements when nothing is said.
    pub(crate) fn of(call: &Call) -> Self {
        Self { number: call.integer("PageNumber").unwrap_or(1), size: call.integer("PageSize").unwrap_or(10) }
    }

    /// Elements before the page.
    pub(crate) fn offset(self) -> i64 {
        (self.number - 1) * self.size
    }

    /// `{PageNumber, PageSize, TotalCount, List: {<element>: […]}}`
    pub(crate) fn view(self, total: i64, element: &str, list: Vec<Value>) -> Value {
        let mut wrapper = Map::new();
        wrapper.insert(element.to_owned(), Value::Array(list));
        json!({"PageNumber": self.number, "PageSize": self.size, "TotalCount": total, "List": wrapper})
    }
}

/// `yyyy-MM-dd HH:mm:ss` in UTC+8, without a zone mark.
pub(crate) fn wire_time(at_ms: i64) -> String {
    let zone = UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC);
    let at = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let at = at.to_offset(zone);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_plus_8() {
        assert_eq!(wire_time(1_772_294_400_000), "2026-03-01 00:00:00");
        assert_eq!(wire_time(1_772_294_399_999), "2026-02-28 23:59:59");
    }
}
