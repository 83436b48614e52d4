//! A disk in memory that keeps the contract of `Storage` and no more: what is not synced may be lost in any combination,
//! any operation can be made to fail, and a journal that breaks its own promises is told so by a panic.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use journal::storage::{JournalFile, Storage, StorageLock};

use super::Dice;

const SECTOR: usize = 512;

/// What goes wrong with one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A write leaves nothing, or a part, behind. A sync writes a part and forgets the rest, as systems do. Every other
    /// operation does nothing.
    Error,
    /// Like `Error`, with the disk being full.
    Full,
}

#[derive(Debug, Default)]
struct Content {
    durable: Vec<u8>,
    visible: Vec<u8>,
    /// Sectors that the next sync will write.
    dirty: BTreeSet<usize>,
    length_dirty: bool,
    cut_not_synced: bool,
}

#[derive(Debug, Clone)]
enum DirChange {
    Link(String, u64),
    Unlink(String),
    Rename(String, String, u64),
}

#[derive(Debug)]
struct State {
    files: HashMap<u64, Content>,
    next_file: u64,
    names: BTreeMap<String, u64>,
    durable_names: BTreeMap<String, u64>,
    changes: Vec<DirChange>,
    /// Handles of an earlier life are dead.
    life: u64,
    locked: bool,
    dice: Dice,
    short_writes: bool,
    free_bytes: u64,
    operations: u64,
    fault: Option<(u64, Fault)>,
    /// A fault that stays until it is cleared.
    stays: bool,
    faults_hit: u64,
    violation: Option<String>,
}

/// The disk. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct MemoryDisk(Arc<Mutex<State>>);

impl MemoryDisk {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            files: HashMap::new(),
            next_file: 1,
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            changes: Vec::new(),
            life: 1,
            locked: false,
            dice: Dice::new(seed),
            short_writes: false,
            free_bytes: 1 << 40,
            operations: 0,
            fault: None,
            stays: false,
            faults_hit: 0,
            violation: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The storage as one process sees it, until the next crash.
    pub fn storage(&self) -> Arc<dyn Storage> {
        Arc::new(View { disk: self.clone(), life: self.state().life })
    }

    /// Makes the operation after `skip` others fail; all after it too when it `stays`.
    pub fn fail_after(&self, skip: u64, fault: Fault, stays: bool) {
        let mut state = self.state();
        let at = state.operations + skip;
        state.fault = Some((at, fault));
        state.stays = stays;
    }

    pub fn clear_faults(&self) {
        self.state().fault = None;
    }

    pub fn faults_hit(&self) -> u64 {
        self.state().faults_hit
    }

    /// Number of operations so far that change something.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    pub fn set_short_writes(&self, on: bool) {
        self.state().short_writes = on;
    }

    pub fn set_free_bytes(&self, bytes: u64) {
        self.state().free_bytes = bytes;
    }

    /// The power fails: everything that is not synced survives or is lost, as the dice fall.
    pub fn crash(&self) {
        let mut state = self.state();
        let state = &mut *state;
        state.life += 1;
        state.locked = false;
        state.fault = None;
        for content in state.files.values_mut() {
            content.crash(&mut state.dice);
        }
        for change in std::mem::take(&mut state.changes) {
            if state.dice.coin() {
                apply(&mut state.durable_names, &change);
            }
        }
        state.names = state.durable_names.clone();
    }

    /// The process is killed: nothing is lost, but nothing is synced either.
    pub fn kill(&self) {
        let mut state = self.state();
        state.life += 1;
        state.locked = false;
        state.fault = None;
    }

    /// Names and bytes of all files as they are seen now.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.state();
        state.names.iter().map(|(name, id)| (name.clone(), state.files[id].visible.clone())).collect()
    }

    /// A disk with these files, all of them synced.
    pub fn with_files(files: &BTreeMap<String, Vec<u8>>) -> Self {
        let disk = Self::new(1);
        for (name, bytes) in files {
            disk.put(name, bytes.clone());
        }
        disk
    }

    /// Puts a synced file there, over what has the name.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut state = self.state();
        let id = state.next_file;
        state.next_file += 1;
        state.files.insert(id, Content { durable: bytes.clone(), visible: bytes, ..Content::default() });
        state.names.insert(name.to_owned(), id);
        state.durable_names.insert(name.to_owned(), id);
    }

    /// Panics when the journal broke one of its promises to the storage.
    pub fn assert_contract_kept(&self) {
        assert_eq!(self.state().violation, None);
    }
}

impl Content {
    fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        if end > self.visible.len() {
            // What lies between the old end and the write reads as zeros, and is written with it.
            self.dirty.extend(self.visible.len() / SECTOR..=offset / SECTOR);
            self.visible.resize(end, 0);
            self.length_dirty = true;
        }
        self.visible[offset..end].copy_from_slice(bytes);
        if !bytes.is_empty() {
            self.dirty.extend(offset / SECTOR..=(end - 1) / SECTOR);
        }
    }

    fn sync(&mut self) {
        self.durable.resize(self.visible.len(), 0);
        for sector in std::mem::take(&mut self.dirty) {
            self.keep(sector);
        }
        self.length_dirty = false;
        self.cut_not_synced = false;
    }

    /// A sync that fails: some sectors get to the disk, and the system believes that all did.
    fn sync_badly(&mut self, dice: &mut Dice) {
        if dice.coin() {
            self.durable.resize(self.visible.len(), 0);
        }
        for sector in std::mem::take(&mut self.dirty) {
            if dice.coin() {
                self.keep(sector);
            }
        }
    }

    fn crash(&mut self, dice: &mut Dice) {
        if self.length_dirty {
            let (shorter, longer) =
                (self.durable.len().min(self.visible.len()), self.durable.len().max(self.visible.len()));
            let length = match dice.below(3) {
                0 => shorter,
                1 => longer,
                _ => shorter + dice.below(longer - shorter + 1),
            };
            self.durable.resize(length, 0);
        }
        let lose_one_in = 1 + dice.below(4);
        for sector in std::mem::take(&mut self.dirty) {
            if dice.below(lose_one_in) != 0 {
                self.keep(sector);
            }
        }
        self.length_dirty = false;
        self.cut_not_synced = false;
        self.visible = self.durable.clone();
    }

    /// Puts the visible bytes of a sector on the disk, as far as the disk is long.
    fn keep(&mut self, sector: usize) {
        let start = sector * SECTOR;
        let end = (start + SECTOR).min(self.visible.len()).min(self.durable.len());
        if start < end {
            self.durable[start..end].copy_from_slice(&self.visible[start..end]);
        }
    }
}

fn apply(names: &mut BTreeMap<String, u64>, change: &DirChange) {
    match change {
        DirChange::Link(name, id) => {
            names.insert(name.clone(), *id);
        }
        DirChange::Unlink(name) => {
            names.remove(name);
        }
        DirChange::Rename(from, to, id) => {
            names.remove(from);
            names.insert(to.clone(), *id);
        }
    }
}

impl State {
    /// Counts an operation; an error when it is to fail.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        let Some((at, fault)) = self.fault else { return Ok(()) };
        if self.operations <= at {
            return Ok(());
        }
        if !self.stays {
            self.fault = None;
        }
        self.faults_hit += 1;
        Err(match fault {
            Fault::Error => io::Error::other("injected fault"),
            Fault::Full => io::ErrorKind::StorageFull.into(),
        })
    }

    /// The journal broke a promise. The panic may happen on its thread, so it is kept as well.
    fn require(&mut self, kept: bool, promise: &str) {
        if !kept {
            self.violation = Some(promise.to_owned());
            panic!("{promise}");
        }
    }

    fn change(&mut self, change: DirChange) {
        apply(&mut self.names, &change);
        self.changes.push(change);
    }
}

/// The disk as one process sees it.
#[derive(Debug)]
struct View {
    disk: MemoryDisk,
    life: u64,
}

impl View {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.life == self.life { Ok(state) } else { Err(io::Error::other("the process has ended")) }
    }

    fn handle(&self, id: u64) -> Box<dyn JournalFile> {
        let view = Self { disk: self.disk.clone(), life: self.life };
        Box::new(Handle { view, id, sync_failed: std::sync::atomic::AtomicBool::new(false) })
    }
}

struct LockGuard(View);

impl Drop for LockGuard {
    fn drop(&mut self) {
        if let Ok(mut state) = self.0.state() {
            state.locked = false;
        }
    }
}

impl Storage for View {
    fn lock(&self) -> io::Result<Option<StorageLock>> {
        let mut state = self.state()?;
        if std::mem::replace(&mut state.locked, true) {
            return Ok(None);
        }
        Ok(Some(Box::new(LockGuard(Self { disk: self.disk.clone(), life: self.life }))))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state()?.names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        let mut state = self.state()?;
        state.operate()?;
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let id = state.next_file;
        state.next_file += 1;
        state.files.insert(id, Content::default());
        state.change(DirChange::Link(name.to_owned(), id));
        Ok(self.handle(id))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        self.open_read(name)
    }

    fn open_read(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        let id = self.state()?.names.get(name).copied();
        id.map(|id| self.handle(id)).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state()?;
        state.operate()?;
        let id = *state.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        let content = &state.files[&id];
        let synced = content.dirty.is_empty() && !content.length_dirty;
        state.require(synced, "a file is renamed only when all its bytes are synced");
        state.change(DirChange::Rename(from.to_owned(), to.to_owned(), id));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state()?;
        state.operate()?;
        if !state.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if name.ends_with(".log") {
            let another =
                state.changes.iter().any(|change| matches!(change, DirChange::Unlink(n) if n.ends_with(".log")));
            state.require(!another, "removals are synced one by one");
            let oldest = state.names.keys().find(|other| other.ends_with(".log")).map(String::as_str) == Some(name);
            state.require(oldest, "the oldest file is removed first");
        }
        state.change(DirChange::Unlink(name.to_owned()));
        Ok(())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut state = self.state()?;
        state.operate()?;
        state.changes.clear();
        state.durable_names = state.names.clone();
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.state()?.free_bytes)
    }

    fn describe(&self) -> String {
        "memory".to_owned()
    }
}

struct Handle {
    view: View,
    id: u64,
    sync_failed: std::sync::atomic::AtomicBool,
}

impl Handle {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        self.view.state()
    }
}

impl JournalFile for Handle {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state()?;
        let short = state.short_writes && state.dice.coin();
        let visible = &state.files[&self.id].visible;
        let start = (offset as usize).min(visible.len());
        let mut count = buffer.len().min(visible.len() - start);
        if short {
            count = count.div_ceil(2);
        }
        buffer[..count].copy_from_slice(&visible[start..start + count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state()?;
        let failed_before = self.sync_failed.load(std::sync::atomic::Ordering::SeqCst);
        state.require(!failed_before, "nothing is written after a failed sync");
        let content = &state.files[&self.id];
        let behind_cut = content.cut_not_synced && offset as usize + bytes.len() > content.visible.len();
        state.require(!behind_cut, "a cut is synced before something is written behind it");
        let name = state.names.iter().find(|(_, id)| **id == self.id).map(|(name, _)| name.clone());
        let lasting =
            name.as_ref().is_some_and(|name| name.ends_with(".new") || state.durable_names.contains_key(name));
        state.require(lasting, "records are written only to a file whose name is synced");
        let outcome = state.operate();
        let partly = state.dice.below(bytes.len() + 1);
        let count = match &outcome {
            Ok(()) if state.short_writes && state.dice.coin() => bytes.len().div_ceil(2),
            Ok(()) => bytes.len(),
            Err(_) => partly,
        };
        if let Some(content) = state.files.get_mut(&self.id) {
            content.write(offset as usize, &bytes[..count]);
        }
        outcome.map(|()| count)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut guard = self.state()?;
        let state = &mut *guard;
        let outcome = state.operate();
        if let Some(content) = state.files.get_mut(&self.id) {
            match &outcome {
                Ok(()) => content.sync(),
                Err(_) => {
                    self.sync_failed.store(true, std::sync::atomic::Ordering::SeqCst);
                    content.sync_badly(&mut state.dice);
                }
            }
        }
        outcome
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.state()?;
        state.operate()?;
        if let Some(content) = state.files.get_mut(&self.id) {
            content.cut_not_synced |= (bytes as usize) < content.visible.len();
            content.visible.resize(bytes as usize, 0);
            content.length_dirty = true;
        }
        Ok(())
    }

    fn byte_len(&self) -> io::Result<u64> {
        Ok(self.state()?.files[&self.id].visible.len() as u64)
    }
}
