//! One log, as it was put and as a search sees it.

/// A log with everything that a search may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    /// `__time__`: Unix seconds.
    pub time_s: u32,
    /// `__time_ns_part__`: nanoseconds within the second, when the writer told them.
    pub time_ns: Option<u32>,
    /// `__source__`.
    pub source: String,
    /// `__topic__`.
    pub topic: String,
    /// Tags of the log's group: keys without `__tag__:`, in the order in which they came.
    pub tags: Vec<(String, String)>,
    /// Keys and values of the log, in the order in which they came; a key may come twice.
    pub contents: Vec<(String, String)>,
}
