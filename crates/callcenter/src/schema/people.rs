//! Version 2: what users have beside their roles.

pub(super) const SQL: &[&str] = &[];
