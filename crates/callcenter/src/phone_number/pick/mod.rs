//! Which numbers call: near the callee first, among equals the one that was used least recently.
//!
//! Soft phones ask right before they dial, so a picked number counts as used from then on: two agents who ask at the
//! same moment get different numbers.

pub(crate) mod given;
pub(crate) mod global;

use std::collections::{HashMap, HashSet};

use openapi::{Answer, wrapped_list};
use parking_lot::Mutex;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use regions::Regions;
use serde_json::{Value, json};

use crate::limits::MAX_REMEMBERED_NUMBERS;
use crate::phone_number::{PhoneNumber, view};

/// Remembers when numbers were used last, since the start of the server, and breaks ties.
pub(crate) struct CallerNumbers {
    // Held for one choice of a few hundred numbers; nothing waits while it is held.
    state: Mutex<State>,
}

struct State {
    random: StdRng,
    uses: u64,
    last_use: HashMap<PhoneNumber, u64>,
}

impl Default for CallerNumbers {
    fn default() -> Self {
        Self::seeded(rand::random())
    }
}

impl CallerNumbers {
    /// With ties broken the same way each time.
    pub(crate) fn seeded(seed: u64) -> Self {
        let random = StdRng::seed_from_u64(seed);
        Self { state: Mutex::new(State { random, uses: 0, last_use: HashMap::new() }) }
    }

    /// Notes that a number calls now.
    pub(crate) fn note_use(&self, number: &PhoneNumber) {
        self.state.lock().note_use(number);
    }

    /// At most `count` of the candidates, the most suitable first, no number twice; they count as used from now on.
    fn choose(&self, regions: &Regions, callee: &str, candidates: Vec<Candidate>, count: usize) -> Vec<Candidate> {
        let home = view::home(regions, callee);
        let mut seen = HashSet::new();
        let mut ranked: Vec<Candidate> =
            candidates.into_iter().filter(|candidate| seen.insert(candidate.number.clone())).collect();
        let mut state = self.state.lock();
        ranked.shuffle(&mut state.random);
        ranked.sort_by_cached_key(|candidate| {
            let last_use = state.last_use.get(&candidate.number).copied();
            (Tier::of(home, view::home(regions, &candidate.text)), last_use)
        });
        ranked.truncate(count);
        for candidate in &ranked {
            state.note_use(&candidate.number);
        }
        ranked
    }
}

impl State {
    fn note_use(&mut self, number: &PhoneNumber) {
        if self.last_use.len() >= MAX_REMEMBERED_NUMBERS && !self.last_use.contains_key(number) {
            self.last_use.clear();
        }
        self.uses += 1;
        self.last_use.insert(number.clone(), self.uses);
    }
}

/// How near a caller number is to the callee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    City,
    Province,
    Elsewhere,
}

impl Tier {
    fn of((province, city): (&str, &str), (caller_province, caller_city): (&str, &str)) -> Self {
        if province.is_empty() || province != caller_province {
            Tier::Elsewhere
        } else if !city.is_empty() && city == caller_city {
            Tier::City
        } else {
            Tier::Province
        }
    }
}

/// A number that may call.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    /// As the answer shows it.
    text: String,
    number: PhoneNumber,
}

impl Candidate {
    /// `None` if it is no number.
    fn of(text: &str) -> Option<Self> {
        Some(Self { text: text.to_owned(), number: PhoneNumber::parse(text)? })
    }
}

fn pair(regions: &Regions, callee: &str, caller: &Candidate) -> Value {
    json!({
        "Callee": view::number_with_region(regions, callee),
        "Caller": view::number_with_region(regions, &caller.text),
    })
}

fn pairs(regions: &Regions, callee: &str, callers: &[Candidate]) -> Answer {
    let pairs = callers.iter().map(|caller| pair(regions, callee, caller)).collect();
    Answer::empty()
        .with("DialNumberPairs", wrapped_list("DialNumberPair", pairs))
        .event_data("NumberRegionTable", regions.version())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidates(texts: &[&str]) -> Vec<Candidate> {
        texts.iter().filter_map(|text| Candidate::of(text)).collect()
    }

    fn texts(chosen: Vec<Candidate>) -> Vec<String> {
        chosen.into_iter().map(|candidate| candidate.text).collect()
    }

    const HANGZHOU: [&str; 2] = ["057126880001", "057126880002"];
    const WENZHOU: [&str; 2] = ["057788880001", "057788880002"];
    const BEIJING: [&str; 2] = ["01065520001", "01065520002"];

    fn all() -> Vec<Candidate> {
        candidates(&[BEIJING, WENZHOU, HANGZHOU].concat())
    }

    #[test]
    fn the_same_city_is_first_then_the_same_province() {
        let numbers = CallerNumbers::seeded(1);
        let chosen = texts(numbers.choose(&Regions::default(), "0571-81234567", all(), 10));
        let tier = |range: std::ops::Range<usize>| {
            let mut texts = chosen[range].to_vec();
            texts.sort();
            texts
        };
        assert_eq!(
            (tier(0..2), tier(2..4)),
            (HANGZHOU.map(str::to_owned).to_vec(), WENZHOU.map(str::to_owned).to_vec())
        );
        assert_eq!(tier(4..6), BEIJING.map(str::to_owned));
    }

    #[test]
    fn among_equals_the_least_recently_used_is_first() {
        let (numbers, regions) = (CallerNumbers::seeded(2), Regions::default());
        let next = || texts(numbers.choose(&regions, "0571-81234567", all(), 1)).remove(0);
        let (first, second) = (next(), next());
        assert_ne!(first, second);
        assert_eq!((next(), next()), (first.clone(), second));
        numbers.note_use(&PhoneNumber::parse(&first).expect("a number"));
        assert_ne!(texts(numbers.choose(&regions, "0571-81234567", all(), 1)), [first]);
    }

    #[test]
    fn ties_are_random_and_a_seed_repeats_them() {
        let firsts = |seed| texts(CallerNumbers::seeded(seed).choose(&Regions::default(), "13800138000", all(), 1));
        let found: HashSet<Vec<String>> = (0..64).map(firsts).collect();
        assert_eq!(found.len(), 2, "both numbers of Beijing come first for some seed");
        assert_eq!(firsts(7), firsts(7));
    }

    #[test]
    fn an_unknown_callee_takes_any() {
        let chosen = CallerNumbers::seeded(3).choose(&Regions::default(), "95188", all(), 10);
        assert_eq!(chosen.len(), 6);
    }

    #[test]
    fn the_memory_is_bounded() {
        let numbers = CallerNumbers::seeded(4);
        for subscriber in 0..=MAX_REMEMBERED_NUMBERS {
            numbers.note_use(&PhoneNumber::parse(&format!("138{subscriber:08}")).expect("a number"));
        }
        assert_eq!(numbers.state.lock().last_use.len(), 1);
    }

    proptest! {
        #[test]
        fn no_number_comes_twice_and_nearer_ones_come_first(
            seed in any::<u64>(),
            chosen in prop::collection::vec(prop::sample::select([HANGZHOU, WENZHOU, BEIJING].concat()), 0..12),
            count in 0_usize..12,
        ) {
            let regions = Regions::default();
            let found = CallerNumbers::seeded(seed).choose(&regions, "13705710000", candidates(&chosen), count);
            let unique: HashSet<&str> = chosen.iter().copied().collect();
            prop_assert_eq!(found.len(), unique.len().min(count));
            let found = texts(found);
            prop_assert_eq!(found.iter().collect::<HashSet<_>>().len(), found.len());
            let callee = view::home(&regions, "13705710000");
            let tiers: Vec<Tier> = found.iter().map(|text| Tier::of(callee, view::home(&regions, text))).collect();
            prop_assert!(tiers.is_sorted(), "{:?}", tiers);
        }
    }
}
