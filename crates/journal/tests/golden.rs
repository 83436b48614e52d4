//! Journals of every format version that was ever released open for ever.

mod common;

use std::path::Path;

use common::{append, read_all, small};
use journal::{FileJournal, JournalError, check, check_bytes};

const VERSION_1: &str = "tests/golden/version-1/journal-00000000000000000003.log";

fn copy_to(dir: &Path) -> std::path::PathBuf {
    let copy = dir.join(Path::new(VERSION_1).file_name().unwrap());
    std::fs::copy(VERSION_1, &copy).unwrap();
    copy
}

#[test]
fn version_1_opens() {
    let dir = tempfile::tempdir().unwrap();
    copy_to(dir.path());
    let report = check(dir.path()).unwrap();
    assert!(report.is_sound() && report.torn_tail().is_none(), "{report}");
    let journal = FileJournal::open(dir.path(), small()).unwrap();
    let records: Vec<_> = read_all(&journal)
        .into_iter()
        .map(|record| (record.stream.to_string(), record.position, record.payload.to_vec()))
        .collect();
    let expected = [
        ("events/1059804828509", 3, b"{\"eventId\":\"3\"}".to_vec()),
        ("events/1059804828509", 4, Vec::new()),
        ("logs/web/access", 1, (0..=255).collect()),
    ];
    assert_eq!(records, expected.map(|(stream, position, payload)| (stream.to_owned(), position, payload)));
    assert_eq!(append(&journal, "events/1059804828509", b"next").unwrap(), 5);
    assert_eq!(append(&journal, "gone/before", b"next").unwrap(), 1);
}

#[test]
fn an_unknown_version_is_refused_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let copy = copy_to(dir.path());
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes[8] = 2;
    std::fs::write(&copy, &bytes).unwrap();
    let error = FileJournal::open(dir.path(), small()).unwrap_err();
    assert!(matches!(error, JournalError::UnknownVersion { found: 2, .. }), "{error}");
    assert!(error.to_string().contains("use a newer program"), "{error}");
    assert!(check_bytes(&bytes).damages[0].what.contains("version 2"));
}

/// Writes the golden journal anew. Run by hand, once for every new format version, with the new folder in the path.
#[test]
#[ignore = "writes into the source tree"]
fn write_golden() {
    let dir = tempfile::tempdir().unwrap();
    let options = journal::Options { max_file_bytes: 200, ..small() };
    let journal = FileJournal::open(dir.path(), options).unwrap();
    append(&journal, "events/1059804828509", &[1; 60]).unwrap();
    append(&journal, "events/1059804828509", &[2; 60]).unwrap();
    journal.close().unwrap();
    let journal = FileJournal::open(dir.path(), journal::Options { max_file_bytes: 280, ..small() }).unwrap();
    append(&journal, "events/1059804828509", b"{\"eventId\":\"3\"}").unwrap();
    journal.close().unwrap();
    let journal = FileJournal::open(dir.path(), small()).unwrap();
    append(&journal, "events/1059804828509", b"").unwrap();
    append(&journal, "logs/web/access", &(0..=255).collect::<Vec<u8>>()).unwrap();
    journal.close().unwrap();
    std::fs::create_dir_all(Path::new(VERSION_1).parent().unwrap()).unwrap();
    let name = Path::new(VERSION_1).file_name().unwrap();
    let mut bytes = std::fs::read(dir.path().join(name)).unwrap();
    bytes.truncate(bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count() + 16);
    std::fs::write(VERSION_1, bytes).unwrap();
}
