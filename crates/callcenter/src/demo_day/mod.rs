//! Generated working days, for demonstrations.

pub(crate) mod rows;
