//! What the functions of one session know, and what one call of one function sees.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::error::Result;
use regex::Regex;

use crate::functions::json_path::JsonPath;
use crate::geography::Geography;
use crate::limits::{MAX_KEPT_PATTERNS, MAX_PATTERN_BYTES};
use crate::types::Type;
use crate::value::invalid;
use crate::zone::Zone;

/// What the functions of a session know.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) zone: Zone,
    /// Milliseconds since 1970; the same in the whole query, as Presto has it.
    pub(crate) now_ms: i64,
    pub(crate) geography: Option<Arc<dyn Geography>>,
}

/// One call over many rows.
pub(crate) struct Call<'c> {
    pub(crate) session: &'c Session,
    /// Types of the arguments.
    pub(crate) types: &'c [Type],
    pub(crate) result: &'c Type,
    patterns: Kept<Regex>,
    paths: Kept<JsonPath>,
    zones: Kept<Zone>,
}

impl<'c> Call<'c> {
    pub(crate) fn new(session: &'c Session, types: &'c [Type], result: &'c Type) -> Call<'c> {
        Call { session, types, result, patterns: Kept::default(), paths: Kept::default(), zones: Kept::default() }
    }

    /// The compiled form of a regular expression.
    pub(crate) fn pattern(&mut self, text: &str) -> Result<Arc<Regex>> {
        self.patterns.get(text, |text| {
            let built = regex::RegexBuilder::new(text).size_limit(MAX_PATTERN_BYTES).build();
            built.map_err(|error| invalid(format!("'{text}' is no regular expression: {error}")))
        })
    }

    /// The parsed form of a JSON path.
    pub(crate) fn path(&mut self, text: &str) -> Result<Arc<JsonPath>> {
        self.paths.get(text, JsonPath::parse)
    }

    /// A zone by its name.
    pub(crate) fn zone(&mut self, name: &str) -> Result<Arc<Zone>> {
        self.zones.get(name, Zone::named)
    }
}

/// What was made of texts, for the rows that have the same.
struct Kept<T>(HashMap<String, Arc<T>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(HashMap::new())
    }
}

impl<T> Kept<T> {
    fn get(&mut self, text: &str, make: impl Fn(&str) -> Result<T>) -> Result<Arc<T>> {
        if let Some(made) = self.0.get(text) {
            return Ok(made.clone());
        }
        let made = Arc::new(make(text)?);
        if self.0.len() >= MAX_KEPT_PATTERNS {
            self.0.clear();
        }
        self.0.insert(text.to_owned(), made.clone());
        Ok(made)
    }
}
