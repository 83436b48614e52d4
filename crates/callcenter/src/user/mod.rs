//! Users of an instance: RAM users with roles.

mod role;
pub(crate) mod rows;

pub use role::Role;
