//! What the cache saves, and what happens when many ask at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use store::write::SegmentStorage;

use crate::fake::{Fake, content};

const MIB: usize = 1024 * 1024;
const BLOCK: usize = 256 * 1024;

#[test]
fn what_was_put_is_read_without_the_storage() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let storage = fake.behind_cache(folder.path(), 16 * MIB as u64);
    let bytes = content(1, 3 * MIB + 5);
    storage.put("a.parquet", &bytes).unwrap();
    let others = fake.others.load(Ordering::SeqCst);
    let again = fake.behind_cache(folder.path(), 16 * MIB as u64);
    for storage in [&storage, &again] {
        let object = storage.open("a.parquet").unwrap();
        assert_eq!(object.byte_len().unwrap(), bytes.len() as u64);
        assert_eq!(object.read_at(BLOCK as u64 - 3, 7).unwrap(), bytes[BLOCK - 3..BLOCK + 4]);
        assert_eq!(object.read_at(0, bytes.len()).unwrap(), bytes[..]);
        assert_eq!(object.read_at(bytes.len() as u64, 0).unwrap().len(), 0);
        assert!(object.read_at(bytes.len() as u64, 1).is_err() && object.read_at(u64::MAX, 2).is_err());
    }
    assert_eq!((fake.read_count(), fake.others.load(Ordering::SeqCst)), (0, others), "after a restart, too");
}

#[test]
fn an_index_is_fetched_whole_and_rows_by_blocks() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let (index, rows) = (content(1, 2 * MIB + 9), content(2, 2 * MIB + 9));
    fake.objects.lock().insert("a.idx".to_owned(), index.clone().into());
    fake.objects.lock().insert("a.parquet".to_owned(), rows.clone().into());
    let storage = fake.behind_cache(folder.path(), 16 * MIB as u64);
    let object = storage.open("a.idx").unwrap();
    assert_eq!(fake.others.load(Ordering::SeqCst), 0, "its length came with it");
    assert_eq!(object.read_at(MIB as u64, 100).unwrap(), index[MIB..MIB + 100]);
    assert_eq!(object.read_at(0, 10).unwrap(), index[..10]);
    assert_eq!(*fake.reads.lock(), [("a.idx".to_owned(), 0..index.len() as u64)]);
    let object = storage.open("a.parquet").unwrap();
    let from = 2 * BLOCK - 1;
    assert_eq!(object.read_at(from as u64, 2).unwrap(), rows[from..from + 2]);
    assert_eq!(object.read_at(from as u64, 2).unwrap(), rows[from..from + 2]);
    assert_eq!(
        fake.reads.lock()[1..],
        [("a.parquet".to_owned(), BLOCK as u64..3 * BLOCK as u64)],
        "two blocks, one request"
    );
    let stats = storage.stats();
    assert_eq!((stats.cache_misses, stats.fetched_bytes), (9 + 2, (index.len() + 2 * BLOCK) as u64));
}

#[test]
fn scans_do_not_push_out_what_lookups_need() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let rows = content(3, 20 * MIB);
    fake.objects.lock().insert("a.parquet".to_owned(), rows.clone().into());
    let storage = fake.behind_cache(folder.path(), 8 * MIB as u64);
    storage.put("b.idx", &content(4, MIB)).unwrap();
    let before = storage.stats().cache_bytes;
    assert_eq!(storage.open("a.parquet").unwrap().read_at(0, rows.len()).unwrap(), rows[..]);
    let length_block = 4096;
    assert_eq!(storage.stats().cache_bytes, before + length_block);
    storage.put("large.parquet", &rows).unwrap();
    assert_eq!(storage.stats().cache_bytes, before + length_block, "a file of more than a quarter goes past, too");
}

#[test]
fn many_readers_of_a_missing_block_fetch_it_once() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let rows = content(5, 4 * BLOCK);
    fake.objects.lock().insert("a.parquet".to_owned(), rows.clone().into());
    let storage = fake.behind_cache(folder.path(), 16 * MIB as u64);
    let object = storage.open("a.parquet").unwrap();
    *fake.holds.lock() = true;
    std::thread::scope(|scope| {
        // Ranges that overlap in both directions, as a ring of waiting threads would need.
        let ranges = [(0, 2 * BLOCK), (BLOCK, 2 * BLOCK), (2 * BLOCK, 2 * BLOCK), (0, 4 * BLOCK), (BLOCK, 10)];
        for (start, len) in ranges.into_iter().cycle().take(20) {
            let (object, rows) = (&object, &rows);
            scope.spawn(move || assert_eq!(object.read_at(start as u64, len).unwrap(), rows[start..start + len]));
        }
        let start = Instant::now();
        while fake.waiting.load(Ordering::SeqCst) == 0 {
            assert!(start.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
        *fake.holds.lock() = false;
        fake.released.notify_all();
    });
    let read: u64 = fake.reads.lock().iter().map(|(_, range)| range.end - range.start).sum();
    assert_eq!(read, rows.len() as u64, "every byte once");
}

#[test]
fn many_that_open_an_index_fetch_it_once() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let index = content(5, 10 * MIB);
    fake.objects.lock().insert("a.idx".to_owned(), index.clone().into());
    let storage = fake.behind_cache(folder.path(), 64 * MIB as u64);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (storage, index) = (&storage, &index);
            scope.spawn(move || {
                let object = storage.open("a.idx").unwrap();
                assert_eq!(object.byte_len().unwrap(), index.len() as u64);
                let at = n * MIB + 77;
                assert_eq!(object.read_at(at as u64, MIB).unwrap(), index[at..at + MIB]);
            });
        }
    });
    let reads: Vec<_> = fake.reads.lock().iter().map(|(_, range)| range.clone()).collect();
    assert_eq!(reads, [0..8 * MIB as u64, 8 * MIB as u64..10 * MIB as u64]);
}

#[test]
fn rows_of_known_length_need_no_question() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let rows = content(8, MIB);
    fake.objects.lock().insert("a.parquet".to_owned(), rows.clone().into());
    let storage = fake.behind_cache(folder.path(), 16 * MIB as u64);
    let object = storage.open_of_len("a.parquet", rows.len() as u64).unwrap();
    assert_eq!((fake.read_count(), fake.others.load(Ordering::SeqCst)), (0, 0));
    assert_eq!(object.read_at(9, 9).unwrap(), rows[9..18]);
    assert!(storage.open_of_len("b.parquet", 100).unwrap().read_at(9, 9).is_err());
}

#[test]
fn all_that_wait_for_a_failed_fetch_get_its_error_and_may_try_again() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let rows = content(6, BLOCK);
    fake.objects.lock().insert("a.parquet".to_owned(), rows.clone().into());
    let storage = fake.behind_cache(folder.path(), 16 * MIB as u64);
    let object = storage.open("a.parquet").unwrap();
    fake.is_away.store(true, Ordering::SeqCst);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let error = object.read_at(5, 5).unwrap_err();
                assert!(error.to_string().contains("is away"), "{error}");
            });
        }
    });
    assert!(storage.put("b.idx", b"new").is_err() && storage.open("c.idx").is_err() && storage.list().is_err());
    assert!(storage.stats().failures >= 4);
    fake.is_away.store(false, Ordering::SeqCst);
    assert_eq!(object.read_at(5, 5).unwrap(), rows[5..10]);
}

#[test]
fn a_copy_that_the_reader_distrusts_is_fetched_again() {
    let (folder, fake) = (tempfile::tempdir().unwrap(), Arc::new(Fake::default()));
    let rows = content(7, 2 * BLOCK);
    fake.objects.lock().insert("a.parquet".to_owned(), rows.clone().into());
    fake.flips_next.store(true, Ordering::SeqCst);
    let storage = fake.behind_cache(folder.path(), 16 * MIB as u64);
    let object = storage.open("a.parquet").unwrap();
    assert_ne!(object.read_at(0, BLOCK).unwrap(), rows[..BLOCK], "wrong on the way, so wrong in the cache");
    assert!(object.drop_copy(0, BLOCK));
    assert_eq!(object.read_at(0, BLOCK).unwrap(), rows[..BLOCK]);
    assert!(object.drop_copy(BLOCK as u64 - 1, 1));
    assert!(!object.drop_copy(0, BLOCK) && !object.drop_copy(BLOCK as u64, 0) && !object.drop_copy(u64::MAX, 9));
}
