//! A generated history of calls: what a call centre's audit holds after some months, for demos, tests and benchmarks.
//!
//! It is: calls as the gateway tells them to its recorder, so that they become events by the real way, masked and capped;
//! each is made from the seed and its number alone, so any can be made again without those before it. Operations, people,
//! keys and addresses are as skewed as in life, days have their curve in UTC+8, some minutes are bursts of one script.
//! It is not: the call centre itself; its rows are made by `GenerateDemoDay`. Every event says `DemoData` in
//! `additionalEventData`, so that no generated event is taken for a recorded one.

mod dice;
mod history;
mod operations;
mod people;
mod refusals;
mod rhythm;
mod scene;
mod texts;

pub use history::{History, Plan};

/// Name of the entry in `additionalEventData` that marks generated events.
pub const DEMO_MARK: &str = "DemoData";
