//! How long rows are kept: a period for each stream, and legal holds that keep rows beyond it.
//!
//! A stream has a period of its own or the store's. Rows older than it are out of retention: lookups that ask for what is
//! kept do not show them any more, whether their segment is still there or not. A legal hold names a range of times of a
//! stream; rows in it are shown and kept until the hold is released.
//!
//! Segments leave as wholes. One may leave when its newest row is out of retention and none of its rows can be under a
//! hold; so an old row that came late keeps its segment's neighbours company until the last of them is out. A
//! segment leaves [`EXPIRY_GRACE_S`] after its rows can no longer be seen, so that no lookup in progress misses rows that
//! it could see when it began. What is not in segments yet is never removed.
//!
//! The rules are in the same database as the catalogue of segments. Placing a hold, changing a period and taking segments
//! out are transactions that take turns for each stream, and segments are judged inside theirs: when placing a hold has
//! succeeded, nothing under it leaves. Every expiry is written down in its transaction and waits there until somebody has
//! reported it, so that none goes unreported.
//!
//! A longer period does not bring back what is gone; [`StreamRules::expired_until_s`] says up to where that may be.
//!
//! [`EXPIRY_GRACE_S`]: crate::limits::EXPIRY_GRACE_S

mod ledger;
mod lookup;
mod period;
mod rules;
pub(crate) mod sql;

pub use ledger::{ChangeRefused, Changed, Expired, Expiry, RetentionChange, RetentionLedger};
pub(crate) use lookup::{lookup_kept, search_kept};
pub use period::{Period, PeriodError};
pub use rules::{Hold, Rules, StreamRules};
