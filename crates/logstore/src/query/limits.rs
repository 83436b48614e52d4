//! Bounds of a search, each with its unit and reason.

/// Bytes of the search part of a statement: thirty conditions of some hundred bytes.
pub const MAX_SEARCH_BYTES: usize = 16 * 1024;

/// Conditions of one search, as documented (SLS, "Search syntax").
pub const MAX_CONDITIONS: usize = 30;

/// Depth to which parentheses and `not` nest: they are walked by recursion. The store's search nests two levels for
/// each.
pub const MAX_DEPTH: usize = 24;

/// Characters of a token with wildcards, as documented.
pub const MAX_WILDCARD_CHARACTERS: usize = 64;

/// Tokens of one condition: which of them were seen in a log is one bit of a word for each.
pub const MAX_CONDITION_TOKENS: usize = 64;

/// Bytes of a phrase: it is compared at every token of a value.
pub const MAX_PHRASE_BYTES: usize = 1024;

/// Depth to which a JSON value is read: it is walked by recursion.
pub const MAX_JSON_DEPTH: usize = 64;

/// Conditions of the store's search that one search becomes at most; what is beyond is left to the logs themselves.
/// Below [`store::limits::MAX_SEARCH_ATOMS`], so that the caller may add some.
pub(crate) const MAX_STORE_CONDITIONS: usize = 56;

/// Words beside escapes that are kept of a log; one with more is a candidate of every search.
pub(crate) const MAX_LISTED_WORDS: usize = 64;
