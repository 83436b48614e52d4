//! The disk: raw syncs for comparison, and files that the page cache forgets.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bench::audit_parts::DataPaths;
use bench::percentile::Times;
use rustix::fs::{Advice, fadvise};

/// Times of one write and one `fdatasync` of an event's size, after another.
pub fn raw_syncs(folder: &Path, record_bytes: usize, run_for: Duration) -> std::io::Result<Times> {
    let path = folder.join("raw");
    let mut file = File::create(&path)?;
    let record = vec![7_u8; record_bytes];
    let (started, mut times) = (Instant::now(), Vec::new());
    while started.elapsed() < run_for {
        let begun = Instant::now();
        file.write_all(&record)?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(Times::new(times))
}

/// Files below a folder, with their lengths.
pub fn files(folder: &Path) -> std::io::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            let len = path.metadata()?.len();
            found.push((path, len));
        }
    }
    Ok(found)
}

/// Lets the page cache forget all that lookups read, so that the next read comes from the disk.
pub fn forget(paths: &DataPaths) -> std::io::Result<()> {
    for (path, _) in [files(&paths.segments())?, files(&paths.filters())?].concat() {
        let file = File::open(path)?;
        // Only what is on disk can be forgotten.
        file.sync_data()?;
        fadvise(&file, 0, None, Advice::DontNeed)?;
    }
    Ok(())
}
