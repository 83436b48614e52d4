//! The other engines that are installed, by a script that loads the same Parquet files and asks the same questions.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bench::Failure;
use bench::audit_parts::DataPaths;
use serde_json::{Value, json};

use crate::probes::Probe;
use crate::statements::STATEMENTS;

/// Where `cargo xtask bench store --peers` installs their packages.
const PYTHON: &str = "target/peers/venv/bin/python";
const SCRIPT: &str = "bench/peers/run.py";
/// Questions of a kind that each engine is asked; some need seconds for one.
const NEEDLES: usize = 15;

/// What one engine said.
pub struct Peer {
    /// Name and version.
    pub name: String,
    /// Loading and size, for people.
    pub told: String,
    answer: Value,
}

impl Peer {
    /// Median of a kind of question, milliseconds, as a cell of the table.
    pub fn median(&self, probe: &str) -> String {
        self.answer["queries"][probe]["p50_ms"].as_f64().map_or_else(|| "–".to_owned(), |ms| format!("{ms:.1}"))
    }
}

/// Asks all.
pub fn run(folder: &Path, paths: &DataPaths, probes: &[Probe]) -> Result<Vec<Peer>, Failure> {
    let answers = script(folder, paths, probes, "measure")?;
    let peers = answers.as_array().ok_or("the script of the peers answered no list")?;
    Ok(peers.iter().map(peer).collect())
}

/// What DuckDB finds over the Parquet files: the number of events that each first needle has, and the rows of each SQL.
pub fn counts(folder: &Path, paths: &DataPaths, probes: &[Probe]) -> Result<Value, Failure> {
    script(folder, paths, probes, "count")
}

fn peer(answer: &Value) -> Peer {
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    Peer { name: text("name"), told: text("told"), answer: answer.clone() }
}

fn script(folder: &Path, paths: &DataPaths, probes: &[Probe], command: &str) -> Result<Value, Failure> {
    let probes: Vec<Value> = probes
        .iter()
        .map(|probe| {
            let asks: Vec<Value> = probe.asks.iter().take(NEEDLES).map(|ask| ask.to_json()).collect();
            json!({"name": probe.name, "asks": asks})
        })
        .collect();
    let statements: Vec<Value> =
        STATEMENTS.iter().map(|statement| json!({"name": statement.name, "text": statement.text})).collect();
    let work = folder.join("peers");
    std::fs::create_dir_all(&work)?;
    let plan = work.join("plan.json");
    let (segments, absolute_work) = (std::path::absolute(paths.segments())?, std::path::absolute(&work)?);
    let asked = json!({"segments": segments, "work": absolute_work, "probes": probes, "statements": statements});
    std::fs::write(&plan, asked.to_string())?;
    let python = Some(PathBuf::from(PYTHON)).filter(|python| python.is_file()).unwrap_or_else(|| "python3".into());
    let output = Command::new(python).args([SCRIPT, command]).arg(&plan).stderr(Stdio::inherit()).output()?;
    std::fs::remove_dir_all(&work)?;
    if !output.status.success() {
        return Err(format!("{SCRIPT} {command} ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
