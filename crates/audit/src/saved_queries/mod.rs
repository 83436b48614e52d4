//! Texts of queries that people keep: their history and their templates. Queries run in the log service.

mod history;
mod templates;

pub(crate) use history::OPERATIONS as HISTORY_OPERATIONS;
pub(crate) use templates::OPERATIONS as TEMPLATE_OPERATIONS;

use openapi::{ApiError, Parameter};

/// Says whether a text was made with the simple builder.
const SIMPLE_QUERY: Parameter = Parameter::boolean("SimpleQuery").required();

fn failed(error: impl std::fmt::Display) -> ApiError {
    ApiError::internal(&error)
}

/// `<prefix>-<32 hex digits>`
fn new_id(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4().as_simple())
}
