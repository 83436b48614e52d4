//! Call centre instances.

pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list_of_user;
pub(crate) mod rows;
mod view;
