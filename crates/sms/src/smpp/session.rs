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

/// The bound connection of the moment, if there is one.
#[derive(Default)]
pub(super) struct Session(RwLock<Option<Link>>);

impl Session {
    pub(super) fn link(&self) -> Option<Link> {
        self.0.read().clone()
    }

    fn set(&self, link: Option<Link>) {
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
        session.set(None);
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
    let answer = tokio::select! {
        answer = tokio::time::timeout(settings.timeout, link.request(bind)) => answer,
        cause = &mut running => return Err(cause),
    };
    let answer = answer.ok().flatten().ok_or("it does not answer the binding in time")?;
    if answer.status() != CommandStatus::EsmeRok {
        return Err(format!("it refused the binding: {:?}", answer.status()));
    }
    tracing::info!(address = settings.address, "bound to the SMPP gateway");
    session.set(Some(link));
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
