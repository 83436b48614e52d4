//! Version 4: what happened to contacts, legs and agents, and what is folded from it.

pub(super) const SQL: &[&str] = &[];
