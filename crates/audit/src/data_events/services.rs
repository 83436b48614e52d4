//! The services and calls that make data events.

/// A service with the calls of it that can be data events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataEventService {
    /// `Oss`
    pub name: &'static str,
    /// Names of events.
    pub events: Vec<&'static str>,
    /// The cloud has more of them, and selectors may name those: nothing happens here that they ask for.
    pub has_more_in_cloud: bool,
}

impl DataEventService {
    /// A service; the names in their order.
    pub fn new(name: &'static str, mut events: Vec<&'static str>) -> DataEventService {
        events.sort_unstable();
        events.dedup();
        DataEventService { name, events, has_more_in_cloud: false }
    }
}
