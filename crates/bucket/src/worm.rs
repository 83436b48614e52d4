//! Write once, read many: the retention policy of a bucket.
//!
//! Public document: Object Storage Service, "Retention policies". A policy protects every object for its days from the
//! object's own last change; a trial that nobody locks ends by itself after a day.

use serde::{Deserialize, Serialize};

use crate::limits::{WORM_DAYS, WORM_TRIAL_MS};

const MS_OF_A_DAY: i64 = 86_400_000;

/// A retention policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Worm {
    pub(crate) id: String,
    pub(crate) days: i64,
    pub(crate) created_ms: i64,
    pub(crate) is_locked: bool,
}

impl Worm {
    /// Whether the policy holds at this time.
    pub(crate) fn is_in_force(&self, now_ms: i64) -> bool {
        self.ends_ms().is_none_or(|ends_ms| now_ms < ends_ms)
    }

    /// When a trial ends by itself; a locked policy does not.
    pub(crate) fn ends_ms(&self) -> Option<i64> {
        (!self.is_locked).then(|| self.created_ms.saturating_add(WORM_TRIAL_MS))
    }

    /// Whether an object that was last changed then is protected now.
    pub(crate) fn protects(&self, modified_ms: i64, now_ms: i64) -> bool {
        self.is_in_force(now_ms) && now_ms < modified_ms.saturating_add(self.days * MS_OF_A_DAY)
    }

    /// As the answer names it.
    pub(crate) fn state(&self) -> &'static str {
        if self.is_locked { "Locked" } else { "InProgress" }
    }
}

/// Whether a policy may have so many days.
pub(crate) fn are_good_days(days: i64) -> bool {
    (WORM_DAYS.0..=WORM_DAYS.1).contains(&days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_policy_protects_for_its_days_and_a_trial_for_one() {
        let trial = Worm { id: "a".to_owned(), days: 2, created_ms: 1_000, is_locked: false };
        let locked = Worm { is_locked: true, ..trial.clone() };
        let day = MS_OF_A_DAY;
        assert!(trial.protects(0, day) && !trial.protects(0, day + 1_000));
        assert!(locked.protects(0, 2 * day - 1) && !locked.protects(0, 2 * day));
        assert!(locked.protects(5 * day, 6 * day), "every object counts from its own change");
    }
}
