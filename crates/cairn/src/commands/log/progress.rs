//! Bars of what takes long. They draw themselves on a terminal only.

use std::fs::File;
use std::io::{IsTerminal, stdin, stdout};
use std::os::fd::AsFd;

use indicatif::{ProgressBar, ProgressStyle};

/// Bytes of a file from which on a bar is shown.
const BAR_FROM_BYTES: u64 = 1024 * 1024;

/// Of what is read from standard input: of a file a bar, of a pipe a count. Of what is typed nothing.
pub(super) fn of_input() -> ProgressBar {
    let input = stdin();
    if input.is_terminal() {
        return ProgressBar::hidden();
    }
    let file = input.as_fd().try_clone_to_owned().map(File::from);
    let metadata = file.and_then(|file| file.metadata()).ok().filter(|metadata| metadata.is_file());
    match metadata.map(|metadata| metadata.len()) {
        Some(length) if length < BAR_FROM_BYTES => ProgressBar::hidden(),
        Some(length) => styled(ProgressBar::new(length), "{bar:30} {bytes}/{total_bytes}  {msg}  {eta} left"),
        None => styled(ProgressBar::no_length(), "{spinner} {bytes}  {msg}  {elapsed}"),
    }
}

/// Of logs that are found, unless they are seen as they come.
pub(super) fn of_logs(limit: u64, page: u64) -> ProgressBar {
    if limit <= page || stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    styled(ProgressBar::new(limit), "{bar:30} {human_pos} of at most {human_len} logs  {msg}")
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
