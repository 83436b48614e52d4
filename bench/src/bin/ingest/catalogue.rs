//! A catalogue in memory: the database is not what is measured here.

use std::sync::{Mutex, PoisonError};

use store::write::{Catalogue, CatalogueState, Change};

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
