//! Version 3: numbers that an account owns, contact flows, media files.

pub(super) const SQL: &[&str] = &[];
