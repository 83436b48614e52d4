//! The rows: one file for each table, SQL and nothing else.

pub(crate) mod dashboard;
pub(crate) mod group;
pub(crate) mod logstore;
pub(crate) mod project;
pub(crate) mod shard;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Properties as a column has them.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Properties from a column.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// A pattern that finds texts with this part.
pub(crate) fn containing(part: &str) -> String {
    let escaped = part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
