//! Object storage behind its cache: against a plain model, under damage, with many readers, and with peers that misbehave.

mod cache;
mod clouds;
mod fake;
mod model;
mod once;
mod owner;
mod patience;
mod peer;
mod segment;
mod talk;
