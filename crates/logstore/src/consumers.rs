//! Which consumer of a group holds which shards, as their heartbeats tell. Kept in memory: after a restart the next
//! heartbeats say what is held, and shards stay where they are.
//!
//! A shard moves only when nobody uses it: a consumer that has more than its share is told to give some back, and another
//! gets them when a heartbeat of the first says that they are free, or when it has been silent for too long.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::fault::{Fault, codes};
use crate::limits::MAX_CONSUMERS;

/// The consumers of all groups.
#[derive(Default)]
pub(crate) struct Consumers(Mutex<HashMap<(String, String), Members>>);

type Members = BTreeMap<String, Member>;

/// A consumer.
#[derive(Debug)]
struct Member {
    heard_at: Instant,
    /// What it uses or has been told to use.
    held: BTreeSet<i64>,
}

impl Consumers {
    /// Takes note of a consumer and what it uses; tells what it should use.
    #[allow(clippy::too_many_arguments, reason = "all of it is the heartbeat")]
    pub(crate) fn heartbeat(
        &self,
        logstore_id: &str,
        group: &str,
        consumer: &str,
        reported: &BTreeSet<i64>,
        shards: &BTreeSet<i64>,
        silence: Duration,
        now: Instant,
    ) -> Result<Vec<i64>, Fault> {
        let mut groups = self.0.lock();
        let members = groups.entry((logstore_id.to_owned(), group.to_owned())).or_default();
        members.retain(|_, member| now.duration_since(member.heard_at) <= silence);
        if members.len() >= MAX_CONSUMERS && !members.contains_key(consumer) {
            return Err(codes::PROJECT_QUOTA.says("The group has 1,024 consumers; stop one first."));
        }
        Ok(share(members, consumer, reported, shards, now))
    }

    /// Whether a consumer holds a shard.
    pub(crate) fn holds(&self, logstore_id: &str, group: &str, consumer: &str, shard: i64) -> bool {
        let groups = self.0.lock();
        let members = groups.get(&(logstore_id.to_owned(), group.to_owned()));
        members.and_then(|members| members.get(consumer)).is_some_and(|member| member.held.contains(&shard))
    }

    /// Forgets the consumers of a group.
    pub(crate) fn forget(&self, logstore_id: &str, group: &str) {
        self.0.lock().remove(&(logstore_id.to_owned(), group.to_owned()));
    }
}

fn share(
    members: &mut Members,
    consumer: &str,
    reported: &BTreeSet<i64>,
    shards: &BTreeSet<i64>,
    now: Instant,
) -> Vec<i64> {
    let others: BTreeSet<i64> =
        members.iter().filter(|(name, _)| *name != consumer).flat_map(|(_, member)| &member.held).copied().collect();
    let consumers = members.len() + usize::from(!members.contains_key(consumer));
    let (least, extra) = (shards.len() / consumers, shards.len() % consumers);
    let with_more = members.iter().filter(|(name, member)| *name != consumer && member.held.len() > least).count();
    let fair = least + usize::from(with_more < extra);
    // First what it uses already, then what is free.
    let kept = reported.iter().filter(|shard| shards.contains(shard) && !others.contains(shard));
    let free = shards.iter().filter(|shard| !others.contains(shard) && !reported.contains(shard));
    let mine: Vec<i64> = kept.chain(free).take(fair).copied().collect();
    // What it must give back stays its own until it says that it did.
    let held = mine.iter().copied().chain(reported.iter().copied().filter(|shard| !others.contains(shard))).collect();
    members.insert(consumer.to_owned(), Member { heard_at: now, held });
    let mut mine = mine;
    mine.sort_unstable();
    mine
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SILENCE: Duration = Duration::from_secs(30);

    struct Bench {
        consumers: Consumers,
        now: Instant,
        uses: BTreeMap<&'static str, BTreeSet<i64>>,
    }

    impl Bench {
        fn new() -> Bench {
            Bench { consumers: Consumers::default(), now: Instant::now(), uses: BTreeMap::new() }
        }

        fn beat(&mut self, name: &'static str, shards: i64) -> usize {
            let used = self.uses.entry(name).or_default();
            let all = (0..shards).collect();
            let mine = self.consumers.heartbeat("l", "g", name, used, &all, SILENCE, self.now).unwrap();
            *used = mine.into_iter().collect();
            used.len()
        }
    }

    #[test]
    fn a_shard_moves_when_it_is_given_back() {
        let mut bench = Bench::new();
        assert_eq!(bench.beat("a", 4), 4);
        assert_eq!(bench.beat("b", 4), 0);
        assert_eq!(bench.beat("a", 4), 2);
        // The heartbeat in which it says so comes only now.
        assert_eq!(bench.beat("b", 4), 0);
        assert_eq!((bench.beat("a", 4), bench.beat("b", 4)), (2, 2));
        assert!(bench.consumers.holds("l", "g", "a", 0) != bench.consumers.holds("l", "g", "b", 0));
        bench.now += SILENCE * 2;
        assert_eq!(bench.beat("b", 4), 4);
    }

    proptest! {
        #[test]
        fn no_shard_is_used_twice_and_shares_become_fair(
            steps in proptest::collection::vec((0usize..4, 0u64..20), 1..60), shards in 1i64..9,
        ) {
            const NAMES: [&str; 4] = ["a", "b", "c", "d"];
            let mut bench = Bench::new();
            for (who, pause_s) in steps {
                bench.now += Duration::from_secs(pause_s);
                bench.beat(NAMES[who], shards);
                let now = bench.now;
                let groups = bench.consumers.0.lock();
                let members = &groups[&("l".to_owned(), "g".to_owned())];
                let alive: Vec<_> = members.iter().filter(|(_, m)| now.duration_since(m.heard_at) <= SILENCE).collect();
                let used: Vec<i64> = alive.iter().flat_map(|(name, _)| bench.uses[name.as_str()].iter().copied()).collect();
                prop_assert_eq!(used.iter().collect::<BTreeSet<_>>().len(), used.len());
            }
            for _ in 0..6 {
                NAMES.iter().for_each(|name| { bench.beat(name, shards); });
            }
            let sizes: Vec<usize> = bench.uses.values().map(BTreeSet::len).collect();
            prop_assert_eq!(sizes.iter().sum::<usize>() as i64, shards);
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }
    }
}
