//! Dice of one subject: the same seed, kind and number give the same throws everywhere and for ever.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

/// Keeps the throws for calls, people and things apart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject {
    Call = 1,
    User = 2,
    Role = 3,
    Instance = 4,
    Key = 5,
    Session = 6,
    Burst = 7,
}

/// A generator whose sequence is fixed by its algorithm, so that a seed means the same history in later versions too.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn of(seed: u64, subject: Subject, number: u64) -> Dice {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = subject as u8;
        key[16..24].copy_from_slice(&number.to_le_bytes());
        Dice(ChaCha8Rng::from_seed(key))
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end.max(1))
    }

    pub(crate) fn share(&mut self) -> f64 {
        self.0.random()
    }

    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// A number below `end`, low ones far more often: the first tenth is drawn in nearly half of all throws.
    pub(crate) fn skewed(&mut self, end: u64) -> u64 {
        ((end as f64 * self.share().powi(3)) as u64).min(end.saturating_sub(1))
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// A random UUID in lower case.
    pub(crate) fn uuid(&mut self) -> String {
        let bits: u128 = self.0.random();
        let hex = format!("{bits:032x}");
        // Version 4, variant 1, as every library makes them.
        let variant = ["8", "9", "a", "b"][(bits >> 64 & 3) as usize];
        format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
    }

    /// Letters and digits.
    pub(crate) fn token(&mut self, length: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789";
        (0..length).map(|_| char::from(self.pick(ALPHABET))).collect()
    }

    /// Decimal digits.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }
}
