//! What a store keeps, and the chore that takes out what it does not; the rules are told in [`crate::retention`].

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::catalogue::{Catalogue, CatalogueEntry};
use super::error::StoreError;
use super::merge;
use super::store::{Shared, Store};
use crate::query::{Page, Query};
use crate::retention::{ChangeRefused, Changed, Expiry, Period, RetentionChange, Rules, StreamRules, lookup_kept};

/// The rules as readers see them.
pub(crate) struct Keeping {
    default: Period,
    /// A copy of the ledger, replaced as a whole.
    rules: RwLock<Arc<Rules>>,
    /// Held from a change of the ledger until the copy has it, so that the copy never goes back.
    changing: Mutex<()>,
    /// Told when an expiry waits to be reported.
    expired: Notify,
}

impl Keeping {
    pub(crate) fn load(default: Period, catalogue: &dyn Catalogue) -> Result<Keeping, StoreError> {
        let rules = RwLock::new(Arc::new(catalogue.rules().map_err(StoreError::Catalogue)?));
        Ok(Keeping { default, rules, changing: Mutex::new(()), expired: Notify::new() })
    }

    fn of(&self, stream: &str) -> Arc<StreamRules> {
        self.rules.read().get(stream).cloned().unwrap_or_default()
    }

    fn show(&self, stream: &str, rules: StreamRules) {
        let mut shown = self.rules.write();
        let mut next = Rules::clone(&shown);
        next.insert(stream.to_owned(), Arc::new(rules));
        *shown = Arc::new(next);
    }

    /// What failed may have happened all the same, so the ledger is read again.
    fn reload(&self, catalogue: &dyn Catalogue) -> Result<(), StoreError> {
        let _alone = self.changing.lock();
        *self.rules.write() = Arc::new(catalogue.rules().map_err(StoreError::Catalogue)?);
        Ok(())
    }
}

impl Store {
    /// One page of what is kept of a stream: rows in retention or under a hold. Blocks on files.
    pub fn lookup_kept(&self, stream: &str, query: &Query<'_>, now_s: i64) -> Result<Page, StoreError> {
        let keeping = &self.shared.keeping;
        let view = self.shared.view();
        lookup_kept(&keeping.of(stream), keeping.default, now_s, query, |query| merge::lookup(&view, stream, query))
    }

    /// The period of streams that have none of their own.
    pub fn default_period(&self) -> Period {
        self.shared.keeping.default
    }

    /// The rules of a stream.
    pub fn rules(&self, stream: &str) -> Arc<StreamRules> {
        self.shared.keeping.of(stream)
    }

    /// Changes the rules of a stream. When a hold has been placed, nothing under it leaves any more. Blocks.
    pub fn change_rules(
        &self,
        stream: &str,
        change: &RetentionChange,
    ) -> Result<Result<Changed, ChangeRefused>, StoreError> {
        let keeping = &self.shared.keeping;
        let _alone = keeping.changing.lock();
        let changed = self.shared.catalogue.change(stream, change).map_err(StoreError::Catalogue)?;
        if let Ok(changed) = &changed {
            keeping.show(stream, changed.after.clone());
        }
        Ok(changed)
    }

    /// Expiries that wait to be reported. Blocks.
    pub fn unreported_expiries(&self) -> Result<Vec<Expiry>, StoreError> {
        self.shared.catalogue.unreported().map_err(StoreError::Catalogue)
    }

    /// An expiry has been reported. Blocks.
    pub fn forget_expiry(&self, expiry: &Expiry) -> Result<(), StoreError> {
        self.shared.catalogue.forget(expiry).map_err(StoreError::Catalogue)
    }

    /// Resolves when there may be an expiry to report that was not there before.
    pub async fn expired(&self) {
        self.shared.keeping.expired.notified().await;
    }
}

/// Takes out of every stream the segments that may leave; how many left.
pub(crate) fn expire(shared: &Shared, now_s: i64) -> Result<usize, StoreError> {
    shared.keeping.reload(&*shared.catalogue)?;
    let view = shared.view();
    let mut count = 0;
    for (stream, segments) in &view.segments {
        let (rules, default) = (shared.keeping.of(stream), shared.keeping.default);
        let entries = segments.iter().map(|segment| &segment.entry);
        let candidates: Vec<&CatalogueEntry> =
            entries.filter(|entry| rules.may_leave(&entry.summary, default, now_s)).collect();
        if !candidates.is_empty() {
            count += expire_stream(shared, stream, &candidates, now_s)?;
        }
    }
    Ok(count)
}

fn expire_stream(
    shared: &Shared,
    stream: &str,
    candidates: &[&CatalogueEntry],
    now_s: i64,
) -> Result<usize, StoreError> {
    let keeping = &shared.keeping;
    let alone = keeping.changing.lock();
    let expired = shared.catalogue.expire(stream, candidates, keeping.default, now_s).map_err(StoreError::Catalogue)?;
    keeping.show(stream, expired.rules);
    drop(alone);
    let gone: HashSet<&str> = expired.gone.iter().map(String::as_str).collect();
    if !gone.is_empty() {
        tracing::info!(stream, segments = gone.len(), "segments out of retention were taken out");
        shared.take_out(stream, &gone);
        keeping.expired.notify_one();
    }
    Ok(gone.len())
}
