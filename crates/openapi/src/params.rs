//! The parameters of a call, by name.

use std::collections::BTreeMap;

/// Merged parameters of query and form, values decoded. Names are unique.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(BTreeMap<String, String>);

impl Params {
    /// Wraps parameters.
    pub fn new(values: BTreeMap<String, String>) -> Self {
        Self(values)
    }

    /// Value of a parameter; empty text counts as absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All names and values, in byte order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Elements of `Name.N` in the order of N; gaps and empty values are passed over.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let mut elements: Vec<(u64, &str)> = self
            .below(name)
            .filter_map(|(rest, value)| Some((rest.parse().ok()?, value)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        elements.sort_by_key(|(index, _)| *index);
        elements.into_iter().map(|(_, value)| value).collect()
    }

    /// Elements of `Name.N.Field` in the order of N, gaps passed over.
    pub fn structures(&self, name: &str) -> Vec<BTreeMap<&str, &str>> {
        self.indexed_structures(name).into_values().collect()
    }

    /// Elements of `Name.N.Field` by N.
    pub fn indexed_structures(&self, name: &str) -> BTreeMap<u64, BTreeMap<&str, &str>> {
        let mut elements: BTreeMap<u64, BTreeMap<&str, &str>> = BTreeMap::new();
        for (rest, value) in self.below(name) {
            let Some((index, field)) = rest.split_once('.') else { continue };
            let Ok(index) = index.parse() else { continue };
            elements.entry(index).or_default().insert(field, value);
        }
        elements
    }

    /// What stands after `name.`, with its value.
    fn below(&self, name: &str) -> impl Iterator<Item = (&str, &str)> + use<'_> {
        let prefix = format!("{name}.");
        self.0
            .range(prefix.clone()..)
            .map_while(move |(key, value)| key.strip_prefix(&prefix).map(|rest| (rest, value.as_str())))
    }
}
