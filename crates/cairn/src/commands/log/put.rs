//! `cairn log put`: lines of standard input as logs.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::process::ExitCode;

use clap::Args;
use indicatif::ProgressBar;
use logstore::check_group;
use logstore::client::LogStoreClient;
use logstore::limits::{CLIENT_GROUP_BYTES, CLIENT_GROUP_LOGS};
use logstore::wire::PutLog;
use openapi::clock::now_ms;

use super::line::{LineReader, Shared};
use super::progress;
use crate::commands::CommandError;

/// Bytes of a line that are held: no log is larger, even where every letter of its JSON is written as `\u0061`. Of a longer
/// line the rest is read over, and what is held is refused as too large.
const MAX_LINE_BYTES: u64 = 32 * 1024 * 1024;
/// Refused lines that are named; of more only their number is told.
const NAMED_LINES: u64 = 20;

#[derive(Debug, Args)]
#[command(after_help = "\
Members of a JSON object are the keys of its log; of other text the key is `content`. Blank lines are passed over. What
`cairn log query` and `tail` print is taken back: __time__, __topic__, __source__ and __tag__:NAME become what they were.

A line that cannot be a log is named by its number and left out, and the exit code is 1; the other lines are put.")]
pub(super) struct Arguments {
    /// Project
    project: String,
    /// Logstore
    logstore: String,
    /// Topic of logs without a __topic__
    #[arg(long, default_value = "")]
    topic: String,
    /// Source of logs without a __source__
    #[arg(long, default_value = "")]
    source: String,
    /// Member that tells the time of a log: RFC 3339, or Unix seconds, milliseconds, microseconds or nanoseconds
    #[arg(long, value_name = "NAME")]
    time_field: Option<String>,
}

/// Logs that are sent together.
#[derive(Default)]
struct Batch {
    groups: BTreeMap<Shared, Vec<PutLog>>,
    logs: usize,
    bytes: usize,
    first_line: u64,
}

/// What became of the lines so far.
struct Putting<'a> {
    client: &'a LogStoreClient,
    arguments: &'a Arguments,
    bar: ProgressBar,
    put: u64,
    refused: u64,
}

pub(super) fn run(client: &LogStoreClient, arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let mut putting = Putting { client, arguments, bar: progress::of_input(), put: 0, refused: 0 };
    let outcome = putting.lines(&mut std::io::stdin().lock());
    putting.bar.finish_and_clear();
    if putting.refused > NAMED_LINES {
        eprintln!("{} more lines were refused", putting.refused - NAMED_LINES);
    }
    match putting.refused {
        0 => eprintln!("{} logs put", putting.put),
        refused => eprintln!("{} logs put, {refused} lines refused", putting.put),
    }
    outcome?;
    Ok(if putting.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Putting<'_> {
    fn lines(&mut self, input: &mut dyn BufRead) -> Result<(), CommandError> {
        let Arguments { topic, source, time_field, .. } = self.arguments;
        let reader = LineReader { topic, source, time_field: time_field.as_deref() };
        let (mut batch, mut line) = (Batch::default(), Vec::new());
        for number in 1_u64.. {
            if read_line(input, &mut line)? == 0 {
                return self.send(&mut batch, number);
            }
            if !line.trim_ascii().is_empty() {
                match read(&reader, line.trim_ascii_end()) {
                    Ok((shared, log)) => {
                        if batch.logs == CLIENT_GROUP_LOGS || batch.bytes + line.len() > CLIENT_GROUP_BYTES {
                            self.send(&mut batch, number)?;
                        }
                        batch.add(shared, log, (number, line.len()));
                    }
                    Err(wrong) => self.refuse(number, &wrong),
                }
            }
            self.bar.inc(line.len() as u64);
        }
        Ok(())
    }

    fn refuse(&mut self, number: u64, wrong: &str) {
        self.refused += 1;
        if self.refused <= NAMED_LINES {
            self.bar.suspend(|| eprintln!("line {number}: {wrong}"));
        }
    }

    /// Each group is one call, so what was put is known when one fails.
    fn send(&mut self, batch: &mut Batch, next_line: u64) -> Result<(), CommandError> {
        let Batch { groups, first_line, .. } = std::mem::take(batch);
        for (shared, logs) in groups {
            let count = logs.len() as u64;
            let group = shared.group(logs);
            let sent = self.client.put(&self.arguments.project, &self.arguments.logstore, group);
            sent.map_err(|error| format!("{count} logs of the lines {first_line} to {}: {error}", next_line - 1))?;
            self.put += count;
            self.bar.set_message(format!("{} logs", self.put));
        }
        Ok(())
    }
}

impl Batch {
    fn add(&mut self, shared: Shared, log: PutLog, (number, bytes): (u64, usize)) {
        if self.logs == 0 {
            self.first_line = number;
        }
        self.logs += 1;
        self.bytes += bytes;
        self.groups.entry(shared).or_default().push(log);
    }
}

/// Reads a line; 0 at the end.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    line.clear();
    let count = (&mut *input).take(MAX_LINE_BYTES).read_until(b'\n', line)?;
    if count as u64 == MAX_LINE_BYTES && !line.ends_with(b"\n") {
        input.skip_until(b'\n')?;
    }
    Ok(count)
}

/// A line as a log that the service takes: one that it does not take would take those of its group with it.
fn read(reader: &LineReader<'_>, line: &[u8]) -> Result<(Shared, PutLog), String> {
    let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let now_ms = now_ms();
    let (shared, log) = reader.read(line, now_ms)?;
    let group = shared.group(vec![log]);
    check_group(&group, now_ms.div_euclid(1_000)).map_err(|fault| fault.to_string())?;
    match group.logs.into_iter().next() {
        Some(log) => Ok((shared, log)),
        None => Err("it has no log".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_line_without_an_end_only_the_beginning_is_held() {
        let long = vec![b'x'; MAX_LINE_BYTES as usize + 9];
        let text = [b"a\n".as_slice(), &long, b"\nb"].concat();
        let (mut input, mut line) = (&*text, Vec::new());
        let mut lengths = Vec::new();
        while read_line(&mut input, &mut line).unwrap() > 0 {
            lengths.push(line.len());
        }
        assert_eq!((lengths, line.capacity() < long.len() * 2), (vec![2, MAX_LINE_BYTES as usize, 1], true));
    }
}
