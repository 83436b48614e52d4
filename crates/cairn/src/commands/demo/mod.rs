//! `cairn demo`: a server on a temporary folder, real signed calls by real identities, and what the audit has of them.
//!
//! It is a tour for newcomers and a check: the exit code tells whether everything that it says held.

mod call_center;
mod call_day;
mod call_records;
mod history;
mod story;
mod trail;

use std::process::ExitCode;

use clap::Args;
use identity::{FirstCredentials, FirstStart};
use openapi::SecretText;
use openapi::client::Credentials;
use tokio::runtime::Runtime;

use super::CommandError;
use super::api::Api;
use crate::config::Config;
use crate::server::{Server, StartOptions};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Leave the server running at the end, until Enter is pressed
    #[arg(long)]
    stay: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::Builder::new().prefix("cairn-demo-").tempdir()?;
    let config = Config { data: folder.path().join("data"), listen: "127.0.0.1:0".to_owned(), ..Config::default() };
    let mut stage = Stage { runtime, config, server: None };

    heading("1. A server starts on an empty folder: an account, its root key and an administrator are created");
    let keys = stage.start()?.ok_or("the first start created no credentials")?;
    println!("   {} serves account {}", stage.endpoint(), keys.account_id);
    let root = stage.client(&keys.root)?;
    let administrator = stage.client(&(keys.administrator.1.clone(), keys.administrator.2.clone()))?;

    let mut checks = Checks::default();
    let told = story::calls(&root, &administrator, &mut checks)?;
    story::lookups(&root, &told, &keys.account_id, &mut checks)?;

    heading("5. The server stops and starts again on the same folder");
    stage.stop();
    stage.start()?;
    let root = stage.client(&keys.root)?;
    println!("   {} serves the same events", stage.endpoint());
    story::still_there(&root, &told, &mut checks)?;
    call_center::tour(&root, &mut checks)?;
    stage.history(&root, &keys.account_id, &mut checks)?;
    let place = trail::Place {
        endpoint: &stage.endpoint(),
        credentials: &root_credentials(&keys),
        region: &stage.config.default_region,
        account_id: &keys.account_id,
    };
    trail::tour(&root, &place, &mut checks)?;

    if arguments.stay {
        println!("\n   The server stays at {} until you press Enter.", stage.endpoint());
        println!(
            "   export ALIBABA_CLOUD_ACCESS_KEY_ID={} ALIBABA_CLOUD_ACCESS_KEY_SECRET={}",
            keys.root.0,
            keys.root.1.expose()
        );
        std::io::stdin().read_line(&mut String::new())?;
    }
    stage.stop();
    Ok(checks.conclude())
}

fn root_credentials(keys: &FirstCredentials) -> Credentials {
    let (id, secret) = &keys.root;
    Credentials { access_key_id: id.clone(), access_key_secret: secret.clone(), security_token: None }
}

fn heading(text: &str) {
    println!("\n{text}\n");
}

/// The server of the demo and what runs it.
struct Stage {
    runtime: Runtime,
    config: Config,
    server: Option<Server>,
}

impl Drop for Stage {
    /// A demo that ends early ends its server in order, too.
    fn drop(&mut self) {
        self.stop();
    }
}

impl Stage {
    fn start(&mut self) -> Result<Option<FirstCredentials>, CommandError> {
        let options = StartOptions { first_start: FirstStart::default(), without_sync: false };
        let mut server = self.runtime.block_on(Server::start(&self.config, options))?;
        let created = server.take_first_credentials();
        self.server = Some(server);
        Ok(created)
    }

    fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }

    fn history(&self, root: &Api, account_id: &str, checks: &mut Checks) -> Result<(), CommandError> {
        let server = self.server.as_ref().ok_or("the server does not run")?;
        let (recorder, indexer) = server.recording();
        history::tour(&history::Recording { runtime: &self.runtime, recorder, indexer }, root, account_id, checks)
    }

    fn endpoint(&self) -> String {
        self.server.as_ref().map(|server| format!("http://{}", server.address())).unwrap_or_default()
    }

    fn client(&self, (id, secret): &(String, SecretText)) -> Result<Api, CommandError> {
        let credentials =
            Credentials { access_key_id: id.clone(), access_key_secret: secret.clone(), security_token: None };
        Api::new(&self.endpoint(), credentials)
    }
}

/// What was promised and whether it held.
#[derive(Default)]
struct Checks {
    held: usize,
    failed: Vec<String>,
}

impl Checks {
    fn expect(&mut self, what: &str, held: bool) {
        println!("   {} {what}", if held { "✓" } else { "✗" });
        if held {
            self.held += 1;
        } else {
            self.failed.push(what.to_owned());
        }
    }

    fn conclude(self) -> ExitCode {
        if self.failed.is_empty() {
            println!("\nAll {} checks held.", self.held);
            return ExitCode::SUCCESS;
        }
        println!("\n{} checks failed:", self.failed.len());
        self.failed.iter().for_each(|what| println!("   ✗ {what}"));
        ExitCode::FAILURE
    }
}
