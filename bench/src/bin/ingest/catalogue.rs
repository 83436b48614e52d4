//! A catalogue in memory: the database is not what is measured here.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use store::write::{Catalogue, CatalogueEntry, CatalogueState};

#[derive(Default)]
pub struct MemoryCatalogue(Mutex<CatalogueState>);

impl Catalogue for MemoryCatalogue {
    fn load(&self) -> Result<CatalogueState, String> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn commit(&self, segments: &[CatalogueEntry], covered: &BTreeMap<String, u64>) -> Result<(), String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.segments.extend_from_slice(segments);
        state.covered.extend(covered.iter().map(|(stream, position)| (stream.clone(), *position)));
        Ok(())
    }
}
