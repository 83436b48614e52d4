//! The binding: made, kept, made anew.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use rusmpp::CommandStatus;
use rusmpp::pdus::BindTransceiver;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::SmppSettings;
use super::link::{self, Link};
use super::parts::{INTERFACE_VERSION, c_string};
use crate::limits::RECONNECT_PAUSES;
use crate::provider::Report;

/// The bound connection of the moment, or why there is none.
pub(super) struct Session(RwLock<Result<Link, String>>);

impl Session {
    /// Not bound yet.
    pub(super) fn new() -> Self {
        Self(RwLock::new(Err("the first connection is still being made".to_owned())))
    }

    pub(super) fn link(&self) -> Result<Link, String> {
        self.0.read().clone()
    }

    fn set(&self, link: Result<Link, String>) {
        *self.0.write() = link;
    }
}

/// Connects, binds and serves for ever; pauses between attempts, longer each time one fails at once.
pub(super) async fn keep_bound(settings: SmppSettings, session: Arc<Session>, reports: mpsc::Sender<Report>) {
    let (first, longest) = RECONNECT_PAUSES;
    let mut pause = first;
    loop {
        let cause = match serve(&settings, &session, &reports).await {
            Ok(cause) => {
                pause = first;
                cause
            }
            Err(cause) => cause,
        };
        session.set(Err(cause.clone()));
        if reports.is_closed() {
            return;
        }
        tracing::warn!(address = settings.address, cause, pause_ms = millis(pause), "not bound to the SMPP gateway");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

/// One connection from binding to its end and why it ended. An error means that it was never bound.
async fn serve(settings: &SmppSettings, session: &Session, reports: &mpsc::Sender<Report>) -> Result<String, String> {
    let bind = bind_command(settings)?;
    let connecting = TcpStream::connect(&settings.address);
    let stream = tokio::time::timeout(settings.timeout, connecting)
        .await
        .map_err(|_| "it cannot be reached in time".to_owned())?
        .map_err(|error| error.to_string())?;
    let (link, connection) = link::open(stream);
    let mut running = std::pin::pin!(connection.run(reports));
    let mut asking = std::pin::pin!(tokio::time::timeout(settings.timeout, link.request(bind)));
    let answer = tokio::select! {
        answer = &mut asking => answer,
        // A gateway that refuses may close at once: its answer came before, and says why.
        cause = &mut running => match asking.await {
            Ok(Some(answer)) if answer.status() != CommandStatus::EsmeRok => Ok(Some(answer)),
            _ => return Err(cause),
        },
    };
    let answer = answer.ok().flatten().ok_or("it does not answer the binding in time")?;
    if answer.status() != CommandStatus::EsmeRok {
        return Err(format!("it refused the binding: {:?}", answer.status()));
    }
    tracing::info!(address = settings.address, "bound to the SMPP gateway");
    session.set(Ok(link.clone()));
    Ok(running.await)
}

fn bind_command(settings: &SmppSettings) -> Result<BindTransceiver, String> {
    Ok(BindTransceiver::builder()
        .system_id(c_string(&settings.system_id, "system_id")?)
        .password(c_string(settings.password.expose(), "password")?)
        .system_type(c_string(&settings.system_type, "system_type")?)
        .interface_version(INTERFACE_VERSION)
        .build())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
