//! A `cairn serve` process, as a user would start it, on a folder and a free port.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use openapi::SecretText;
use openapi::client::Credentials;

/// Account of the benchmarks.
pub const ACCOUNT_ID: &str = "1059804828509000";
const KEY_ID: &str = "LTAI5tBenchRootKey000001";
const KEY_SECRET: &str = "BenchRootSecret000000000000001";

/// A running server; killed when dropped, ended in good order by [`Server::stop`].
pub struct Server {
    child: Child,
    /// `127.0.0.1:PORT`
    pub address: String,
}

impl Server {
    /// Starts the binary that was built beside this program.
    pub fn start(data: &Path, arguments: &[&str]) -> std::io::Result<Self> {
        let mut child = Command::new(binary()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(arguments)
            .env("CAIRN_ACCOUNT_ID", ACCOUNT_ID)
            .env("CAIRN_ROOT_ACCESS_KEY_ID", KEY_ID)
            .env("CAIRN_ROOT_ACCESS_KEY_SECRET", KEY_SECRET)
            .env("CAIRN_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or_else(|| std::io::Error::other("the server has no output"))?;
        for line in BufReader::new(output).lines() {
            if let Some(address) = line?.strip_prefix("listening on http://") {
                return Ok(Self { child, address: address.to_owned() });
            }
        }
        Err(std::io::Error::other("the server ended before it listened"))
    }

    /// Key that signs.
    pub fn credentials() -> Credentials {
        Credentials {
            access_key_id: KEY_ID.to_owned(),
            access_key_secret: SecretText::new(KEY_SECRET),
            security_token: None,
        }
    }

    /// Resident memory, bytes.
    pub fn resident_bytes(&self) -> std::io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.map(|kib| kib * 1024).ok_or_else(|| std::io::Error::other("the process status has no VmRSS"))
    }

    /// Ends the process.
    pub fn stop(mut self) -> std::io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(|_| ())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended after `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn binary() -> std::io::Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("cairn");
    if beside.is_file() {
        return Ok(beside);
    }
    Err(std::io::Error::other(format!(
        "{} is missing: build it with the same profile (cargo xtask bench does)",
        beside.display()
    )))
}
