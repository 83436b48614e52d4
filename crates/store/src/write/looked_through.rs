//! What a chore knows of segments that it looked through: they and their days are as they were.

use std::sync::{Arc, Weak};

use super::catalogue::CatalogueEntry;
use super::flush::SECONDS_OF_A_DAY;
use super::view::View;
use crate::limits::QUIET_DAY_S;

/// A view with which nothing was left to do, and in which hour: more may be done when a day is over.
#[derive(Default)]
pub(crate) struct LookedThrough(Option<(Weak<View>, i64)>);

impl LookedThrough {
    /// Nothing was left to do with this view at this time, Unix seconds.
    pub(crate) fn at(view: &Arc<View>, now_s: i64) -> LookedThrough {
        LookedThrough(Some((Arc::downgrade(view), now_s.div_euclid(QUIET_DAY_S))))
    }

    /// Whether that holds for this view and time.
    pub(crate) fn is(&self, view: &Arc<View>, now_s: i64) -> bool {
        let is_same = |(seen, hour): &(Weak<View>, i64)| {
            std::ptr::eq(seen.as_ptr(), Arc::as_ptr(view)) && *hour == now_s.div_euclid(QUIET_DAY_S)
        };
        self.0.as_ref().is_some_and(is_same)
    }
}

/// The day of a segment's rows, counted from 1970.
pub(crate) fn day_of(entry: &CatalogueEntry) -> i64 {
    entry.summary.first_time_s.div_euclid(SECONDS_OF_A_DAY)
}

/// Whether few rows of a day are expected any more.
pub(crate) fn is_day_over(day: i64, now_s: i64) -> bool {
    now_s >= (day + 1) * SECONDS_OF_A_DAY + QUIET_DAY_S
}
