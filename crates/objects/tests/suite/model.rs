//! Random use of a storage with a small cache against plain maps, with damage to the cache's files and restarts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use objects::ObjectStorage;
use proptest::prelude::*;
use store::write::SegmentStorage;

use crate::fake::{Fake, content, disk_bytes};

const CACHE_BYTES: u64 = 2 * 1024 * 1024;
const NAMES: [&str; 6] = ["a.idx", "a.parquet", "b.idx", "b.parquet", "d/c.idx", "d/c.parquet"];

#[derive(Debug, Clone)]
enum Step {
    Put(usize, u64, usize),
    Read(usize, f64, f64),
    Remove(usize),
    Flip(usize, f64),
    Cut(usize, f64),
    Swap(usize, usize),
    Reopen,
    Away(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let name = 0..NAMES.len();
    prop_oneof![
        3 => (name.clone(), any::<u64>(), 0usize..1_200_000).prop_map(|(name, seed, len)| Step::Put(name, seed, len)),
        8 => (name.clone(), 0.0..1.0, 0.0..1.0).prop_map(|(name, from, len)| Step::Read(name, from, len)),
        1 => name.prop_map(Step::Remove),
        2 => (any::<usize>(), 0.0..1.0).prop_map(|(file, at)| Step::Flip(file, at)),
        1 => (any::<usize>(), 0.0..1.0).prop_map(|(file, at)| Step::Cut(file, at)),
        1 => (any::<usize>(), any::<usize>()).prop_map(|(left, right)| Step::Swap(left, right)),
        1 => Just(Step::Reopen),
        1 => any::<bool>().prop_map(Step::Away),
    ]
}

struct Bench {
    folder: tempfile::TempDir,
    fake: Arc<Fake>,
    storage: ObjectStorage,
    model: BTreeMap<&'static str, Vec<u8>>,
}

impl Bench {
    fn new() -> Bench {
        let (folder, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
        let storage = fake.behind_cache(folder.path(), CACHE_BYTES);
        Bench { folder, fake, storage, model: BTreeMap::new() }
    }

    fn is_away(&self) -> bool {
        self.fake.is_away.load(Ordering::SeqCst)
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Put(name, seed, len) => {
                let bytes = content(*seed, *len);
                let put = self.storage.put(NAMES[*name], &bytes);
                assert_eq!(put.is_err(), self.is_away());
                if put.is_ok() {
                    self.model.insert(NAMES[*name], bytes);
                }
            }
            Step::Read(name, from, len) => self.read(NAMES[*name], *from, *len),
            Step::Remove(name) => {
                let removed = self.storage.remove(NAMES[*name]);
                assert_eq!(removed.is_err(), self.is_away());
                if removed.is_ok() {
                    self.model.remove(NAMES[*name]);
                }
            }
            Step::Flip(file, at) => self.damage(*file, |bytes| {
                let at = (bytes.len() as f64 * at) as usize;
                bytes[at] ^= 0x10;
            }),
            Step::Cut(file, at) => self.damage(*file, |bytes| bytes.truncate((bytes.len() as f64 * at) as usize)),
            Step::Swap(left, right) => {
                let files = files(self.folder.path());
                if files.is_empty() {
                    return;
                }
                let (from, to) = (&files[left % files.len()], &files[right % files.len()]);
                // Damage does not make files larger, or the bound would be ours to break.
                if from != to && from.metadata().unwrap().len() <= to.metadata().unwrap().len() {
                    std::fs::copy(from, to).unwrap();
                }
            }
            Step::Reopen => self.storage = self.fake.behind_cache(self.folder.path(), CACHE_BYTES),
            Step::Away(is_away) => self.fake.is_away.store(*is_away, Ordering::SeqCst),
        }
    }

    fn read(&self, name: &str, from: f64, len: f64) {
        let object = match self.storage.open(name) {
            Ok(object) => object,
            Err(_) => return assert!(self.is_away() || !self.model.contains_key(name), "{name} is there"),
        };
        let expected = self.model.get(name).unwrap_or_else(|| panic!("{name} is not there"));
        assert_eq!(object.byte_len().unwrap(), expected.len() as u64);
        let start = (expected.len() as f64 * from) as usize;
        // Short reads are the usual ones.
        let len = ((expected.len() - start) as f64 * len.powi(4)) as usize;
        match object.read_at(start as u64, len) {
            Ok(bytes) => assert!(bytes == expected[start..start + len], "{name}, {len} bytes from {start}"),
            Err(_) => assert!(self.is_away(), "the storage is there"),
        }
    }

    fn damage(&self, file: usize, change: impl Fn(&mut Vec<u8>)) {
        let files = files(self.folder.path());
        if files.is_empty() {
            return;
        }
        let path = &files[file % files.len()];
        let mut bytes = std::fs::read(path).unwrap();
        if !bytes.is_empty() {
            change(&mut bytes);
            std::fs::write(path, bytes).unwrap();
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn reads_are_exact_and_the_folder_is_bounded(steps in proptest::collection::vec(step(), 1..80)) {
        let mut bench = Bench::new();
        for step in &steps {
            bench.take(step);
            prop_assert!(disk_bytes(bench.folder.path()) <= CACHE_BYTES, "{step:?}");
            prop_assert!(bench.storage.stats().cache_bytes <= CACHE_BYTES);
        }
        bench.fake.is_away.store(false, Ordering::SeqCst);
        for name in NAMES {
            bench.read(name, 0.0, 1.0);
        }
    }
}
