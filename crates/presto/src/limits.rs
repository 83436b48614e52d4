//! Bounds, each with its unit and its reason.

/// Compiled patterns, paths and zones that one call keeps: a column of different patterns must not fill the memory.
pub const MAX_KEPT_PATTERNS: usize = 64;

/// Bytes of one compiled regular expression.
pub const MAX_PATTERN_BYTES: usize = 4 << 20;

/// Bytes of what `array_join` gives (SLS, "Array functions": 1 KB).
pub const MAX_ARRAY_JOIN_BYTES: usize = 1024;

/// Items that `sequence` and `repeat` make at once (Presto: 10,000).
pub const MAX_MADE_ITEMS: usize = 10_000;

/// Bytes of a text that `lpad`, `rpad` or `replace` make: what they allocate is not counted by the memory pool.
pub const MAX_MADE_BYTES: usize = 1 << 20;

/// Letters of either text whose edit distance is asked for: the time grows with their product.
pub const MAX_DISTANCE_LETTERS: usize = 10_000;

/// Buckets of `numeric_histogram`.
pub const MAX_BUCKETS: usize = 10_000;

/// Hashes that `approx_distinct` keeps before it estimates: so few are counted exactly.
pub const MAX_EXACT_HASHES: usize = 4096;

/// Centroids that `approx_percentile` condenses many values to; four times as many are exact.
pub const MAX_CENTROIDS: usize = 1000;
