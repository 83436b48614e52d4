//! The way of rows from memory to segments: with failing steps, with a process that dies, and under fire.

mod faults;
mod filters;
mod fire;
mod ledger;
mod lifecycle;
mod lifecycle_model;
mod local;
mod lookup;
mod retention;
mod retention_faults;
mod search;
mod search_model;
mod statements;
mod world;
