//! Where the rules are written down, beside the catalogue of segments.

use super::period::Period;
use super::rules::{Hold, Rules, StreamRules};
use crate::write::CatalogueEntry;

/// A change of the rules of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetentionChange {
    /// A new hold.
    Place(Hold),
    /// The hold of this name ends.
    Release(String),
    /// The stream's own period; with nothing, the store's counts again.
    SetPeriod(Option<Period>),
}

/// Why a change was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// A hold of that name is there.
    #[error("a hold of this name exists: choose another name, or release that one first")]
    HoldExists,
    /// The stream has as many holds as may be.
    #[error("the stream has as many holds as it may have: release one that is not needed any more")]
    TooManyHolds,
    /// No hold has that name.
    #[error("no hold has this name")]
    NoSuchHold,
}

/// The rules of a stream before a change and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Before.
    pub before: StreamRules,
    /// After.
    pub after: StreamRules,
}

/// What one transaction took out of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// The stream.
    pub stream: String,
    /// Its number among the expiries of the stream, from 1.
    pub number: u64,
    /// Segments that left.
    pub segments: u64,
    /// Rows in them.
    pub rows: u64,
    /// Earliest time of the rows, Unix seconds.
    pub first_time_s: i64,
    /// Latest time of the rows, Unix seconds.
    pub last_time_s: i64,
    /// The period that was in force.
    pub period: Period,
    /// When, Unix seconds.
    pub expired_at_s: i64,
}

impl Expiry {
    /// What leaves with these segments; nothing when there are none.
    pub fn of(
        stream: &str,
        number: u64,
        segments: &[&CatalogueEntry],
        period: Period,
        expired_at_s: i64,
    ) -> Option<Expiry> {
        let summaries = || segments.iter().map(|entry| &entry.summary);
        Some(Expiry {
            stream: stream.to_owned(),
            number,
            segments: segments.len() as u64,
            rows: summaries().map(|summary| summary.rows as u64).sum(),
            first_time_s: summaries().map(|summary| summary.first_time_s).min()?,
            last_time_s: summaries().map(|summary| summary.last_time_s).max()?,
            period,
            expired_at_s,
        })
    }
}

/// The outcome of taking segments out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expired {
    /// Names of the candidates that the catalogue does not have any more: taken out now, or by an attempt before that
    /// seemed to fail.
    pub gone: Vec<String>,
    /// The rules as they are then.
    pub rules: StreamRules,
}

/// A durable ledger of rules. All its calls block. What failed may have happened all the same.
pub trait RetentionLedger: Send + Sync {
    /// The rules of all streams that have some.
    fn rules(&self) -> Result<Rules, String>;

    /// Changes the rules of a stream: durably, or not at all.
    fn change(&self, stream: &str, change: &RetentionChange) -> Result<Result<Changed, ChangeRefused>, String>;

    /// Takes those of the candidates out of the catalogue that may leave by the rules as they are inside the transaction,
    /// marks their files for removal, counts their rows and writes the expiry down: all of it, durably, or nothing. Doing it
    /// again changes nothing.
    fn expire(
        &self,
        stream: &str,
        candidates: &[&CatalogueEntry],
        default: Period,
        now_s: i64,
    ) -> Result<Expired, String>;

    /// Expiries that nobody has reported yet, the first ones of each stream first.
    fn unreported(&self) -> Result<Vec<Expiry>, String>;

    /// An expiry has been reported and need not be remembered.
    fn forget(&self, expiry: &Expiry) -> Result<(), String>;
}
