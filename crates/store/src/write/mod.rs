//! From memory to segments: a [`Store`] takes rows, keeps them searchable, and hands them on to files that outlive the
//! process.
//!
//! # The life of a row
//!
//! ```text
//! journal ── insert ── open part ── sealed part ──────────────── segments
//!                      (memory)     (memory, being written)      (files)
//! ```
//!
//! The open part is sealed by its size or age: a new one takes its place. A thread of lower priority then, for each sealed
//! part:
//!
//! 1. builds one segment for each stream and day of the part, and puts its two files where they outlive a crash;
//! 2. when all older parts are segments, enters all of them in the catalogue and moves the covered positions forward, in one transaction;
//! 3. shows readers the segments instead of the part, in one step;
//! 4. releases the covered positions, so that the journal may forget them.
//!
//! A crash before the transaction leaves files that no catalogue names and a journal that still has the rows; the next
//! start reads them again. A crash after it leaves a journal with rows that the catalogue covers; the next start skips
//! them. So a row is never missing and never double. Whatever fails is tried again; meanwhile the part stays searchable,
//! and when as many parts wait as may, [`Store::insert`] waits, too: memory does not grow, the journal does.
//!
//! # The end of a segment
//!
//! A segment is never changed. Where others take its place, or its time is over, one transaction takes it out of the
//! catalogue, dooms its name and enters what replaces it; then readers see the new list in one step. Lookups that began
//! before keep the old list, and open files of it when they need them, so a file is removed only when the last of them is
//! done, and its name forgotten after that. A start removes the files of all names that were still doomed. One thread does
//! all of this, see [`maintenance`], so that no two chores ever change the same segments. It joins small segments of a day
//! to larger ones and, when the machine is idle, compresses old ones again; order and cursors of rows do not depend on the
//! segment that they are in. Of segments that stay it makes filters, see [`crate::filters`].
//!
//! Files that no catalogue names are never removed on their own: a control database restored from an old backup would
//! make all newer files look like that.

mod by_position;
mod catalogue;
mod closing;
mod compaction;
mod compaction_plan;
mod error;
mod exchange;
mod filtering;
mod flush;
mod keeping;
mod looked_through;
mod maintenance;
mod merge;
mod options;
mod priority;
mod recompression;
mod rewrite;
mod sieve;
mod snapshot;
mod sql_catalogue;
mod stats;
mod storage;
mod store;
mod surroundings;
mod verify;
mod view;

pub use crate::filters::{check_filters, forget_filters};
pub use catalogue::{Catalogue, CatalogueEntry, CatalogueState, Change};
pub use error::StoreError;
pub use maintenance::MaintenanceCounters;
pub use options::{FilterOptions, Release, StoreOptions};
pub use snapshot::{Snapshot, SnapshotPage, SnapshotSegment};
pub(crate) use sql_catalogue::take_out;
pub use sql_catalogue::{SqlCatalogue, migrate_catalogue};
pub use stats::StoreStats;
pub(crate) use storage::UNFINISHED;
pub use storage::{LocalFolder, SegmentStorage};
pub use store::Store;
pub use surroundings::{Surroundings, System};
pub use verify::{CheckReport, check_store, rebuild_index};
pub(crate) use view::open_file;
