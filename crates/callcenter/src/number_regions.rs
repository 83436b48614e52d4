//! The seam to the table of number regions: where a telephone number is at home.

/// Knows where numbers are at home. On the path of calls: answers from memory and never blocks.
pub trait NumberRegions: Send + Sync + 'static {
    /// The home of a number; empty texts when it is not known.
    fn region(&self, number: &str) -> Region;
}

/// Home of a number, in Chinese and without a fixed suffix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Region {
    /// `Province`
    pub province: String,
    /// `City`
    pub city: String,
}

/// Knows no number: for a call centre without a table.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRegions;

impl NumberRegions for NoRegions {
    fn region(&self, _number: &str) -> Region {
        Region::default()
    }
}
