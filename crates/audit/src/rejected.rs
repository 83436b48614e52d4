//! The log of calls that failed authentication.
//!
//! Such calls belong to no account: nobody may write into an account's audit without its key. They are lines of JSON
//! in `rejected.jsonl`, at most so many a second and so many bytes; what is over the rate is counted and the count is
//! written with the next line. It is a help for operators, not part of the audit's promise, so it is not synced.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use openapi::RejectedCall;
use openapi::clock::format_utc;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::limits::{REJECTED_FILE_BYTES, REJECTED_PER_SECOND, REJECTED_QUEUE};

/// File name in the log's folder; the older file has `.1` behind it.
const FILE_NAME: &str = "rejected.jsonl";

/// One rejected call, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedEntry {
    /// UTC.
    pub time: String,
    /// Error code that was answered.
    pub code: String,
    /// Address of the client.
    pub source_ip_address: String,
    /// Key id as claimed.
    pub access_key_id: String,
    /// Operation as claimed.
    pub operation: String,
    /// Host as received.
    pub host: String,
    /// Header as received.
    pub user_agent: String,
    /// Request id of the answer.
    pub request_id: String,
    /// Rejected calls before this one that were only counted.
    pub not_written_before: u64,
}

/// Rejected calls by answered code, since the start.
pub type RejectedCounts = BTreeMap<String, u64>;

/// The log. Noting never blocks.
pub struct RejectedLog {
    queue: SyncSender<RejectedEntry>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    counts: RejectedCounts,
    second: i64,
    written_in_second: u32,
    not_written: u64,
}

impl RejectedLog {
    /// Opens the log in a folder; its thread ends with the log.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        let (queue, entries) = sync_channel(REJECTED_QUEUE);
        let mut file = RotatingFile::open(folder.join(FILE_NAME))?;
        std::thread::Builder::new().name("rejected-log".to_owned()).spawn(move || write_all(&entries, &mut file))?;
        Ok(Self { queue, state: Mutex::default() })
    }

    /// Notes a call.
    pub fn note(&self, call: RejectedCall) {
        let second = call.arrived_at_ms.div_euclid(1_000);
        let mut state = self.state.lock();
        *state.counts.entry(call.code.clone()).or_default() += 1;
        if state.second != second {
            state.second = second;
            state.written_in_second = 0;
        }
        let entry = RejectedEntry {
            time: format_utc(second),
            code: call.code,
            source_ip_address: call.source_ip.to_canonical().to_string(),
            access_key_id: call.claimed_access_key_id,
            operation: call.claimed_operation,
            host: call.host,
            user_agent: call.user_agent,
            request_id: call.request_id,
            not_written_before: state.not_written,
        };
        if state.written_in_second < REJECTED_PER_SECOND && self.queue.try_send(entry).is_ok() {
            state.written_in_second += 1;
            state.not_written = 0;
        } else {
            state.not_written += 1;
        }
    }

    /// Counts by code.
    pub fn counts(&self) -> RejectedCounts {
        self.state.lock().counts.clone()
    }
}

/// Reads a log, oldest first. A line that is being written is left out.
pub fn read_rejected(folder: &Path) -> std::io::Result<Vec<RejectedEntry>> {
    let newer = folder.join(FILE_NAME);
    let mut entries = Vec::new();
    for path in [older(&newer), newer] {
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for line in BufReader::new(file).lines() {
            entries.extend(serde_json::from_str::<RejectedEntry>(&line?).ok());
        }
    }
    Ok(entries)
}

fn write_all(entries: &Receiver<RejectedEntry>, file: &mut RotatingFile) {
    for entry in entries {
        if let Err(error) = file.write(&entry) {
            tracing::warn!(%error, "a rejected call could not be written down");
        }
    }
}

fn older(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    PathBuf::from(name)
}

struct RotatingFile {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl RotatingFile {
    fn open(path: PathBuf) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path, file, bytes })
    }

    fn write(&mut self, entry: &RejectedEntry) -> std::io::Result<()> {
        if self.bytes >= REJECTED_FILE_BYTES {
            std::fs::rename(&self.path, older(&self.path))?;
            *self = Self::open(self.path.clone())?;
        }
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.bytes += line.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(code: &str, arrived_at_ms: i64) -> RejectedCall {
        RejectedCall {
            request_id: "5B1E".to_owned(),
            arrived_at_ms,
            code: code.to_owned(),
            claimed_access_key_id: "LTAI".to_owned(),
            claimed_operation: "ListConfig".to_owned(),
            host: "127.0.0.1".to_owned(),
            source_ip: [127, 0, 0, 1].into(),
            user_agent: String::new(),
        }
    }

    #[allow(clippy::disallowed_methods, reason = "a test waits in its own thread")]
    fn wait_for(folder: &Path, count: usize) -> Vec<RejectedEntry> {
        for _ in 0..500 {
            let entries = read_rejected(folder).expect("readable");
            if entries.len() >= count {
                return entries;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        read_rejected(folder).expect("readable")
    }

    #[test]
    fn what_is_over_the_rate_is_counted() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let log = RejectedLog::open(folder.path()).expect("log");
        (0..REJECTED_PER_SECOND + 7).for_each(|_| log.note(call("SignatureDoesNotMatch", 1_000)));
        log.note(call("SignatureNonceUsed", 2_000));
        let entries = wait_for(folder.path(), REJECTED_PER_SECOND as usize + 1);
        assert_eq!(entries.len(), REJECTED_PER_SECOND as usize + 1);
        assert_eq!(entries.last().map(|entry| entry.not_written_before), Some(7));
        assert_eq!(log.counts()["SignatureDoesNotMatch"], u64::from(REJECTED_PER_SECOND) + 7);
    }
}
