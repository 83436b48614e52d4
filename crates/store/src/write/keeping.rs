//! What a store keeps, and the chore that takes out what it does not; the rules are told in [`crate::retention`].

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::catalogue::{Catalogue, CatalogueEntry};
use super::error::StoreError;
use super::maintenance::{Chore, Pause};
use super::merge;
use super::store::{Shared, Store};
use crate::limits::EXPIRY_INTERVAL_S;
use crate::query::{Page, Query};
use crate::retention::{
    ChangeRefused, Changed, Expiry, Period, RetentionChange, Rules, StreamRules, lookup_kept, search_kept,
};
use crate::search::{Budget, Search, SearchPage};

/// The rules as readers see them.
pub(crate) struct Keeping {
    default: Period,
    /// A copy of the ledger, replaced as a whole.
    rules: RwLock<Arc<Rules>>,
    /// Held from a change of the ledger until the copy has it, so that the copy never goes back.
    changing: Mutex<()>,
    /// The time for which somebody asked for an expiry, Unix seconds.
    asked: Mutex<Option<i64>>,
    /// Told when an expiry waits to be reported.
    expired: Notify,
}

impl Keeping {
    pub(crate) fn load(default: Period, catalogue: &dyn Catalogue) -> Result<Keeping, StoreError> {
        let rules = RwLock::new(Arc::new(catalogue.rules().map_err(StoreError::Catalogue)?));
        Ok(Keeping { default, rules, changing: Mutex::new(()), asked: Mutex::new(None), expired: Notify::new() })
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

    /// Reads the ledger again; to be called by whoever holds `changing`.
    fn reload(&self, catalogue: &dyn Catalogue) -> Result<(), StoreError> {
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

    /// Like [`Store::search`], of what is kept. A full page may be followed by an empty one.
    pub fn search_kept(
        &self,
        stream: &str,
        query: &Query<'_>,
        search: &Arc<Search>,
        budget: &Budget,
        now_s: i64,
    ) -> Result<SearchPage, StoreError> {
        let keeping = &self.shared.keeping;
        let ranges = keeping.of(stream).kept(keeping.default, now_s, query.from_s, query.to_s);
        search_kept(ranges, query, |query| self.search(stream, query, search, budget))
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
        match self.shared.catalogue.change(stream, change) {
            Ok(changed) => {
                if let Ok(changed) = &changed {
                    keeping.show(stream, changed.after.clone());
                }
                Ok(changed)
            }
            Err(problem) => {
                // It may have happened all the same. If this fails, too, the next look for what may leave reads it.
                if let Err(error) = keeping.reload(&*self.shared.catalogue) {
                    tracing::warn!(stream, %error, "the rules of retention may be other than shown");
                }
                Err(StoreError::Catalogue(problem))
            }
        }
    }

    /// Expiries that wait to be reported. Blocks.
    pub fn unreported_expiries(&self) -> Result<Vec<Expiry>, StoreError> {
        self.shared.catalogue.unreported().map_err(StoreError::Catalogue)
    }

    /// An expiry has been reported. Blocks.
    pub fn forget_expiry(&self, expiry: &Expiry) -> Result<(), StoreError> {
        self.shared.catalogue.forget(expiry).map_err(StoreError::Catalogue)
    }

    /// Takes out at once what may leave at this time, and waits for it. Blocks.
    pub fn expire(&self, now_s: i64) -> Result<(), StoreError> {
        *self.shared.keeping.asked.lock() = Some(now_s);
        self.shared.maintenance.finish_round()
    }

    /// Resolves when there may be an expiry to report that was not there before.
    pub async fn expired(&self) {
        self.shared.keeping.expired.notified().await;
    }
}

/// Takes out what may leave, now and then.
#[derive(Default)]
pub(crate) struct Expire {
    last: Option<Instant>,
}

impl Chore for Expire {
    fn name(&self) -> &'static str {
        "expire"
    }

    fn step(&mut self, shared: &Shared) -> Result<bool, StoreError> {
        let asked = *shared.keeping.asked.lock();
        let is_due = self.last.is_none_or(|last| last.elapsed() >= Duration::from_secs(EXPIRY_INTERVAL_S));
        if let Some(now_s) = asked.or_else(|| is_due.then(|| shared.options.surroundings.unix_s())) {
            expire(shared, now_s)?;
            self.last = Some(Instant::now());
            // What was asked for since then is for the next step.
            let mut next = shared.keeping.asked.lock();
            *next = next.filter(|next_s| Some(*next_s) != asked);
            return Ok(next.is_some());
        }
        Ok(false)
    }
}

/// Takes out of every stream the segments that may leave.
fn expire(shared: &Shared, now_s: i64) -> Result<(), StoreError> {
    let alone = shared.keeping.changing.lock();
    shared.keeping.reload(&*shared.catalogue)?;
    drop(alone);
    let view = shared.view();
    for (stream, segments) in &view.segments {
        let (rules, default) = (shared.keeping.of(stream), shared.keeping.default);
        let entries = segments.iter().map(|segment| &segment.entry);
        let candidates: Vec<&CatalogueEntry> =
            entries.filter(|entry| rules.may_leave(&entry.summary, default, now_s)).collect();
        if !candidates.is_empty() {
            expire_stream(shared, stream, &candidates, now_s)?;
        }
    }
    Ok(())
}

fn expire_stream(shared: &Shared, stream: &str, candidates: &[&CatalogueEntry], now_s: i64) -> Result<(), StoreError> {
    let mut pause = Pause::default();
    // What failed may have happened all the same: until it is known, nothing else may be done with these segments.
    while let Err(problem) = try_to_expire(shared, stream, candidates, now_s) {
        tracing::error!(stream, problem, "segments out of retention could not be taken out; it is tried again");
        if !shared.maintenance.pause_after(&problem, pause.next()) {
            return Err(StoreError::Closed);
        }
    }
    Ok(())
}

fn try_to_expire(shared: &Shared, stream: &str, candidates: &[&CatalogueEntry], now_s: i64) -> Result<(), String> {
    let keeping = &shared.keeping;
    // Until readers see what is gone: whoever places a hold after that finds under it only what stays.
    let _alone = keeping.changing.lock();
    let expired = shared.catalogue.expire(stream, candidates, keeping.default, now_s)?;
    keeping.show(stream, expired.rules);
    let gone: HashSet<&str> = expired.gone.iter().map(String::as_str).collect();
    if !gone.is_empty() {
        tracing::info!(stream, segments = gone.len(), "segments out of retention were taken out");
        shared.take_out(stream, &gone);
        keeping.expired.notify_one();
    }
    Ok(())
}
