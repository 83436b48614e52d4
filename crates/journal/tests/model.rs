//! The journal beside a simple model of it: random appends, reads, follows, truncations, faults, crashes.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use common::disk::{Fault, MemoryDisk};
use common::{Dice, follow_all, read_all, small, stream, wait, wait_until_ready};
use journal::{FileJournal, Follower, Journal, JournalError, Position, Record};
use proptest::prelude::*;

const STREAMS: [&str; 4] = ["events/1", "events/2", "logs/web/access", "x"];

#[derive(Debug, Clone)]
enum Action {
    /// Appends to these streams payloads of these sizes, all under way together.
    Append(Vec<(usize, usize)>),
    Read {
        stream: usize,
        from_percent: u8,
        max_records: usize,
    },
    Follow {
        batches: usize,
    },
    NewFollower,
    Truncate {
        stream: usize,
        percent: u8,
    },
    /// One of the next operations on the disk fails.
    Fault {
        skip: u64,
        full: bool,
    },
    Crash,
    Kill,
    Restart,
}

fn action() -> impl Strategy<Value = Action> {
    let one = (0..STREAMS.len(), prop_oneof![8 => 4..200_usize, 2 => 200..2_000_usize, 1 => 2_000..9_000_usize]);
    prop_oneof![
        10 => prop::collection::vec(one, 1..12).prop_map(Action::Append),
        3 => (0..STREAMS.len(), 0..=110_u8, 0..9_usize)
            .prop_map(|(stream, from_percent, max_records)| Action::Read { stream, from_percent, max_records }),
        3 => (1..4_usize).prop_map(|batches| Action::Follow { batches }),
        1 => Just(Action::NewFollower),
        3 => (0..STREAMS.len(), 0..=120_u8).prop_map(|(stream, percent)| Action::Truncate { stream, percent }),
        2 => (0..12_u64, any::<bool>()).prop_map(|(skip, full)| Action::Fault { skip, full }),
        1 => Just(Action::Crash),
        1 => Just(Action::Kill),
        1 => Just(Action::Restart),
    ]
}

/// What a stream must hold.
#[derive(Debug, Default)]
struct StreamModel {
    /// Records that were acknowledged or seen.
    settled: BTreeMap<Position, Bytes>,
    /// Payloads whose append failed or was cut off: each may turn up once, or never.
    open: BTreeSet<Bytes>,
    released: Position,
}

impl StreamModel {
    fn last(&self) -> Position {
        self.settled.last_key_value().map_or(0, |(position, _)| *position)
    }
}

struct World {
    disk: MemoryDisk,
    journal: FileJournal,
    streams: Vec<StreamModel>,
    follower: Box<dyn Follower>,
    /// The next position of each stream for the follower; none when it has not seen the stream.
    followed: Vec<Option<Position>>,
    dice: Dice,
    payloads_made: u32,
}

impl World {
    fn new(seed: u64) -> Self {
        let disk = MemoryDisk::new(seed);
        disk.set_short_writes(seed.is_multiple_of(2));
        let journal = FileJournal::open_storage(disk.storage(), small()).unwrap();
        let follower = journal.follow();
        let streams = STREAMS.iter().map(|_| StreamModel::default()).collect();
        let followed = vec![None; STREAMS.len()];
        Self { disk, journal, streams, follower, followed, dice: Dice::new(seed), payloads_made: 0 }
    }

    fn act(&mut self, action: &Action) {
        match action {
            Action::Append(appends) => self.append(appends),
            Action::Read { stream, from_percent, max_records } => self.read(*stream, *from_percent, *max_records),
            Action::Follow { batches } => (0..*batches).for_each(|_| self.follow()),
            Action::NewFollower => self.new_follower(),
            Action::Truncate { stream, percent } => self.truncate(*stream, *percent),
            Action::Fault { skip, full } => {
                self.disk.fail_after(*skip, if *full { Fault::Full } else { Fault::Error }, *full);
            }
            Action::Crash => {
                self.disk.crash();
                self.reopen();
            }
            Action::Kill => {
                self.disk.kill();
                self.reopen();
            }
            Action::Restart => {
                let closed = self.journal.close();
                assert!(closed.is_ok() || self.disk.faults_hit() > 0, "{closed:?}");
                self.disk.kill();
                self.reopen();
            }
        }
    }

    /// A payload like no other.
    fn payload(&mut self, bytes: usize) -> Bytes {
        self.payloads_made += 1;
        let mut payload = vec![self.dice.next() as u8; bytes.max(4)];
        payload[..4].copy_from_slice(&self.payloads_made.to_le_bytes());
        Bytes::from(payload)
    }

    fn append(&mut self, appends: &[(usize, usize)]) {
        let under_way: Vec<_> = appends
            .iter()
            .map(|(index, bytes)| {
                let payload = self.payload(*bytes);
                (*index, payload.clone(), self.journal.append(&stream(STREAMS[*index]), payload))
            })
            .collect();
        let mut refused = Vec::new();
        for (index, payload, future) in under_way {
            let model = &mut self.streams[index];
            // Some callers lose interest.
            if self.dice.below(10) == 0 {
                drop(future);
                model.open.insert(payload);
                continue;
            }
            match wait(future) {
                Ok(position) => {
                    let earlier = model.settled.insert(position, payload);
                    assert_eq!(earlier, None, "position {position} was given twice");
                }
                Err(error) => {
                    let is_known = matches!(error, JournalError::Failed { .. } | JournalError::DiskFull { .. });
                    assert!(is_known, "{error}");
                    model.open.insert(payload.clone());
                    refused.push((index, payload));
                }
            }
        }
        if !refused.is_empty() {
            let stopped = self.journal.ready().expect_err("it takes nothing");
            assert!(self.disk.faults_hit() > 0, "it fails only when the disk does");
            self.disk.clear_faults();
            if matches!(stopped, JournalError::DiskFull { .. }) && self.dice.coin() {
                wait_until_ready(&self.journal, "the disk has room again");
                // Nothing of them is kept once something else is written in their place.
                for (index, payload) in &refused {
                    self.streams[*index].open.remove(payload);
                }
            } else if self.dice.coin() {
                self.disk.crash();
                self.reopen();
            } else {
                self.disk.kill();
                self.reopen();
            }
        }
    }

    /// A record that somebody saw: settled before, or one of the open ones, which is settled from now on.
    fn settle(&mut self, record: &Record) {
        let index = STREAMS.iter().position(|name| *name == record.stream.as_str()).expect("a stream of ours");
        let model = &mut self.streams[index];
        match model.settled.get(&record.position) {
            Some(payload) => assert_eq!(*payload, record.payload, "{} {}", record.stream, record.position),
            None => {
                assert!(model.open.remove(&record.payload), "{} {} is unknown", record.stream, record.position);
                model.settled.insert(record.position, record.payload.clone());
            }
        }
    }

    fn read(&mut self, index: usize, from_percent: u8, max_records: usize) {
        let name = stream(STREAMS[index]);
        let last = self.streams[index].last();
        let from = last * u64::from(from_percent) / 100;
        match self.journal.read_from(&name, from, max_records) {
            Ok(records) => {
                assert!(records.len() <= max_records);
                assert!(!records.is_empty() || max_records == 0 || from > last, "position {from} of {last} is there");
                for (position, record) in (from..).zip(&records) {
                    assert_eq!((&record.stream, record.position), (&name, position));
                    self.settle(record);
                }
            }
            Err(JournalError::Truncated { first_retained }) => {
                assert!(from < first_retained && first_retained <= self.streams[index].released + 1);
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn follow(&mut self) {
        let behind = self.follower.seen_count() < self.journal.durable_count();
        let timeout = if behind { Duration::from_secs(10) } else { Duration::ZERO };
        match self.follower.next_batch(timeout) {
            Ok(records) => {
                assert!(!behind || !records.is_empty(), "there is something to see");
                for record in &records {
                    self.settle(record);
                    let index = STREAMS.iter().position(|name| *name == record.stream.as_str()).unwrap();
                    match &mut self.followed[index] {
                        Some(next) => assert_eq!(record.position, *next, "no gap and no double"),
                        unseen => {
                            assert!(record.position <= self.streams[index].released + 1, "no gap at the start");
                            *unseen = Some(record.position);
                        }
                    }
                    self.followed[index] = Some(record.position + 1);
                }
            }
            Err(JournalError::FollowerBehind { next_record, first_retained_record }) => {
                assert!(next_record < first_retained_record);
                assert!(self.streams.iter().any(|model| model.released > 0));
                self.new_follower();
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn new_follower(&mut self) {
        self.follower = self.journal.follow();
        self.followed = vec![None; STREAMS.len()];
    }

    fn truncate(&mut self, index: usize, percent: u8) {
        let model = &mut self.streams[index];
        let position = model.last() * u64::from(percent) / 100;
        // Abandoned appends may have made the stream longer than the model knows.
        model.released = model.released.max(position);
        let outcome = self.journal.truncate_until(&stream(STREAMS[index]), position);
        assert!(outcome.is_ok() || self.disk.faults_hit() > 0, "{outcome:?}");
    }

    fn reopen(&mut self) {
        // The old handle is of an earlier life: closing it cannot reach the disk. What it still holds is lost.
        drop(self.journal.close());
        let opened = FileJournal::open_storage(self.disk.storage(), small());
        self.journal = opened.unwrap_or_else(|error| panic!("a crash must not prevent opening: {error}"));
        self.verify();
        for model in &mut self.streams {
            model.open.clear();
        }
        self.new_follower();
    }

    /// Everything that must be kept is there, and nothing else.
    fn verify(&mut self) {
        let read = read_all(&self.journal);
        for record in &read {
            self.settle(record);
        }
        for (index, name) in STREAMS.iter().enumerate() {
            let model = &self.streams[index];
            let row = self.journal.streams().into_iter().find(|(stream, _, _)| stream.as_str() == *name);
            let (first, last) = row.map_or((1, 0), |(_, first, last)| (first, last));
            assert_eq!(last, model.last(), "the last position of {name}");
            assert!(first <= model.released + 1, "{name} keeps what is not released");
            // Before the first one kept, a position may have gone to an append that nobody waited for.
            let dense = (first..=last).all(|position| model.settled.contains_key(&position));
            assert!(dense, "the positions of {name} are dense");
        }
        let key = |record: &Record| (record.stream.clone(), record.position);
        let mut followed = follow_all(&self.journal);
        followed.sort_by_key(key);
        assert_eq!(followed, read, "followers and readers see the same");
        self.disk.assert_contract_kept();
    }

    fn finish(mut self) {
        self.disk.clear_faults();
        let closed = self.journal.close();
        assert!(closed.is_ok() || self.disk.faults_hit() > 0, "{closed:?}");
        self.disk.crash();
        self.reopen();
    }
}

proptest! {
    #[test]
    fn the_journal_keeps_its_contract(seed in any::<u64>(), actions in prop::collection::vec(action(), 1..40)) {
        let mut world = World::new(seed);
        for action in &actions {
            world.act(action);
        }
        world.finish();
    }
}
