//! The connection: bound, watched, made anew.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use parking_lot::RwLock;
use rusmpp::pdus::{BindTransceiver, DeliverSmResp};
use rusmpp::values::InterfaceVersion;
use rusmpp::{Command, Pdu};
use rusmppc::{Client, ConnectionBuilder, Event};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::parts::{INTERFACE_VERSION, c_string};
use super::{SmppSettings, receipt};
use crate::limits::RECONNECT_PAUSES;
use crate::provider::Report;

/// The bound connection of the moment, if there is one.
#[derive(Default)]
pub(super) struct Session(RwLock<Option<Client>>);

impl Session {
    pub(super) fn client(&self) -> Option<Client> {
        self.0.read().clone()
    }

    fn set(&self, client: Option<Client>) {
        *self.0.write() = client;
    }
}

/// Connects, binds and serves for ever; pauses between attempts, longer each time one fails at once.
pub(super) async fn keep_bound(settings: SmppSettings, session: Arc<Session>, reports: mpsc::Sender<Report>) {
    let (first, longest) = RECONNECT_PAUSES;
    let mut pause = first;
    loop {
        let cause = match serve(&settings, &session, &reports).await {
            Ok(()) => {
                pause = first;
                "the gateway closed the connection".to_owned()
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

/// One connection from binding to its end. An error means that it was never bound.
async fn serve(settings: &SmppSettings, session: &Session, reports: &mpsc::Sender<Report>) -> Result<(), String> {
    let connecting = TcpStream::connect(&settings.address);
    let stream = tokio::time::timeout(settings.timeout, connecting)
        .await
        .map_err(|_| "it cannot be reached in time".to_owned())?
        .map_err(|error| error.to_string())?;
    let (client, mut events) = ConnectionBuilder::new()
        // The crate's own version is 5.0; bytes of 3.4 are a part of it.
        .with_interface_version_check(false)
        // Whoever sends waits as long as it likes, and a late answer still finds its message. The crate has the same for
        // one request, but there it does nothing.
        .no_response_timeout()
        .connected(stream);
    let bind = bind_command(settings, INTERFACE_VERSION)?;
    tokio::time::timeout(settings.timeout, client.bind_transceiver(bind))
        .await
        .map_err(|_| "it does not answer the binding in time".to_owned())?
        .map_err(|error| format!("binding failed: {error}"))?;
    tracing::info!(address = settings.address, "bound to the SMPP gateway");
    session.set(Some(client.clone()));
    while let Some(event) = events.next().await {
        match event {
            Event::Incoming(command) => {
                if !take(&client, &command, reports).await {
                    break;
                }
            }
            Event::Error(error) => tracing::warn!(%error, "SMPP connection"),
        }
    }
    Ok(())
}

fn bind_command(settings: &SmppSettings, version: InterfaceVersion) -> Result<BindTransceiver, String> {
    Ok(BindTransceiver::builder()
        .system_id(c_string(&settings.system_id, "system_id")?)
        .password(c_string(settings.password.expose(), "password")?)
        .system_type(c_string(&settings.system_type, "system_type")?)
        .interface_version(version)
        .build())
}

/// Handles what the gateway sends by itself; `false` ends the connection. A receipt is confirmed after it was handed
/// over, so that one that is lost here comes again.
async fn take(client: &Client, command: &Command, reports: &mpsc::Sender<Report>) -> bool {
    match command.pdu() {
        Some(Pdu::DeliverSm(delivered)) => {
            if let Some(receipt) = receipt::of(delivered)
                && reports.send(Report::Receipt(receipt)).await.is_err()
            {
                return false;
            }
            client.deliver_sm_resp(command.sequence_number(), DeliverSmResp::default()).await.is_ok()
        }
        Some(Pdu::Unbind) => {
            // The gateway leaves either way.
            let _ = client.unbind_resp(command.sequence_number()).await;
            false
        }
        _ => true,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
