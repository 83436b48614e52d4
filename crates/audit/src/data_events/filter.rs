//! Which data events trails ask for now: asked by every call that moves data, so it is a snapshot in memory.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use openapi::DataCall;

use super::selection::DataEventSelection;
use crate::trail::Trail;

/// The selections of the trails that log, by account. It is renewed before a change of a trail is answered.
#[derive(Default)]
pub struct DataEventFilter {
    wanted: ArcSwap<Wanted>,
}

#[derive(Default)]
struct Wanted {
    by_account: HashMap<String, Vec<DataEventSelection>>,
    /// Of trails over all accounts.
    everywhere: Vec<DataEventSelection>,
}

impl DataEventFilter {
    /// What these trails ask for.
    pub fn of(trails: &[Arc<Trail>]) -> DataEventFilter {
        let filter = DataEventFilter::default();
        filter.renew(trails);
        filter
    }

    /// Asks for what these trails ask for from now on.
    pub(crate) fn renew(&self, trails: &[Arc<Trail>]) {
        let mut wanted = Wanted::default();
        for trail in trails.iter().filter(|trail| trail.is_logging()) {
            if let Some(selection) = trail.data_events.clone() {
                match trail.is_organization_trail {
                    true => wanted.everywhere.push(selection),
                    false => wanted.by_account.entry(trail.account_id.clone()).or_default().push(selection),
                }
            }
        }
        self.wanted.store(Arc::new(wanted));
    }

    /// Whether a trail asks for a call; without its place, whether one may.
    pub fn wants(&self, call: &DataCall<'_>) -> bool {
        let wanted = self.wanted.load();
        let takes = |selections: &Vec<DataEventSelection>| selections.iter().any(|selection| selection.takes(call));
        // Nothing is hashed as long as nobody asks for anything.
        (!wanted.by_account.is_empty() && wanted.by_account.get(call.account_id).is_some_and(takes))
            || takes(&wanted.everywhere)
    }
}

#[cfg(test)]
mod tests {
    use openapi::Access;

    use super::*;
    use crate::data_events::selection;
    use crate::trail::{Properties, Status};

    fn trail(account_id: &str, status: Status, selectors: &str) -> Arc<Trail> {
        let selection = DataEventSelection {
            selectors: selection::parse(selectors).expect("selectors"),
            is_all_regions: true,
            regions: Vec::new(),
            deliveries: Vec::new(),
        };
        Arc::new(Trail {
            id: String::new(),
            account_id: account_id.to_owned(),
            name: String::new(),
            home_region: String::new(),
            is_organization_trail: false,
            properties: Properties { status, data_events: Some(selection), ..Properties::default() },
        })
    }

    #[test]
    fn trails_that_log_ask_for_calls_of_their_account() {
        let oss = r#"[{"ServiceName":"Oss"}]"#;
        let filter = DataEventFilter::default();
        let wants = |account_id, service_name| {
            let (event_name, access, place) = ("GetObject", Access::Read, None);
            filter.wants(&DataCall { account_id, service_name, event_name, access, place })
        };
        assert!(!wants("1", "Oss"));
        filter.renew(&[trail("1", Status::Enable, oss), trail("2", Status::Disable, oss)]);
        assert!(wants("1", "Oss") && !wants("1", "Sls") && !wants("2", "Oss") && !wants("3", "Oss"));
        let mut over_all = Trail::clone(&trail("1", Status::Enable, oss));
        over_all.is_organization_trail = true;
        filter.renew(&[Arc::new(over_all)]);
        assert!(wants("1", "Oss") && wants("3", "Oss") && !wants("3", "Sls"));
        filter.renew(&[trail("1", Status::Enable, r#"[{"ServiceName":"Sls"}]"#), trail("2", Status::Enable, oss)]);
        assert!(!wants("1", "Oss") && wants("1", "Sls") && wants("2", "Oss"));
    }
}
