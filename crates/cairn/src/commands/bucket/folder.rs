//! `cairn bucket cp --recursive`: what lies in a folder or below a prefix, on its way to another one.
//!
//! One file that cannot be copied does not keep the others from it: it is named, and the command fails at its end.

use std::fs;
use std::path::{Path, PathBuf};

use ::bucket::client::{BucketClient, Listing};

use super::place::Place;
use super::transfer::{End, Options, copy_one};
use crate::commands::CommandError;

/// Something to copy: where it is, and its path below the source with `/` between the steps.
type Item = (End, String);

/// What was copied, and what was not.
#[derive(Default)]
struct Outcome {
    copied: u64,
    failed: u64,
}

impl Outcome {
    fn note(&mut self, name: &str, outcome: Result<(), CommandError>) {
        match outcome {
            Ok(()) => self.copied += 1,
            Err(error) => {
                self.failed += 1;
                eprintln!("{name} is not copied: {error}");
            }
        }
    }
}

pub(super) fn copy(
    client: &BucketClient,
    source: &str,
    target: &str,
    options: &Options<'_>,
) -> Result<(), CommandError> {
    let (source, target) = (End::of(source), End::of(target));
    let target = match target {
        End::Object(place) => End::Object(as_folder(place)),
        End::File(path) if path.exists() && !path.is_dir() => {
            return Err(format!("{} is a file: name a folder", path.display()).into());
        }
        End::File(path) => End::File(path),
        End::Standard => return Err("many files have no place on standard output".into()),
    };
    let mut outcome = Outcome::default();
    let mut each = |(from, below): Item| {
        let copied = end_below(&target, &below).and_then(|to| copy_one(client, &from, &to, options));
        outcome.note(&from.to_string(), copied);
    };
    match (&source, &target) {
        (End::File(folder), End::Object(_)) => {
            if !folder.is_dir() {
                return Err(format!("{} is no folder: leave out --recursive", folder.display()).into());
            }
            let mut unreadable = Vec::new();
            for_files(folder, "", &mut each, &mut unreadable);
            for (path, wrong) in unreadable {
                outcome.note(&path.display().to_string(), Err(wrong.into()));
            }
        }
        (End::Object(place), _) => for_objects(client, &as_folder(place.clone()), &mut each)?,
        _ => return Err(super::transfer::no_object()),
    }
    eprintln!("{} files copied", outcome.copied);
    match outcome.failed {
        0 => Ok(()),
        failed => Err(format!("{failed} files are not copied").into()),
    }
}

/// The prefix of what is in a folder.
fn as_folder(Place { bucket, mut key }: Place) -> Place {
    if !key.is_empty() && !key.ends_with('/') {
        key.push('/');
    }
    Place { bucket, key }
}

/// Files in a folder and below it, in the order of their names. Links to folders are not followed: they may go round.
fn for_files(folder: &Path, below: &str, each: &mut dyn FnMut(Item), unreadable: &mut Vec<(PathBuf, String)>) {
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return unreadable.push((folder.to_owned(), error.to_string())),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            unreadable.push((path, "its name is not UTF-8, and a key must be".to_owned()));
            continue;
        };
        let below = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        match (entry.file_type(), fs::metadata(&path)) {
            (Ok(kind), _) if kind.is_dir() => for_files(&path, &below, each, unreadable),
            (_, Ok(metadata)) if metadata.is_file() => each((End::File(path), below)),
            (_, Ok(_)) => {
                unreadable.push((path, "it is neither a file nor a folder, or a link to a folder".to_owned()))
            }
            (_, Err(error)) => unreadable.push((path, error.to_string())),
        }
    }
}

/// Objects below a prefix. Those that stand for empty folders have no content to copy.
fn for_objects(client: &BucketClient, place: &Place, each: &mut dyn FnMut(Item)) -> Result<(), CommandError> {
    let mut token = String::new();
    loop {
        let listing = Listing { prefix: &place.key, token: &token, max_keys: 1_000, ..Listing::default() };
        let page = client.list(&place.bucket, &listing)?;
        for object in page.objects {
            let below = object.key.strip_prefix(&place.key).unwrap_or(&object.key).to_owned();
            let is_folder = below.is_empty() || (below.ends_with('/') && object.size == 0);
            if !is_folder {
                each((End::Object(Place { bucket: place.bucket.clone(), key: object.key }), below));
            }
        }
        match page.next {
            Some(next) => token = next,
            None => return Ok(()),
        }
    }
}

/// The place of a path below a target. A key says nothing about the folder that it is copied into, so one that would leave
/// it, or that no file can have, is refused.
fn end_below(target: &End, below: &str) -> Result<End, CommandError> {
    let folder = match target {
        End::Object(Place { bucket, key }) => {
            return Ok(End::Object(Place { bucket: bucket.clone(), key: format!("{key}{below}") }));
        }
        End::File(folder) => folder,
        End::Standard => return Err("many files have no place on standard output".into()),
    };
    if below.split('/').any(|step| matches!(step, "" | "." | "..") || step.contains('\0')) {
        return Err(format!("no file below a folder can have the name {below:?}").into());
    }
    let path = folder.join(below);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| format!("{} cannot be made: {error}", parent.display()))?;
    }
    Ok(End::File(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_in_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        let target = End::File(folder.path().to_owned());
        let found = end_below(&target, "a/b c").unwrap();
        assert_eq!(found, End::File(folder.path().join("a/b c")));
        assert!(folder.path().join("a").is_dir());
        for wrong in ["../a", "a/../../b", "/etc/passwd", "a//b", ".", "a/", "a\0b"] {
            assert!(end_below(&target, wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_prefix_is_that_of_a_folder() {
        let key = |key: &str| as_folder(Place { bucket: "b".to_owned(), key: key.to_owned() }).key;
        assert_eq!((key(""), key("a"), key("a/")), (String::new(), "a/".to_owned(), "a/".to_owned()));
    }

    #[test]
    fn files_come_in_order_and_with_their_path() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        for name in ["b", "d/c", "a"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("round")).unwrap();
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        for_files(folder.path(), "", &mut |(_, below)| found.push(below), &mut unreadable);
        assert_eq!(found, ["a", "b", "d/c"]);
        assert_eq!(unreadable.len(), 1, "the link");
    }
}
