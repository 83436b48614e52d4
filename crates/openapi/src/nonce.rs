//! Nonces seen, so that a captured request cannot be sent again.
//!
//! A nonce must be remembered until the request's own time leaves the clock window. Entries are kept in generations
//! of that moment, each a set of 64-bit keyed hashes, so that forgetting is dropping a set. The store is bounded; when
//! it is full, calls are throttled rather than a nonce forgotten.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::BuildHasher;

use parking_lot::Mutex;

use crate::limits::{CLOCK_WINDOW_S, MAX_NONCES, MAX_NONCES_PER_KEY};

/// Length of a generation, seconds: a lookup visits seven sets at most.
const GENERATION_S: i64 = 300;

/// What became of a nonce.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Not before; it is remembered now.
    First,
    /// Before: the request is a repetition.
    Again,
    /// There is no room to remember it.
    Full,
}

/// The bounded memory of nonces.
pub(crate) struct NonceStore {
    hasher: RandomState,
    // A plain mutex: the work inside is a few hash lookups.
    generations: Mutex<Generations>,
    max_total: usize,
    max_per_key: usize,
}

#[derive(Default)]
struct Generations {
    by_expiry: VecDeque<Generation>,
}

struct Generation {
    /// Number of the generation in whose time the entries may be forgotten.
    expiry: i64,
    nonces: HashSet<u64>,
    per_key: HashMap<u64, usize>,
}

impl NonceStore {
    pub(crate) fn new() -> Self {
        Self::with_limits(MAX_NONCES, MAX_NONCES_PER_KEY)
    }

    fn with_limits(max_total: usize, max_per_key: usize) -> Self {
        Self { hasher: RandomState::new(), generations: Mutex::default(), max_total, max_per_key }
    }

    /// Remembers the nonce of a request made at `signed_at_s`, whose signature was found right.
    pub(crate) fn remember(&self, access_key_id: &str, nonce: &str, signed_at_s: i64, now_s: i64) -> Seen {
        let key = self.hasher.hash_one(access_key_id);
        let hash = self.hasher.hash_one((access_key_id, nonce));
        let expiry = (signed_at_s + CLOCK_WINDOW_S).div_euclid(GENERATION_S);
        let mut generations = self.generations.lock();
        generations.forget_before(now_s.div_euclid(GENERATION_S));
        if generations.by_expiry.iter().any(|generation| generation.nonces.contains(&hash)) {
            return Seen::Again;
        }
        if generations.count() >= self.max_total || generations.count_of(key) >= self.max_per_key {
            return Seen::Full;
        }
        let generation = generations.at(expiry);
        generation.nonces.insert(hash);
        *generation.per_key.entry(key).or_default() += 1;
        Seen::First
    }
}

impl Generations {
    fn forget_before(&mut self, current: i64) {
        while self.by_expiry.front().is_some_and(|generation| generation.expiry < current) {
            self.by_expiry.pop_front();
        }
    }

    fn count(&self) -> usize {
        self.by_expiry.iter().map(|generation| generation.nonces.len()).sum()
    }

    fn count_of(&self, key: u64) -> usize {
        self.by_expiry.iter().filter_map(|generation| generation.per_key.get(&key)).sum()
    }

    fn at(&mut self, expiry: i64) -> &mut Generation {
        let index = self.by_expiry.partition_point(|generation| generation.expiry < expiry);
        if self.by_expiry.get(index).is_none_or(|generation| generation.expiry != expiry) {
            self.by_expiry.insert(index, Generation { expiry, nonces: HashSet::new(), per_key: HashMap::new() });
        }
        &mut self.by_expiry[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_S: i64 = 1_772_600_767;

    #[test]
    fn a_nonce_counts_once_for_its_key_while_its_request_could_be_repeated() {
        let store = NonceStore::new();
        assert_eq!(store.remember("key", "n", NOW_S, NOW_S), Seen::First);
        assert_eq!(store.remember("other", "n", NOW_S, NOW_S), Seen::First);
        assert_eq!(store.remember("key", "n", NOW_S + 5, NOW_S + 6), Seen::Again);
        assert_eq!(store.remember("key", "n", NOW_S, NOW_S + CLOCK_WINDOW_S), Seen::Again);
        assert_eq!(store.remember("key", "n", NOW_S + 2 * CLOCK_WINDOW_S, NOW_S + 2 * CLOCK_WINDOW_S), Seen::First);
    }

    #[test]
    fn a_time_ahead_is_remembered_as_long_as_it_stays_valid() {
        let store = NonceStore::new();
        let signed_at_s = NOW_S + CLOCK_WINDOW_S;
        assert_eq!(store.remember("key", "n", signed_at_s, NOW_S), Seen::First);
        assert_eq!(store.remember("key", "n", signed_at_s, signed_at_s + CLOCK_WINDOW_S), Seen::Again);
    }

    #[test]
    fn a_full_store_forgets_nothing() {
        let store = NonceStore::with_limits(3, 2);
        assert_eq!(store.remember("a", "1", NOW_S, NOW_S), Seen::First);
        assert_eq!(store.remember("a", "2", NOW_S, NOW_S), Seen::First);
        assert_eq!(store.remember("a", "3", NOW_S, NOW_S), Seen::Full);
        assert_eq!(store.remember("b", "1", NOW_S, NOW_S), Seen::First);
        assert_eq!(store.remember("b", "2", NOW_S, NOW_S), Seen::Full);
        assert_eq!(store.remember("a", "1", NOW_S, NOW_S), Seen::Again);
    }
}
