//! Compiles the dictionary of the package `jieba-rs` (MIT, © the authors of jieba), which is read at build time, so
//! none of it lies in this repository.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let dictionary = package_data::read("jieba-rs", "src/data/dict.txt")?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(words_and_frequencies(&dictionary.text)?.as_bytes())?;
    Ok(std::fs::write(package_data::out_folder()?.join("words.deflate"), encoder.finish()?)?)
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
