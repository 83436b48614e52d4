//! JSON lines, one gzip'd file for each day in UTC.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use bench::Failure;
use demo_data::History;
use event::Masking;
use flate2::Compression;
use flate2::write::GzEncoder;
use openapi::clock::format_utc;

/// Writes all events of a history.
pub fn into_folder(folder: &Path, history: &History) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let (masking, mut files, mut bytes) = (Masking::default(), 0, 0);
    let mut open: Option<(String, GzEncoder<BufWriter<File>>)> = None;
    for call in history.calls() {
        let day = format_utc(call.arrived_at_ms.div_euclid(1_000))[..10].to_owned();
        if open.as_ref().is_none_or(|(of, _)| *of != day) {
            finish(open.take())?;
            let file = BufWriter::new(File::create(folder.join(format!("events-{day}.jsonl.gz")))?);
            open = Some((day, GzEncoder::new(file, Compression::default())));
            files += 1;
        }
        if let Some((_, file)) = &mut open {
            let text = audit::to_event(call, &masking)?.into_json();
            bytes += text.len() as u64;
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
        }
    }
    finish(open)?;
    println!("{} events, {bytes} bytes before compression, in {files} files in {}", history.len(), folder.display());
    Ok(())
}

fn finish(open: Option<(String, GzEncoder<BufWriter<File>>)>) -> std::io::Result<()> {
    match open {
        Some((_, file)) => file.finish()?.flush(),
        None => Ok(()),
    }
}
