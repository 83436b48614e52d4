//! Dice: how long people talk, wait and rest, and how often they do what.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Seconds since midnight in UTC+8.
pub(super) type Second = i64;

/// First and last second in which customers call.
pub(super) const OPEN: Second = 9 * 3_600;
pub(super) const CLOSE: Second = 18 * 3_600;

/// Share of an even load in each hour from 9 to 17 o'clock: two peaks and a quiet noon.
const LOAD: [f64; 9] = [0.8, 1.3, 1.2, 0.6, 0.7, 1.1, 1.2, 1.0, 0.7];
/// Customers who call per hour and agent under an even load; keeps agents busy about two thirds of their time.
const CALLS_PER_AGENT_HOUR: f64 = 9.0;

/// A generator whose sequence is fixed by its algorithm, so that a seed means the same day in later versions too.
pub(super) struct Chance(ChaCha8Rng);

/// Working hours of one agent.
pub(super) struct Shift {
    pub(super) begin: Second,
    pub(super) end: Second,
    /// Begin and length, seconds; in this order.
    pub(super) breaks: Vec<(Second, i64)>,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability)
    }

    pub(super) fn within(&mut self, first: i64, last: i64) -> i64 {
        self.0.random_range(first..=last)
    }

    /// A place in a list of so many, which is not empty.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.0.random_range(0..length)
    }

    /// Whether a customer calls in this second.
    pub(super) fn customer_calls(&mut self, now: Second, agents: usize) -> bool {
        let hour = usize::try_from((now - OPEN).div_euclid(3_600)).ok();
        let load = hour.and_then(|hour| LOAD.get(hour)).copied().unwrap_or(0.0);
        let per_second = load * CALLS_PER_AGENT_HOUR * agents as f64 / 3_600.0;
        self.happens(per_second.min(1.0))
    }

    /// How long a customer waits before he gives up: most are patient, some are not.
    pub(super) fn patience_s(&mut self) -> i64 {
        let share: f64 = self.0.random();
        (5.0 - 150.0 * (1.0 - share).ln()).min(900.0) as i64
    }

    /// Length of a talk: half of them under two and a half minutes, few over eight.
    pub(super) fn talk_s(&mut self) -> i64 {
        // Twelve even shares are as good as a bell curve.
        let bell: f64 = (0..12).map(|_| self.0.random::<f64>()).sum::<f64>() - 6.0;
        (150.0 * (0.7 * bell).exp()).clamp(15.0, 900.0) as i64
    }

    pub(super) fn wrap_up_s(&mut self) -> i64 {
        self.within(5, 40)
    }

    pub(super) fn shift(&mut self) -> Shift {
        let begin = OPEN - 900 + self.within(0, 1_200);
        let end = CLOSE + self.within(0, 1_200);
        let breaks = vec![
            (self.within(37_800, 39_600), self.within(480, 720)),
            (self.within(41_400, 45_900), self.within(2_400, 3_300)),
            (self.within(54_000, 57_600), self.within(480, 720)),
        ];
        Shift { begin, end, breaks }
    }

    /// A mobile number that looks like one and has no known home.
    pub(super) fn customer(&mut self) -> String {
        format!("1990000{:04}", self.within(0, 9_999))
    }
}
