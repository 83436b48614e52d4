//! `cairn log tail`: logs as they come.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use logstore::client::LogStoreClient;
use logstore::wire::{LogGroup, PutLog};
use openapi::client::block;
use serde_json::{Map, Value};

use crate::commands::CommandError;

/// Pause when nothing new is there.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the shards are listed: a split makes new ones. Each listing is a call that is recorded.
const SHARDS_PAUSE: Duration = Duration::from_secs(10);

/// A shard that is followed.
struct Followed {
    number: u64,
    cursor: String,
    /// A split or merge has closed it: nothing comes behind what is there.
    is_closed: bool,
}

struct Tail<'a> {
    client: &'a LogStoreClient,
    project: &'a str,
    logstore: &'a str,
    known: BTreeSet<u64>,
    followed: Vec<Followed>,
}

pub(super) fn run(client: &LogStoreClient, project: &str, logstore: &str) -> Result<(), CommandError> {
    let mut tail = Tail { client, project, logstore, known: BTreeSet::new(), followed: Vec::new() };
    tail.list("end")?;
    eprintln!("following {} shards", tail.followed.len());
    let mut listed_at = Instant::now();
    loop {
        if listed_at.elapsed() >= SHARDS_PAUSE {
            // Whatever is in a shard that came since then is new.
            tail.list("begin")?;
            listed_at = Instant::now();
        }
        if !tail.pull()? {
            block(PAUSE);
        }
    }
}

impl Tail<'_> {
    /// Looks for shards, and follows new ones from a place on.
    fn list(&mut self, from: &str) -> Result<(), CommandError> {
        let shards = self.client.get(self.project, &format!("/logstores/{}/shards", self.logstore), &[])?;
        for shard in shards.as_array().into_iter().flatten() {
            let Some(number) = shard["shardID"].as_u64() else { continue };
            let is_closed = shard["status"] != "readwrite";
            if self.known.insert(number) {
                let cursor = self.client.cursor(self.project, self.logstore, number, from)?;
                self.followed.push(Followed { number, cursor, is_closed });
            } else if let Some(followed) = self.followed.iter_mut().find(|followed| followed.number == number) {
                followed.is_closed = is_closed;
            }
        }
        Ok(())
    }

    /// Shows what is new; whether anything was.
    fn pull(&mut self) -> Result<bool, CommandError> {
        let mut is_any = false;
        for index in (0..self.followed.len()).rev() {
            let Followed { number, cursor, is_closed } = &mut self.followed[index];
            let (list, next) = self.client.pull(self.project, self.logstore, *number, cursor)?;
            let is_read = list.groups.is_empty();
            is_any |= !is_read;
            for group in &list.groups {
                group.logs.iter().for_each(|log| println!("{}", shown(group, log)));
            }
            *cursor = next;
            if is_read && *is_closed {
                self.followed.remove(index);
            }
        }
        Ok(is_any)
    }
}

/// A log as a search shows it.
fn shown(group: &LogGroup, log: &PutLog) -> Value {
    let text = |text: &Option<String>| Value::String(text.clone().unwrap_or_default());
    let mut members = Map::new();
    members.insert("__time__".to_owned(), log.time.unwrap_or_default().to_string().into());
    if let Some(time_ns) = log.time_ns {
        members.insert("__time_ns_part__".to_owned(), time_ns.to_string().into());
    }
    members.insert("__source__".to_owned(), text(&group.source));
    members.insert("__topic__".to_owned(), text(&group.topic));
    for tag in &group.log_tags {
        members.insert(format!("__tag__:{}", tag.key.as_deref().unwrap_or_default()), text(&tag.value));
    }
    for content in &log.contents {
        members.insert(content.key.clone().unwrap_or_default(), text(&content.value));
    }
    Value::Object(members)
}
