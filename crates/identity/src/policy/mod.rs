//! Policies: the document, how its parts match, and what a set of them says.
//!
//! Public document: RAM, "Policy structure and syntax" and "Policy evaluation process".

mod condition;
mod document;
mod evaluate;
mod pattern;

pub use condition::Context;
pub use document::{Policy, PolicyError, PolicyKind, parse};
pub use evaluate::{Verdict, combine, evaluate, trusts, trusts_service};
