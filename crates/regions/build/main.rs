//! Compiles libphonenumber's table of Chinese places, as found in the package `phonenumber`, into runs of prefixes.
//!
//! The data is Apache-2.0, © The Libphonenumber Authors. It is read from the package at build time, so none of it lies
//! in this repository.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

mod flatten;
mod names;
#[path = "../src/runs.rs"]
#[allow(dead_code, reason = "shared with the library, which uses the rest")]
mod runs;

/// Country code before every prefix of the table.
const COUNTRY_CODE: &str = "86";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/runs.rs");
    let table = package_data::read("phonenumber", "assets/geocoding/zh/86.txt")?;
    write(&package_data::out_folder()?, &table.text, &table.build_version)
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
