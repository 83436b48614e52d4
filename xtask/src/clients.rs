//! The official clients: their packages in an environment of their own, and the tests with them.

use std::fs::File;
use std::io::Seek;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::postgres::Postgres;
use crate::repository;
use crate::step::Step;

/// Installs the pinned packages unless they are there already.
pub fn prepare() -> Result<(), Error> {
    prepare_python()?;
    prepare_node()
}

/// The engines that the benchmark of the store is compared with, those that Python's registry has.
pub fn prepare_peers() -> Result<(), Error> {
    prepare_environment(
        &repository::target().join("peers/venv"),
        &repository::root().join("bench/peers/requirements.txt"),
    )
}

fn prepare_python() -> Result<(), Error> {
    let requirements = repository::client_tests().join("requirements.txt");
    prepare_environment(&repository::client_packages().join("venv"), &requirements)
}

fn prepare_environment(environment: &Path, requirements: &Path) -> Result<(), Error> {
    let stamp = Stamp::of(environment.join("installed.stamp"), &[requirements])?;
    if stamp.is_fresh() {
        return Ok(());
    }
    Step::new("Python environment", "python3").args(["-m", "venv", "--clear"]).args([environment]).run()?;
    Step::new("Python packages", environment.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .args([requirements])
        .run()?;
    stamp.write()
}

fn prepare_node() -> Result<(), Error> {
    let folder = repository::client_packages().join("node");
    let source = repository::client_tests().join("node");
    let files = ["package.json", "package-lock.json"];
    let stamp = Stamp::of(folder.join("installed.stamp"), &files.map(|file| source.join(file)))?;
    if stamp.is_fresh() {
        return Ok(());
    }
    // Installed outside the source tree: the packages' description is copied there.
    std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
    for file in files {
        std::fs::copy(source.join(file), folder.join(file)).map_err(Error::file(source.join(file)))?;
    }
    Step::new("Node clients", "npm").args(["ci", "--no-audit", "--no-fund", "--prefix"]).args([&folder]).run()?;
    stamp.write()
}

/// Runs them against the built server; `postgres` is for the run with that database. Each run waits for its servers half of
/// the time, so two go side by side.
pub fn run(postgres: &Postgres) -> Result<(), Error> {
    let mut aside = tempfile::tempfile().map_err(Error::file(std::env::temp_dir()))?;
    let files = tests_on_both_databases()?;
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            python("Python clients against call centre, buckets, log service and trails on PostgreSQL", &files)
                .env("CAIRN_CLIENTS_ALL_ON_POSTGRES_URL", postgres.url("clients_all"))
                .env("CAIRN_CLIENTS_PSQL", postgres.program("psql"))
                .run_aside(&aside)?;
            node().run_aside(&aside)
        });
        let first = python("Python clients against the server", &[repository::client_tests()])
            .env("CAIRN_CLIENTS_POSTGRES_URL", postgres.url("clients"))
            .run();
        (first, second.join())
    });
    show(&mut aside)?;
    first?;
    second.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// How to repeat a run alone.
const REPEAT: &str = "cargo xtask test --only clients";

fn python(step: &str, files: &[PathBuf]) -> Step {
    Step::new(step, repository::client_packages().join("venv/bin/python"))
        .args(["-m", "pytest"])
        .args(files)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("CAIRN_BIN", repository::server_binary())
        // They start a gateway that is a Node program.
        .env("NODE_PATH", node_packages())
        .repeat(REPEAT)
}

fn node() -> Step {
    let file = |name: &str| repository::client_tests().join(format!("node/{name}.test.js"));
    Step::new("Node clients against the server", "node")
        .args(["--test", "--test-reporter=spec"])
        .args(["matrix", "bucket", "logstore"].map(file))
        .env("NODE_PATH", node_packages())
        .env("CAIRN_BIN", repository::server_binary())
        .repeat(REPEAT)
}

fn node_packages() -> PathBuf {
    repository::client_packages().join("node/node_modules")
}

/// Prints what was written into a file.
fn show(file: &mut File) -> Result<(), Error> {
    let copied = file.rewind().and_then(|()| std::io::copy(file, &mut std::io::stdout()));
    copied.map(drop).map_err(Error::file(std::env::temp_dir()))
}

/// Beginnings of the names of files whose tests must hold on both databases.
const ON_BOTH_DATABASES: [&str; 6] =
    ["test_ccc_", "test_bucket_", "test_logstore_", "test_trail_delivery", "test_actiontrail_", "test_compaction"];
/// Tests that kill the server over and over: what they show is in journal and store.
const CRASHES: &str = "_crash.py";

/// The files of those tests.
fn tests_on_both_databases() -> Result<Vec<PathBuf>, Error> {
    let folder = repository::client_tests();
    let entries = std::fs::read_dir(&folder).map_err(Error::file(&folder))?;
    let is_wanted = |name: &str| {
        let is_of_both = ON_BOTH_DATABASES.iter().any(|beginning| name.starts_with(beginning));
        is_of_both && name.ends_with(".py") && !name.ends_with(CRASHES)
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_wanted));
    files.sort();
    Ok(files)
}

/// Remembers from which descriptions an environment was installed.
struct Stamp {
    path: std::path::PathBuf,
    content: Vec<u8>,
}

impl Stamp {
    fn of(path: std::path::PathBuf, descriptions: &[impl AsRef<Path>]) -> Result<Self, Error> {
        let mut content = Vec::new();
        for description in descriptions {
            let description = description.as_ref();
            content.extend(std::fs::read(description).map_err(Error::file(description))?);
        }
        Ok(Self { path, content })
    }

    fn is_fresh(&self) -> bool {
        std::fs::read(&self.path).is_ok_and(|found| found == self.content)
    }

    fn write(&self) -> Result<(), Error> {
        std::fs::write(&self.path, &self.content).map_err(Error::file(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamp_is_stale_when_a_description_changes() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let description = folder.path().join("requirements.txt");
        std::fs::write(&description, "a==1")?;
        let stamp = || Stamp::of(folder.path().join("stamp"), &[&description]);
        assert!(!stamp()?.is_fresh());
        stamp()?.write()?;
        assert!(stamp()?.is_fresh());
        std::fs::write(&description, "a==2")?;
        assert!(!stamp()?.is_fresh());
        Ok(())
    }
}
