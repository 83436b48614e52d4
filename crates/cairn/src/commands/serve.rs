//! `cairn serve`: runs the server until it is told to stop.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use identity::{FirstCredentials, FirstStart};
use openapi::SecretText;
use tokio::signal::unix::{SignalKind, signal};

use super::CommandError;
use crate::config::Config;
use crate::server::{Server, StartOptions};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder for everything that the server keeps [default: ./cairn-data]
    #[arg(long, env = "CAIRN_DATA")]
    data: Option<PathBuf>,
    /// Address and port [default: 127.0.0.1:8080]
    #[arg(long, env = "CAIRN_LISTEN")]
    listen: Option<String>,
    /// Configuration file
    #[arg(long, env = "CAIRN_CONFIG")]
    config: Option<PathBuf>,
    /// Account id to begin with
    #[arg(long, env = "CAIRN_ACCOUNT_ID", hide = true)]
    account_id: Option<String>,
    /// Root key to begin with
    #[arg(long, env = "CAIRN_ROOT_ACCESS_KEY_ID", hide = true)]
    root_access_key_id: Option<String>,
    /// Its secret
    #[arg(long, env = "CAIRN_ROOT_ACCESS_KEY_SECRET", hide = true, hide_env_values = true)]
    root_access_key_secret: Option<String>,
    /// Do not sync the journal: to measure what syncing costs, never for data
    #[arg(long, hide = true)]
    without_sync_for_benchmarks: bool,
}

/// What had started when a start fails has so long to end.
const FAILED_START_PATIENCE: Duration = Duration::from_secs(2);

pub fn run(arguments: Arguments) -> Result<ExitCode, CommandError> {
    let mut config = Config::load(arguments.config.as_deref())?;
    config.data = arguments.data.unwrap_or(config.data);
    config.listen = arguments.listen.unwrap_or(config.listen);
    let options = StartOptions {
        first_start: FirstStart {
            account_id: arguments.account_id,
            root_access_key_id: arguments.root_access_key_id,
            root_access_key_secret: arguments.root_access_key_secret.map(SecretText::new),
        },
        without_sync: arguments.without_sync_for_benchmarks,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(&config, options));
    if served.is_err() {
        // Threads of what had started may wait for an answer of the control database, which this runtime will not bring
        // them any more. No call was taken, so nothing is lost; the reason is told at once.
        runtime.shutdown_timeout(FAILED_START_PATIENCE);
    }
    served
}

async fn serve(config: &Config, options: StartOptions) -> Result<ExitCode, CommandError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut server = Server::start(config, options).await?;
    if let Some(credentials) = server.take_first_credentials() {
        println!("{}", first_credentials(&credentials));
    }
    println!("listening on http://{}", server.address());
    std::io::stdout().flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: calls in hand finish, the journal is synced");
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Shown once: afterwards secrets exist sealed only.
fn first_credentials(credentials: &FirstCredentials) -> String {
    let (root_id, root_secret) = &credentials.root;
    let (user, id, secret) = &credentials.administrator;
    format!(
        "A new account was created. These keys are shown once: keep them.\n\n  \
         account id             {account}\n  \
         root access key        {root_id}\n  \
         root secret            {root}\n  \
         administrator          {user}\n  \
         administrator key      {id}\n  \
         administrator secret   {admin}\n",
        account = credentials.account_id,
        root = root_secret.expose(),
        admin = secret.expose(),
    )
}
