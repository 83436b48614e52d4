//! The rules of retention of a [`World`].

use std::collections::BTreeMap;
use std::sync::Arc;

use store::retention::{
    ChangeRefused, Changed, Expired, Expiry, Period, RetentionChange, RetentionLedger, Rules, StreamRules,
};
use store::write::CatalogueEntry;

use crate::world::World;

#[derive(Default)]
pub struct Ledger {
    pub rules: BTreeMap<String, StreamRules>,
    pub expiries: BTreeMap<String, u64>,
    pub unreported: Vec<Expiry>,
}

impl RetentionLedger for World {
    fn rules(&self) -> Result<Rules, String> {
        let ledger = self.ledger.lock();
        Ok(ledger.rules.iter().map(|(stream, rules)| (stream.clone(), Arc::new(rules.clone()))).collect())
    }

    fn change(&self, stream: &str, change: &RetentionChange) -> Result<Result<Changed, ChangeRefused>, String> {
        self.step(|| {
            let mut ledger = self.ledger.lock();
            let rules = ledger.rules.entry(stream.to_owned()).or_default();
            let before = rules.clone();
            rules.apply(change).map(|()| Changed { before, after: rules.clone() })
        })
    }

    fn expire(
        &self,
        stream: &str,
        candidates: &[&CatalogueEntry],
        default: Period,
        now_s: i64,
    ) -> Result<Expired, String> {
        self.step(|| {
            let (mut state, mut ledger) = (self.catalogue.lock(), self.ledger.lock());
            let mut rules = ledger.rules.get(stream).cloned().unwrap_or_default();
            let (there, gone): (Vec<&CatalogueEntry>, Vec<&CatalogueEntry>) = candidates
                .iter()
                .copied()
                .partition(|entry: &&CatalogueEntry| state.segments.iter().any(|known| known.name == entry.name));
            let leaving: Vec<&CatalogueEntry> =
                there.into_iter().filter(|entry| rules.may_leave(&entry.summary, default, now_s)).collect();
            let number = ledger.expiries.get(stream).copied().unwrap_or_default() + 1;
            if let Some(expiry) = Expiry::of(stream, number, &leaving, rules.period.unwrap_or(default), now_s) {
                state.segments.retain(|known| leaving.iter().all(|entry| entry.name != known.name));
                state.doomed.extend(leaving.iter().map(|entry| entry.name.clone()));
                *state.expired.entry(stream.to_owned()).or_default() += expiry.rows;
                rules.expired_rows += expiry.rows;
                rules.expired_until_s = rules.expired_until_s.max(Some(expiry.last_time_s));
                ledger.expiries.insert(stream.to_owned(), number);
                ledger.rules.insert(stream.to_owned(), rules.clone());
                ledger.unreported.push(expiry);
            }
            Expired { gone: gone.iter().chain(&leaving).map(|entry| entry.name.clone()).collect(), rules }
        })
    }

    fn unreported(&self) -> Result<Vec<Expiry>, String> {
        Ok(self.ledger.lock().unreported.clone())
    }

    fn forget(&self, expiry: &Expiry) -> Result<(), String> {
        self.step(|| self.ledger.lock().unreported.retain(|other| other != expiry))
    }
}
