//! Bounds of events, each with its unit and why it is so.

/// Largest text that is read as an event, bytes: four times what this server writes, for events from elsewhere.
pub const MAX_READ_BYTES: usize = 1024 * 1024;
/// Deepest nesting that is read. Real events nest six levels.
pub const MAX_DEPTH: usize = 64;
/// Request parameters longer than this go first when an event is too large, bytes of JSON.
pub const LARGE_VALUE_BYTES: usize = 4 * 1024;
/// What is left of a text that is cut as a last resort, bytes: one after the other until the event fits. The last is
/// still enough for ids, times and regions.
pub const CUT_TEXT_BYTES: [usize; 4] = [1024, 256, 64, 32];
/// What is left of a list or object then, members.
pub const CUT_MEMBERS: usize = 8;
