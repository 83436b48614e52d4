//! What each access key was last used for: services, calls, addresses, resources.
//!
//! Events are kept for months, keys live for years: so this is an aggregate of its own in the control database, kept for
//! 400 days. One task follows the event streams, folds what came into the newest use of each value in memory, and commits
//! these uses together with the places up to which the streams are folded: a crash neither loses nor doubles. A use that is
//! older than the one in the table never replaces it, so folding something twice changes nothing.
//!
//! Keys are those of accounts and users. Temporary keys (`STS.…`) live for hours and belong to sessions of roles: they are
//! left out, as the questions here are whether a key may be deleted and where it would be missed.
//!
//! Public documents: ActionTrail, "GetAccessKeyLastUsedInfo" and its family (2020-07-06).

mod fold;
mod follower;
mod operations;
mod rows;
mod service_names;
#[cfg(test)]
mod tests;

pub use follower::KeyUse;
pub(crate) use operations::OPERATIONS;
pub(crate) use rows::MIGRATION;
