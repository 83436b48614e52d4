//! Content on its way between files and objects, with a bar on a terminal when it takes long.

use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ::bucket::client::{BucketClient, PutOptions};
use indicatif::{ProgressBar, ProgressStyle};

use super::place::{Place, SCHEME};
use crate::commands::CommandError;

/// Bytes from which on a bar is shown.
const BAR_FROM_BYTES: u64 = 16 * 1024 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;

/// How things are copied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options<'a> {
    pub(super) no_overwrite: bool,
    /// Empty for the server's own choice.
    pub(super) content_type: &'a str,
}

/// One end of a transfer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Standard input or output.
    Standard,
    File(PathBuf),
    Object(Place),
}

impl std::fmt::Display for End {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Standard => out.write_str("-"),
            End::File(path) => path.display().fmt(out),
            End::Object(place) => place.url().fmt(out),
        }
    }
}

impl End {
    pub(super) fn of(text: &str) -> End {
        match text {
            "-" => End::Standard,
            text if text.starts_with(SCHEME) => match text.parse() {
                Ok(place) => End::Object(place),
                Err(never) => match never {},
            },
            text => End::File(PathBuf::from(text)),
        }
    }

    /// The last step of its name.
    fn name(&self) -> Option<&str> {
        match self {
            End::Standard => None,
            End::File(path) => path.file_name().and_then(|name| name.to_str()),
            End::Object(place) => place.key.rsplit('/').next().filter(|name| !name.is_empty()),
        }
    }

    /// A folder or a prefix takes the name of what comes.
    fn with_name_of(self, source: &End) -> Result<End, String> {
        let name = || source.name().ok_or_else(|| "the target needs a name: its source has none".to_owned());
        Ok(match self {
            End::File(path) if path.is_dir() => End::File(path.join(name()?)),
            End::Object(Place { bucket, key }) if key.is_empty() || key.ends_with('/') => {
                End::Object(Place { key: format!("{key}{}", name()?), bucket })
            }
            other => other,
        })
    }
}

pub(super) fn copy(
    client: &BucketClient,
    source: &str,
    target: &str,
    options: &Options<'_>,
) -> Result<(), CommandError> {
    let source = End::of(source);
    let target = End::of(target).with_name_of(&source)?;
    if !matches!((&source, &target), (End::Object(_), _) | (_, End::Object(_))) {
        return Err(no_object());
    }
    copy_one(client, &source, &target, options)
}

/// Neither end is an object.
pub(super) fn no_object() -> CommandError {
    format!("one of the two must be an object, {SCHEME}BUCKET/KEY").into()
}

/// Copies what is at one end to exactly the other.
pub(super) fn copy_one(
    client: &BucketClient,
    source: &End,
    target: &End,
    &Options { no_overwrite, content_type }: &Options<'_>,
) -> Result<(), CommandError> {
    let (mut content, length) = open(client, source)?;
    let bar = bar(length);
    match target {
        End::Object(place) => {
            let progress = |bytes: u64| bar.set_position(bytes);
            let options = PutOptions {
                forbid_overwrite: no_overwrite,
                content_type,
                progress: Some(&progress),
                ..PutOptions::default()
            };
            let stored = client.put_from(&place.bucket, place.key()?, &mut *content, &options)?;
            bar.finish_and_clear();
            let how = if stored.was_there { "was there already" } else { "put" };
            eprintln!("{} {how}: {} bytes, ETag {}", place.url(), stored.size, stored.etag);
        }
        End::File(path) => save(&mut *content, path, no_overwrite, &bar)?,
        End::Standard => {
            pump(&mut *content, &mut io::stdout().lock(), &bar)?;
            bar.finish_and_clear();
        }
    }
    Ok(())
}

fn open<'c>(client: &'c BucketClient, source: &End) -> Result<(Box<dyn Read + 'c>, Option<u64>), CommandError> {
    Ok(match source {
        End::Standard => (Box::new(io::stdin()), None),
        End::File(path) => {
            let unreadable = |error: io::Error| format!("{} cannot be read: {error}", path.display());
            let file = File::open(path).map_err(unreadable)?;
            let metadata = file.metadata().map_err(unreadable)?;
            if metadata.is_dir() {
                return Err(format!("{} is a folder: name a file, or say --recursive", path.display()).into());
            }
            (Box::new(file), Some(metadata.len()).filter(|_| metadata.is_file()))
        }
        End::Object(place) => {
            let reader = client.get(&place.bucket, place.key()?)?;
            let length = reader.info().size;
            (Box::new(reader), Some(length))
        }
    })
}

/// Under a name of its own first: an object that breaks off, or is damaged, leaves no file.
fn save(content: &mut dyn Read, path: &Path, no_overwrite: bool, bar: &ProgressBar) -> Result<(), CommandError> {
    let unwritable = |error: io::Error| format!("{} cannot be written: {error}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let builder = tempfile::Builder::new()
        .prefix(".cairn-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(unwritable)?;
    let mut file = builder;
    pump(content, file.as_file_mut(), bar)?;
    file.as_file().sync_all().map_err(unwritable)?;
    match no_overwrite {
        true => file.persist_noclobber(path).map(drop),
        false => file.persist(path).map(drop),
    }
    .map_err(|failed| unwritable(failed.error))?;
    bar.finish_and_clear();
    let length = fs::metadata(path).map_err(unwritable)?.len();
    eprintln!("{} written: {length} bytes", path.display());
    Ok(())
}

fn pump(content: &mut dyn Read, target: &mut dyn Write, bar: &ProgressBar) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = content.read(&mut buffer)?;
        if count == 0 {
            return target.flush();
        }
        target.write_all(&buffer[..count])?;
        bar.inc(count as u64);
    }
}

/// A bar for what is long or of unknown length; it shows itself on a terminal only.
fn bar(length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) if length < BAR_FROM_BYTES => return ProgressBar::hidden(),
        Some(length) => {
            (ProgressBar::new(length), "{bar:30} {bytes}/{total_bytes}  {binary_bytes_per_sec}  {eta} left")
        }
        None => (ProgressBar::no_length(), "{spinner} {bytes}  {binary_bytes_per_sec}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str) -> End {
        End::Object(Place { bucket: "audit".to_owned(), key: key.to_owned() })
    }

    #[test]
    fn ends_are_told_apart() {
        assert_eq!(End::of("-"), End::Standard);
        assert_eq!(End::of("audit/x"), End::File(PathBuf::from("audit/x")));
        assert_eq!(End::of("oss://audit/a/b"), object("a/b"));
    }

    #[test]
    fn folders_take_the_name_of_what_comes() {
        let folder = tempfile::tempdir().unwrap();
        let file = End::File(PathBuf::from("some/file.wav"));
        assert_eq!(object("a/").with_name_of(&file), Ok(object("a/file.wav")));
        assert_eq!(object("").with_name_of(&file), Ok(object("file.wav")));
        assert_eq!(object("a").with_name_of(&file), Ok(object("a")));
        let into = End::File(folder.path().to_owned()).with_name_of(&object("x/y"));
        assert_eq!(into, Ok(End::File(folder.path().join("y"))));
        assert!(object("a/").with_name_of(&End::Standard).is_err());
    }
}
