//! Version 6: what limits dialling.

pub(super) const SQL: &[&str] = &[];
