//! A catalogue in memory: the database is not what is measured here.

use std::sync::{Mutex, PoisonError};

use store::retention::{ChangeRefused, Changed, Expired, Expiry, Period, RetentionChange, RetentionLedger, Rules};
use store::write::{Catalogue, CatalogueEntry, CatalogueState, Change};

#[derive(Default)]
pub struct MemoryCatalogue(Mutex<CatalogueState>);

impl Catalogue for MemoryCatalogue {
    fn load(&self) -> Result<CatalogueState, String> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn commit(&self, change: &Change) -> Result<(), String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.segments.retain(|segment| !change.remove.contains(&segment.name));
        state.segments.extend_from_slice(&change.add);
        state.doomed.extend_from_slice(&change.remove);
        state.covered.extend(change.covered.clone());
        Ok(())
    }

    fn forget_doomed(&self, names: &[String]) -> Result<(), String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).doomed.retain(|name| !names.contains(name));
        Ok(())
    }
}

/// Nothing expires while a benchmark runs.
const NO_RULES: &str = "the catalogue of this benchmark has no rules of retention";

impl RetentionLedger for MemoryCatalogue {
    fn rules(&self) -> Result<Rules, String> {
        Ok(Rules::default())
    }

    fn change(&self, _: &str, _: &RetentionChange) -> Result<Result<Changed, ChangeRefused>, String> {
        Err(NO_RULES.to_owned())
    }

    fn expire(&self, _: &str, _: &[&CatalogueEntry], _: Period, _: i64) -> Result<Expired, String> {
        Err(NO_RULES.to_owned())
    }

    fn unreported(&self) -> Result<Vec<Expiry>, String> {
        Ok(Vec::new())
    }

    fn forget(&self, _: &Expiry) -> Result<(), String> {
        Err(NO_RULES.to_owned())
    }
}
