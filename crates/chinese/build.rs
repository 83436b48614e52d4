//! Compiles the dictionary of the package `jieba-rs` (MIT, © the authors of jieba), which is read at build time, so
//! none of it lies in this repository.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Package that carries the dictionary, and where in it.
const PACKAGE: &str = "jieba-rs";
const DICTIONARY: &str = "src/data/dict.txt";

fn main() -> Result<(), Box<dyn Error>> {
    let metadata = metadata()?;
    let package = metadata.packages.iter().find(|package| package.name.as_str() == PACKAGE);
    let package = package.ok_or("cargo metadata does not list the package jieba-rs: run `cargo fetch`")?;
    let folder = package.manifest_path.parent().ok_or("the package's manifest has no folder")?;
    let dictionary = PathBuf::from(folder.join(DICTIONARY));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dictionary.display());
    // Another version of the package lies in another folder.
    println!("cargo::rerun-if-changed={}", metadata.workspace_root.join("Cargo.lock"));

    let text = std::fs::read_to_string(&dictionary).map_err(|error| {
        format!("{}: {error}; the package {} no longer carries the dictionary", dictionary.display(), package.version)
    })?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(words_and_frequencies(&text)?.as_bytes())?;
    Ok(std::fs::write(Path::new(&variable("OUT_DIR")?).join("words.deflate"), encoder.finish()?)?)
}

/// Each line is a word, its frequency and its part of speech, which cutting does not need.
fn words_and_frequencies(dictionary: &str) -> Result<String, Box<dyn Error>> {
    let mut kept = String::with_capacity(dictionary.len());
    for line in dictionary.lines().filter(|line| !line.is_empty()) {
        let mut parts = line.split_ascii_whitespace();
        let (Some(word), Some(frequency)) = (parts.next(), parts.next()) else {
            return Err(format!("a line of the dictionary is not understood: {line:?}").into());
        };
        writeln!(kept, "{word} {frequency}")?;
    }
    Ok(kept)
}

/// Without the network when everything is fetched already, as it is after `cargo fetch` or an earlier build.
fn metadata() -> Result<Metadata, Box<dyn Error>> {
    let platform = format!("--filter-platform={}", variable("TARGET")?);
    let command = |more: &[&str]| {
        let options = more.iter().map(|option| (*option).to_owned()).chain([platform.clone()]);
        let mut command = MetadataCommand::new();
        command.manifest_path("Cargo.toml").other_options(options.collect::<Vec<_>>());
        command.exec()
    };
    Ok(command(&["--offline"]).or_else(|_not_fetched| command(&[]))?)
}

#[allow(clippy::disallowed_methods, reason = "cargo tells a build script everything through variables")]
fn variable(name: &str) -> Result<String, Box<dyn Error>> {
    std::env::var(name).map_err(|error| format!("{name}: {error}").into())
}
