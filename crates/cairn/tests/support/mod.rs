//! A `cairn serve` process under test, and signed calls to it.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use openapi::SecretText;
use openapi::client::{Credentials, signed_v1_query};
use openapi::clock::now_ms;
use serde_json::Value;

pub const ACCOUNT_ID: &str = "1059804828509001";
const KEY_ID: &str = "LTAI5tCrashRootKey000001";
const KEY_SECRET: &str = "CrashRootSecret000000000000001";

/// A running server; killed by its own process id when dropped.
pub struct Server {
    child: Child,
    pub endpoint: String,
}

impl Server {
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, None)
    }

    /// With a configuration file.
    pub fn start_with(data: &Path, config: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cairn"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        let mut child = command
            .env("CAIRN_ACCOUNT_ID", ACCOUNT_ID)
            .env("CAIRN_ROOT_ACCESS_KEY_ID", KEY_ID)
            .env("CAIRN_ROOT_ACCESS_KEY_SECRET", KEY_SECRET)
            .env("CAIRN_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let output = child.stdout.take().expect("its output is piped");
        let mut lines = BufReader::new(output).lines();
        let endpoint = lines
            .find_map(|line| line.ok()?.strip_prefix("listening on ").map(str::to_owned))
            .expect("the server says where it listens");
        Self { child, endpoint }
    }

    /// SIGKILL, as a power cut would end it.
    pub fn kill(&mut self) {
        self.child.kill().expect("the server is killed");
        self.child.wait().expect("the server has ended");
    }

    /// SIGTERM; answers whether it ended with success.
    pub fn terminate(&mut self) -> bool {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(sent.success());
        self.child.wait().expect("the server has ended").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}

/// A call as the account. Status and body, or the transport's failure.
pub fn call(
    agent: &ureq::Agent,
    endpoint: &str,
    version: &str,
    operation: &str,
    parameters: &[(&str, &str)],
) -> Result<(u16, Value), ureq::Error> {
    let credentials = Credentials {
        access_key_id: KEY_ID.to_owned(),
        access_key_secret: SecretText::new(KEY_SECRET),
        security_token: None,
    };
    let query = signed_v1_query("GET", operation, version, parameters, &credentials, now_ms().div_euclid(1_000));
    let mut response = agent.get(format!("{endpoint}/?{query}")).call()?;
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string()?;
    Ok((status, serde_json::from_str(&text).expect("every answer is JSON")))
}
