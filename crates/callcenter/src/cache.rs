//! What the busiest calls need of an instance, in memory: owner, members with their strongest role, settings.
//!
//! **Single writer.** Entries are read from the database on first use and forgotten when this process commits a change.
//! Nobody tells this process of changes made by another one, so one database belongs to one running server. Serving one
//! database from several processes needs a notice between them first (PostgreSQL `LISTEN`), and this file is the place.
//!
//! **No stale entry.** A reader may load the rows before a commit and want to store them after the commit's
//! [`InstanceCache::forget`]. Every `forget` therefore advances a generation, and an entry is stored only if the
//! generation is still the one from before its rows were read.
//!
//! Unknown ids are not kept: a caller could fill the memory with them.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::limits::MAX_CACHED_INSTANCES;
use crate::user::Role;

/// What is kept of an instance.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InstanceFacts {
    /// `InstanceId`
    pub(crate) id: String,
    /// The account that owns it.
    pub(crate) account_id: String,
    /// Strongest role of each user, by RAM user id.
    pub(crate) roles: HashMap<String, Role>,
    /// Settings by name.
    pub(crate) config_items: HashMap<String, String>,
}

/// State of the cache before rows were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

/// Clones share one memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct InstanceCache {
    // A read-write lock: thousands of readers a second, hardly a writer, and nothing waits while it is held.
    inner: Arc<RwLock<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    generation: u64,
    instances: HashMap<String, Arc<InstanceFacts>>,
}

impl InstanceCache {
    /// The entry of an instance, or the generation to give [`InstanceCache::keep`] with its rows.
    pub(crate) fn find(&self, instance_id: &str) -> Result<Arc<InstanceFacts>, Generation> {
        let inner = self.inner.read();
        inner.instances.get(instance_id).cloned().ok_or(Generation(inner.generation))
    }

    /// Keeps rows that were read since `before`, unless something was changed meanwhile.
    pub(crate) fn keep(&self, before: Generation, facts: Arc<InstanceFacts>) {
        let mut inner = self.inner.write();
        if inner.generation != before.0 {
            return;
        }
        if inner.instances.len() >= MAX_CACHED_INSTANCES {
            inner.instances.clear();
        }
        inner.instances.insert(facts.id.clone(), facts);
    }

    /// Forgets an instance; called after every commit that changed it.
    pub(crate) fn forget(&self, instance_id: &str) {
        let mut inner = self.inner.write();
        inner.generation += 1;
        inner.instances.remove(instance_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(id: &str) -> Arc<InstanceFacts> {
        Arc::new(InstanceFacts {
            id: id.to_owned(),
            account_id: "1059804828509".to_owned(),
            roles: HashMap::new(),
            config_items: HashMap::new(),
        })
    }

    #[test]
    fn rows_read_before_a_change_are_not_kept() {
        let cache = InstanceCache::default();
        let before = cache.find("a").expect_err("empty");
        cache.forget("a");
        cache.keep(before, facts("a"));
        let after = cache.find("a").expect_err("read before the change");
        cache.keep(after, facts("a"));
        assert_eq!(cache.find("a"), Ok(facts("a")));
        cache.forget("a");
        assert!(cache.find("a").is_err());
    }

    #[test]
    fn the_memory_is_bounded() {
        let cache = InstanceCache::default();
        let generation = cache.find("x").expect_err("empty");
        for number in 0..=MAX_CACHED_INSTANCES {
            cache.keep(generation, facts(&number.to_string()));
        }
        assert_eq!(cache.inner.read().instances.len(), 1);
    }
}
