//! `cargo xtask bench NAME`: one benchmark, in a release build.

use cargo_metadata::{MetadataCommand, TargetKind};
use clap::Args;

use crate::clients;
use crate::error::Error;
use crate::postgres::{self, Postgres};
use crate::repository;
use crate::step::Step;

/// Package that holds the benchmarks, one program each.
const PACKAGE: &str = "bench";

/// The program of that package that measures nothing: it writes a generated history.
const DEMO_DATA: &str = "demo-data";

/// The benchmark that measures PostgreSQL too, when the system has it.
const ON_BOTH_DATABASES: &str = "callcentre";
/// The benchmark that asks other engines, too, and the argument for that.
const WITH_PEERS: (&str, &str) = ("store", "--peers");
/// The benchmark in which an official client of Python takes part, and the name of a Python that has it.
const WITH_CLIENTS: (&str, &str) = ("logstore", "CAIRN_BENCH_PYTHON");
/// Names a server to measure; without it one is started for the run.
const POSTGRES_URL: &str = "CAIRN_BENCH_POSTGRES_URL";

/// Which one.
#[derive(Args)]
pub struct Options {
    /// Name of the benchmark; without it they are listed
    name: Option<String>,
    /// Passed on to the benchmark
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// Runs or lists.
pub fn run(options: &Options) -> Result<(), Error> {
    let known = names()?;
    let Some(name) = &options.name else {
        println!("benchmarks: {}", known.join(", "));
        return Ok(());
    };
    if !known.contains(name) {
        return Err(Error::UnknownName { kind: "benchmark", name: name.clone(), known: known.join(", ") });
    }
    Step::cargo("the server that is measured").args(["build", "--release", "--package", "cairn"]).run()?;
    let program = Step::cargo(format!("benchmark {name}"))
        .args(["run", "--release", "--package", PACKAGE, "--bin", name, "--"])
        .args(&options.arguments);
    if name == WITH_CLIENTS.0 {
        clients::prepare()?;
        return program.env(WITH_CLIENTS.1, repository::client_packages().join("venv/bin/python")).run();
    }
    let has_peers = name == WITH_PEERS.0 && options.arguments.iter().any(|argument| argument == WITH_PEERS.1);
    if has_peers {
        clients::prepare_peers()?;
    }
    if !(name == ON_BOTH_DATABASES || has_peers) || has_postgres_url() || postgres::programs().is_none() {
        return program.run();
    }
    let postgres = Postgres::start()?;
    program.env(POSTGRES_URL, postgres.url("bench")).repeat(format!("cargo xtask bench {name}")).run()
}

/// `cargo xtask demo-data`: writes a generated history, by a program in a release build.
pub fn demo_data(arguments: &[String]) -> Result<(), Error> {
    Step::cargo("generated history")
        .args(["run", "--release", "--package", PACKAGE, "--bin", DEMO_DATA, "--"])
        .args(arguments)
        .run()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no configuration file")]
fn has_postgres_url() -> bool {
    std::env::var_os(POSTGRES_URL).is_some()
}

fn names() -> Result<Vec<String>, Error> {
    let metadata = MetadataCommand::new().manifest_path(repository::root().join("Cargo.toml")).no_deps().exec()?;
    let programs = metadata.packages.iter().filter(|package| package.name.as_str() == PACKAGE);
    let targets = programs.flat_map(|package| &package.targets);
    let names = targets.filter(|target| target.kind.contains(&TargetKind::Bin)).map(|target| target.name.clone());
    Ok(names.filter(|name| name != DEMO_DATA).collect())
}
