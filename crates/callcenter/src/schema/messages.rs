//! Version 5: short messages, recordings, quality samples.

pub(super) const SQL: &[&str] = &[];
