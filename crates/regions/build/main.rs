//! Compiles libphonenumber's table of Chinese places, as found in the package `phonenumber`, into runs of prefixes.
//!
//! The data is Apache-2.0, © The Libphonenumber Authors. It is read from the package at build time, so none of it lies
//! in this repository.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};

mod flatten;
mod names;
#[path = "../src/runs.rs"]
#[allow(dead_code, reason = "shared with the library, which uses the rest")]
mod runs;

/// Package that carries the table, and where in it.
const PACKAGE: &str = "phonenumber";
const TABLE: &str = "assets/geocoding/zh/86.txt";
/// Country code before every prefix of the table.
const COUNTRY_CODE: &str = "86";

fn main() -> Result<(), Box<dyn Error>> {
    let metadata = metadata()?;
    let package = metadata.packages.iter().find(|package| package.name.as_str() == PACKAGE);
    let package = package.ok_or("cargo metadata does not list the package phonenumber: run `cargo fetch`")?;
    let folder = package.manifest_path.parent().ok_or("the package's manifest has no folder")?;
    let table = PathBuf::from(folder.join(TABLE));
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/runs.rs");
    println!("cargo::rerun-if-changed={}", table.display());
    // Another version of the package lies in another folder.
    println!("cargo::rerun-if-changed={}", metadata.workspace_root.join("Cargo.lock"));

    let text = std::fs::read_to_string(&table).map_err(|error| {
        format!("{}: {error}; the package {} no longer carries the table of places", table.display(), package.version)
    })?;
    write(Path::new(&variable("OUT_DIR")?), &text, package.version.build.as_str())
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

/// Writes `runs.bin` and `places.rs`.
fn write(folder: &Path, text: &str, version: &str) -> Result<(), Box<dyn Error>> {
    let mut places: Vec<(String, String)> = Vec::new();
    let mut numbers: BTreeMap<(String, String), u16> = BTreeMap::new();
    let mut rows: Vec<(&str, u16)> = Vec::new();
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.is_empty() && !row.starts_with('#')) {
        let unreadable = || format!("line {line} of the table of places is not understood: {row:?}");
        let (prefix, place) = row.split_once('|').ok_or_else(unreadable)?;
        let prefix = prefix.strip_prefix(COUNTRY_CODE).ok_or_else(unreadable)?;
        let place = names::split(place).ok_or_else(unreadable)?;
        let next = u16::try_from(places.len())?;
        let number = *numbers.entry(place.clone()).or_insert_with(|| {
            places.push(place);
            next
        });
        rows.push((prefix, number));
    }
    std::fs::write(folder.join("runs.bin"), &flatten::flatten(rows)?.0)?;
    let source = format!("const VERSION: &str = {version:?};\nstatic PLACES: &[(&str, &str)] = &{places:?};\n");
    Ok(std::fs::write(folder.join("places.rs"), source)?)
}
