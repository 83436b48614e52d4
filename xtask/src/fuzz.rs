//! `cargo xtask fuzz`: libFuzzer over the parsers, on stable Rust and without further tools.
//!
//! The fuzz crate stands outside the workspace, because its code must be built with coverage counters and everything
//! else without.

use std::path::PathBuf;

use cargo_metadata::{MetadataCommand, TargetKind};
use clap::Args;

use crate::error::Error;
use crate::repository;
use crate::step::Step;

/// What `cargo fuzz` passes on nightly, written out. Only for the target triple: build scripts are not instrumented.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Cdebug-assertions=y";
/// One input may not take longer: a parser that needs a second for a few kilobytes is a finding.
const INPUT_TIMEOUT_S: u32 = 10;
/// Largest generated input; the seeds are all smaller.
const MAX_INPUT_BYTES: u32 = 64 * 1024;

/// Which and how long.
#[derive(Args)]
pub struct Options {
    /// One target; without it all, one after the other
    #[arg(long)]
    target: Option<String>,
    /// Time for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Builds the targets and runs them.
pub fn run(options: &Options) -> Result<(), Error> {
    let known = names()?;
    let chosen: Vec<String> = match &options.target {
        None => known,
        Some(name) if known.contains(name) => vec![name.clone()],
        Some(name) => {
            return Err(Error::UnknownName { kind: "fuzz target", name: name.clone(), known: known.join(", ") });
        }
    };
    let triple = host_triple()?;
    let build = Step::cargo("fuzz targets").args(["build", "--release", "--manifest-path"]).args([manifest()]);
    build.args(["--target", &triple]).env("RUSTFLAGS", FLAGS).run()?;
    for name in chosen {
        fuzz(&name, &triple, options.seconds)?;
    }
    Ok(())
}

fn fuzz(name: &str, triple: &str, seconds: u32) -> Result<(), Error> {
    let folder = |kind: &str| repository::root().join("fuzz").join(kind).join(name);
    // What was found interesting stays in the corpus; seeds are read and never written.
    let (corpus, seeds, artifacts) = (folder("corpus"), folder("seeds"), folder("artifacts"));
    for needed in [&corpus, &seeds, &artifacts] {
        std::fs::create_dir_all(needed).map_err(Error::file(needed))?;
    }
    let program = repository::root().join("fuzz/target").join(triple).join("release").join(name);
    Step::new(format!("fuzz {name}"), program)
        .args([format!("-max_total_time={seconds}"), format!("-timeout={INPUT_TIMEOUT_S}")])
        .args([format!("-max_len={MAX_INPUT_BYTES}"), format!("-artifact_prefix={}/", artifacts.display())])
        .args(["-print_final_stats=1"])
        .args([&corpus, &seeds])
        .repeat(format!("cargo xtask fuzz --target {name} --seconds {seconds}"))
        .run()
}

pub fn manifest() -> PathBuf {
    repository::root().join("fuzz/Cargo.toml")
}

fn names() -> Result<Vec<String>, Error> {
    let metadata = MetadataCommand::new().manifest_path(manifest()).no_deps().exec()?;
    let targets = metadata.packages.iter().flat_map(|package| &package.targets);
    Ok(targets.filter(|target| target.kind.contains(&TargetKind::Bin)).map(|target| target.name.clone()).collect())
}

fn host_triple() -> Result<String, Error> {
    let described = Step::new("compiler's description", "rustc").args(["-vV"]).output()?;
    let line = described.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).ok_or(Error::UnknownName {
        kind: "host triple",
        name: described.clone(),
        known: "what `rustc -vV` prints after `host:`".to_owned(),
    })
}
