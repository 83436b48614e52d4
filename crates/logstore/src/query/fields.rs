//! Which field of a log a key of a search is, and how its values are indexed.

use std::sync::Arc;

use crate::index::{IndexConfig, KeyIndex, KeyKind, LineIndex};

use super::leaves::LeafRef;
use super::number::NumberKind;
use super::tokens::Tokenizer;

/// Prefix of the keys of tags.
pub(crate) const TAG_PREFIX: &str = "__tag__:";
pub(crate) const TOPIC: &str = "__topic__";
pub(crate) const SOURCE: &str = "__source__";
const TIME: &str = "__time__";
/// Another name of the source; in this letter case it is never a content key.
const SOURCE_ALIAS: &str = "source";

/// A field of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Field {
    Time,
    Topic,
    Source,
    Tag(String),
    Content(String),
    /// Leaves of a JSON content under one path.
    Leaf {
        content: String,
        path: String,
        /// Number of keys at which a leaf is too deep.
        max_depth: usize,
    },
    /// All text leaves of a JSON content.
    AnyLeaf {
        content: String,
        scope: LeafScope,
    },
}

impl Field {
    /// The field of a key of the index configuration.
    pub(crate) fn of_key(key: &str) -> Field {
        match key {
            TOPIC => Field::Topic,
            SOURCE => Field::Source,
            _ => match key.strip_prefix(TAG_PREFIX) {
                Some(tag) => Field::Tag(tag.to_owned()),
                None => Field::Content(key.to_owned()),
            },
        }
    }
}

/// How the values of a field are indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text(Arc<Tokenizer>),
    Number(NumberKind),
}

/// A key of a search that the index has.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) field: Field,
    pub(crate) kind: ValueKind,
}

/// What the full-text index has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineScope {
    All,
    Only(Vec<String>),
    Except(Vec<String>),
}

impl LineScope {
    pub(crate) fn of(line: &LineIndex) -> LineScope {
        match (&line.include_keys, &line.exclude_keys) {
            (Some(keys), _) if !keys.is_empty() => LineScope::Only(keys.clone()),
            (_, Some(keys)) if !keys.is_empty() => LineScope::Except(keys.clone()),
            _ => LineScope::All,
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        match self {
            LineScope::All => true,
            LineScope::Only(keys) => keys.iter().any(|known| known == key),
            LineScope::Except(keys) => keys.iter().all(|known| known != key),
        }
    }
}

/// Which leaves of a JSON key are indexed as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeafScope {
    /// Leaves that are not listed are, up to this many keys deep; 0 means none.
    max_depth: usize,
    /// Listed leaves, and whether they are text.
    listed: Vec<(String, bool)>,
}

impl LeafScope {
    pub(crate) fn of(index: &KeyIndex) -> LeafScope {
        let listed = index.json_keys.iter().map(|(path, leaf)| (path.clone(), number_kind(leaf.kind).is_none()));
        LeafScope { max_depth: max_depth(index), listed: listed.collect() }
    }

    pub(crate) fn has(&self, leaf: LeafRef<'_>) -> bool {
        let listed = self.listed.iter().find(|(path, _)| path.eq_ignore_ascii_case(leaf.path));
        listed.map_or(leaf.depth <= self.max_depth, |(_, is_text)| *is_text)
    }
}

/// How deep leaves are indexed that are not listed; 0 when they are not.
fn max_depth(index: &KeyIndex) -> usize {
    match (index.index_all, index.max_depth) {
        (Some(false), _) => 0,
        (_, None) => usize::MAX,
        // Negative means without limit.
        (_, Some(depth)) => usize::try_from(depth).unwrap_or(usize::MAX),
    }
}

fn number_kind(kind: KeyKind) -> Option<NumberKind> {
    match kind {
        KeyKind::Long => Some(NumberKind::Long),
        KeyKind::Double => Some(NumberKind::Double),
        KeyKind::Text | KeyKind::Json => None,
    }
}

pub(crate) fn tokenizer_of(index: &KeyIndex) -> Arc<Tokenizer> {
    Arc::new(Tokenizer::new(&index.token, index.case_sensitive, index.chn))
}

fn value_kind(index: &KeyIndex, kind: KeyKind) -> ValueKind {
    number_kind(kind).map_or_else(|| ValueKind::Text(tokenizer_of(index)), ValueKind::Number)
}

/// The field of a key as people write it. Letter case makes a difference only where two keys differ by nothing else.
pub(crate) fn resolve(key: &str, config: &IndexConfig) -> Option<Resolved> {
    let whole = || ValueKind::Text(Arc::new(Tokenizer::whole()));
    let kind_of = |key: &str| config.keys.get(key).map_or_else(whole, |index| value_kind(index, index.kind));
    match key {
        TIME => return Some(Resolved { field: Field::Time, kind: ValueKind::Number(NumberKind::Long) }),
        TOPIC => return Some(Resolved { field: Field::Topic, kind: kind_of(TOPIC) }),
        SOURCE | SOURCE_ALIAS => return Some(Resolved { field: Field::Source, kind: kind_of(SOURCE) }),
        _ => {}
    }
    find(key, config, |left, right| left == right).or_else(|| find(key, config, str::eq_ignore_ascii_case))
}

fn find(key: &str, config: &IndexConfig, is_same: fn(&str, &str) -> bool) -> Option<Resolved> {
    if let Some((name, index)) = config.keys.iter().find(|(name, _)| is_same(name, key)) {
        return Some(Resolved { field: Field::of_key(name), kind: value_kind(index, index.kind) });
    }
    let leaves = config.keys.iter().filter(|(_, index)| index.kind == KeyKind::Json).filter_map(|(name, index)| {
        let path = key.get(name.len()..)?.strip_prefix('.')?;
        is_same(name, &key[..name.len()]).then_some((name, path, index))
    });
    let (name, path, index) = leaves.max_by_key(|(name, ..)| name.len())?;
    let listed = index.json_keys.iter().find(|(listed, _)| listed.eq_ignore_ascii_case(path));
    let (kind, max_depth) = match (listed, max_depth(index)) {
        (Some((_, leaf)), _) => (leaf.kind, usize::MAX),
        (None, 0) => return None,
        (None, depth) => (KeyKind::Text, depth),
    };
    let field = Field::Leaf { content: name.clone(), path: path.to_owned(), max_depth };
    Some(Resolved { field, kind: value_kind(index, kind) })
}
