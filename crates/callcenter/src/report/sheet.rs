//! All tallies of one span of time: a day, five minutes, or several days merged.

use std::collections::BTreeMap;

use crate::report::tally::{Line, Queue, Tally, Traffic};

/// The agent of what belongs to no agent: a survey that only a skill group is known of. Never in an agents' report.
pub(crate) const NOBODY: &str = "";

/// Tallies by whom they belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// By RAM user id.
    pub(crate) agents: BTreeMap<String, AgentSheet>,
    /// By skill group id.
    pub(crate) queues: BTreeMap<String, QueueSheet>,
    /// By number of the call centre.
    pub(crate) numbers: BTreeMap<String, Traffic>,
    /// Of the instance.
    pub(crate) line: Line,
}

/// An agent's part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AgentSheet {
    /// Name for people, as the last call had it; empty if none had.
    pub(crate) name: String,
    /// All his work.
    pub(crate) all: Tally,
    /// His work for each skill group, by its id. Time without calls counts for every group that he is checked in to.
    pub(crate) groups: BTreeMap<String, Tally>,
}

/// A skill group's queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct QueueSheet {
    /// The group's name, as the last entry had it.
    pub(crate) name: String,
    /// Its figures.
    pub(crate) queue: Queue,
}

/// The entry of a key, without copying the key when it is there.
pub(super) fn entry<'m, V: Default>(map: &'m mut BTreeMap<String, V>, key: &str) -> &'m mut V {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), V::default());
    }
    map.get_mut(key).unwrap_or_else(|| unreachable!("it was inserted"))
}

/// Merges what `later` has into the entries of the same keys. Both are walked side by side: a month has hundreds of
/// thousands of entries, nearly all of them in both.
fn merge_maps<V: Default>(mine: &mut BTreeMap<String, V>, later: &BTreeMap<String, V>, merge: impl Fn(&mut V, &V)) {
    let mut new = Vec::new();
    let mut known = mine.iter_mut().peekable();
    for (key, value) in later {
        while known.next_if(|(known, _)| *known < key).is_some() {}
        match known.next_if(|(known, _)| *known == key) {
            Some((_, known)) => merge(known, value),
            None => new.push((key, value)),
        }
    }
    for (key, value) in new {
        merge(entry(mine, key), value);
    }
}

impl Sheet {
    /// Nothing happened.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in another span. `later` decides on names.
    pub(crate) fn merge(&mut self, later: &Self) {
        merge_maps(&mut self.agents, &later.agents, AgentSheet::merge);
        merge_maps(&mut self.queues, &later.queues, |mine, queue| {
            mine.queue.merge(&queue.queue);
            take_name(&mut mine.name, &queue.name);
        });
        merge_maps(&mut self.numbers, &later.numbers, Traffic::merge);
        self.line.merge(&later.line);
    }

    /// One agent's figures, of all his work or of one group; `None` if he had none.
    pub(crate) fn of_agent(&self, agent_id: &str, skill_group_id: Option<&str>) -> Option<&Tally> {
        let agent = self.agents.get(agent_id)?;
        match skill_group_id {
            None => Some(&agent.all),
            Some(group) => agent.groups.get(group),
        }
    }

    /// All skill groups' figures in one pass, by id.
    pub(crate) fn by_group(&self) -> BTreeMap<&str, Tally> {
        let mut groups: BTreeMap<&str, Tally> = BTreeMap::new();
        for (id, tally) in self.agents.values().flat_map(|agent| &agent.groups) {
            groups.entry(id).or_default().merge(tally);
        }
        groups
    }

    /// The instance's figures: all work of all agents.
    pub(crate) fn of_instance(&self) -> Tally {
        let mut total = Tally::default();
        for agent in self.agents.values() {
            total.merge(&agent.all);
        }
        total
    }

    /// One skill group's queue.
    pub(crate) fn queue_of(&self, skill_group_id: &str) -> Queue {
        self.queues.get(skill_group_id).map(|sheet| sheet.queue).unwrap_or_default()
    }

    /// All queues together.
    pub(crate) fn all_queues(&self) -> Queue {
        let mut total = Queue::default();
        for sheet in self.queues.values() {
            total.merge(&sheet.queue);
        }
        total
    }

    /// How many tallies of agents it holds: its size in memory, nearly.
    pub(crate) fn cells(&self) -> usize {
        self.agents.values().map(|agent| 1 + agent.groups.len()).sum::<usize>() + self.queues.len() + self.numbers.len()
    }
}

impl AgentSheet {
    fn merge(&mut self, later: &Self) {
        take_name(&mut self.name, &later.name);
        self.all.merge(&later.all);
        merge_maps(&mut self.groups, &later.groups, Tally::merge);
    }
}

/// The newer name, if there is one.
pub(super) fn take_name(name: &mut String, newer: &str) {
    if !newer.is_empty() && name != newer {
        newer.clone_into(name);
    }
}
