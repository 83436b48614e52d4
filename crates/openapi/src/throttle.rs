//! How many calls are served: protective limits by default, the cloud's own on request.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::limits::{MAX_THROTTLE_BUCKETS, PROTECTIVE_CALLS_PER_SECOND};
use crate::operation::OperationSpec;

/// Which limits apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Throttling {
    /// Limits that no honest client meets.
    #[default]
    Protective,
    /// The cloud's own, where a table row has one: for compatibility tests.
    Vendor,
}

/// Token buckets by account and operation; each holds one second's worth.
pub(crate) struct Throttle {
    mode: Throttling,
    buckets: Mutex<HashMap<(String, &'static str), Bucket>>,
}

struct Bucket {
    tokens: f64,
    filled_at_ms: i64,
}

impl Throttle {
    pub(crate) fn new(mode: Throttling) -> Self {
        Self { mode, buckets: Mutex::default() }
    }

    /// Takes one call's worth, or says after how many milliseconds there is one.
    pub(crate) fn take(&self, account_id: &str, operation: &OperationSpec, now_ms: i64) -> Result<(), u64> {
        let rate = f64::from(self.calls_per_second(operation));
        let mut buckets = self.buckets.lock();
        if buckets.len() >= MAX_THROTTLE_BUCKETS {
            // An idle bucket is full again after a second, so forgetting it changes nothing.
            buckets.retain(|_, bucket| now_ms - bucket.filled_at_ms < 1_000);
        }
        let bucket = buckets
            .entry((account_id.to_owned(), operation.name))
            .or_insert(Bucket { tokens: rate, filled_at_ms: now_ms });
        let elapsed_ms = (now_ms - bucket.filled_at_ms).max(0);
        bucket.tokens = (bucket.tokens + rate * elapsed_ms as f64 / 1_000.0).min(rate);
        bucket.filled_at_ms = bucket.filled_at_ms.max(now_ms);
        if bucket.tokens < 1.0 {
            return Err(((1.0 - bucket.tokens) * 1_000.0 / rate).ceil().max(1.0) as u64);
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    fn calls_per_second(&self, operation: &OperationSpec) -> u32 {
        match (self.mode, operation.vendor_calls_per_second) {
            (Throttling::Vendor, Some(calls)) => calls,
            _ => PROTECTIVE_CALLS_PER_SECOND,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendor_limits_hold_per_account_and_operation() {
        const LIMITED: OperationSpec = OperationSpec::read("LookupEvents").vendor_limit(2);
        const FREE: OperationSpec = OperationSpec::read("DescribeRegions");
        let throttle = Throttle::new(Throttling::Vendor);
        let taken: Vec<_> = (0..3).map(|_| throttle.take("1", &LIMITED, 0)).collect();
        assert_eq!(taken, [Ok(()), Ok(()), Err(500)]);
        assert_eq!(throttle.take("2", &LIMITED, 0), Ok(()));
        assert_eq!(throttle.take("1", &FREE, 0), Ok(()));
        assert_eq!(throttle.take("1", &LIMITED, 500), Ok(()));
        assert!(throttle.take("1", &LIMITED, 500).is_err());
        assert_eq!(Throttle::new(Throttling::Protective).take("1", &LIMITED, 0), Ok(()));
    }
}
