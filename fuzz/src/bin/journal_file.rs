//! Any bytes as a journal file: as they are, and with their checksums put right, so that what lies behind the checksums
//! is reached too. What the check calls sound must open, take a record and be sound again.

#![no_main]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::executor::block_on;
use journal::storage::{JournalFile, Storage, StorageLock};
use journal::{FileJournal, Journal, JournalError, Options, StreamName, check_bytes, check_storage};
use libfuzzer_sys::fuzz_target;

const HEADER_PREFIX_BYTES: usize = 44;
const GROUP_HEADER_BYTES: usize = 32;
const RECORD_FIXED_BYTES: usize = 25;

fuzz_target!(|bytes: &[u8]| {
    let _ = check_bytes(bytes);
    let mut repaired = bytes.to_vec();
    if repair(&mut repaired).is_none() {
        return;
    }
    let report = check_bytes(&repaired);
    let storage = Arc::new(Memory::with_file(&file_name(&repaired), repaired));
    let sound = check_storage(&*storage).expect("memory has no errors").is_sound();
    let options = Options { free_disk_floor_bytes: 0, ..Options::default() };
    match FileJournal::open_storage(storage.clone(), options) {
        Ok(journal) => {
            assert!(sound, "opened what the check calls damaged: {:?}", report.damages);
            use_and_close(&journal);
            let after = check_storage(&*storage).expect("memory has no errors");
            assert!(after.is_sound(), "damaged by use: {:?}", after.all_damages().collect::<Vec<_>>());
        }
        Err(error) => assert!(!sound, "refused what the check calls sound: {error}"),
    }
});

fn use_and_close(journal: &FileJournal) {
    for (stream, first, last) in journal.streams() {
        let records = journal.read_from(&stream, first, usize::MAX).expect("a kept record can be read");
        assert!(records.iter().zip(first..).all(|(record, position)| record.position == position), "dense");
        assert!(!records.is_empty() || first == last + 1);
    }
    let stream = StreamName::new("events/1").expect("a good name");
    match block_on(journal.append(&stream, Bytes::from_static(b"one more"))) {
        Ok(position) => {
            let read = journal.read_from(&stream, position, 1).expect("what was acknowledged can be read");
            assert_eq!(read[0].payload, Bytes::from_static(b"one more"));
        }
        // A file may say that all numbers are used up.
        Err(error) => assert!(!matches!(error, JournalError::Closed), "{error}"),
    }
    journal.close().expect("memory has no errors");
}

/// The number in a file's name is the one in its header.
fn file_name(bytes: &[u8]) -> String {
    format!("journal-{:020}.log", u64_at(bytes, 24).unwrap_or_default())
}

/// Writes magic numbers, version, salts and checksums where a reader will look for them.
fn repair(bytes: &mut [u8]) -> Option<()> {
    bytes.get_mut(..12)?.copy_from_slice(b"CAIRNJNL\x01\0\0\0");
    let mut end = HEADER_PREFIX_BYTES;
    for _ in 0..u32_at(bytes, 40)?.min(64) {
        end += 1 + usize::from(*bytes.get(end)?) + 8;
    }
    bytes.get(..end + 4)?;
    put_u32(bytes, 12, (end + 4) as u32);
    put_checksum(bytes, 0..end, end);
    let mut at = end + 4;
    while bytes.len() >= at + GROUP_HEADER_BYTES {
        at = repair_group(bytes, at)?;
    }
    Some(())
}

fn repair_group(bytes: &mut [u8], at: usize) -> Option<usize> {
    // Space written ahead stays what it is.
    if bytes[at..].iter().all(|byte| *byte == 0) {
        return Some(bytes.len());
    }
    bytes.copy_within(16..24, at + 8);
    bytes[at..at + 4].copy_from_slice(b"CJGR");
    put_checksum(bytes, at..at + 28, at + 28);
    let body_end = (at + GROUP_HEADER_BYTES).checked_add(u32_at(bytes, at + 4)? as usize)?.min(bytes.len());
    let mut record = at + GROUP_HEADER_BYTES;
    while record + RECORD_FIXED_BYTES <= body_end {
        let record_end = (record + 8).checked_add(u32_at(bytes, record)? as usize)?;
        if record_end > body_end {
            break;
        }
        let mut checksum = crc32c::crc32c(&bytes[record..record + 4]);
        checksum = crc32c::crc32c_append(checksum, &bytes[record + 8..record_end]);
        put_u32(bytes, record + 4, checksum);
        record = record_end;
    }
    Some(body_end)
}

fn put_checksum(bytes: &mut [u8], of: std::ops::Range<usize>, at: usize) {
    let checksum = crc32c::crc32c(&bytes[of]);
    put_u32(bytes, at, checksum);
}

fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

type Content = Arc<Mutex<Vec<u8>>>;

/// Files in memory: nothing here can fail or be lost.
struct Memory {
    files: Mutex<BTreeMap<String, Content>>,
}

impl Memory {
    fn with_file(name: &str, bytes: Vec<u8>) -> Self {
        Self { files: Mutex::new(BTreeMap::from([(name.to_owned(), Arc::new(Mutex::new(bytes)))])) }
    }

    fn get(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        let file = locked(&self.files).get(name).cloned();
        file.map(|content| Box::new(File(content)) as _).ok_or(io::ErrorKind::NotFound.into())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Storage for Memory {
    fn lock(&self) -> io::Result<Option<StorageLock>> {
        Ok(Some(Box::new(())))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(locked(&self.files).keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        let content = Content::default();
        if locked(&self.files).insert(name.to_owned(), content.clone()).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(Box::new(File(content)))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        self.get(name)
    }

    fn open_read(&self, name: &str) -> io::Result<Box<dyn JournalFile>> {
        self.get(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = locked(&self.files);
        let content = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), content);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        locked(&self.files).remove(name).map(|_| ()).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_dir(&self) -> io::Result<()> {
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn describe(&self) -> String {
        "memory".to_owned()
    }
}

struct File(Content);

impl JournalFile for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let content = locked(&self.0);
        let rest = content.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut content = locked(&self.0);
        let end = offset as usize + bytes.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[offset as usize..end].copy_from_slice(bytes);
        Ok(bytes.len())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        locked(&self.0).resize(bytes as usize, 0);
        Ok(())
    }

    fn byte_len(&self) -> io::Result<u64> {
        Ok(locked(&self.0).len() as u64)
    }
}
