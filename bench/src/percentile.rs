//! Percentiles of measured times.

use std::time::Duration;

/// Measured times, sorted.
pub struct Times(Vec<Duration>);

impl Times {
    /// Takes measurements in any order.
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that so many of a thousand do not exceed; zero without measurements.
    pub fn per_mille(&self, per_mille: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0.get((self.0.len() * per_mille / 1_000).min(last)).copied().unwrap_or_default()
    }

    /// Median.
    pub fn p50(&self) -> Duration {
        self.per_mille(500)
    }

    /// 99 of 100 do not exceed it.
    pub fn p99(&self) -> Duration {
        self.per_mille(990)
    }

    /// Number of measurements.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// Milliseconds with two digits.
pub fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
