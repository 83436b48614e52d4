//! One TCP connection: requests out, their answers back by sequence number, what the gateway sends by itself in between.

use std::collections::HashMap;

use futures::{SinkExt, StreamExt};
use rusmpp::pdus::DeliverSmResp;
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::{Command, CommandStatus, Pdu};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::codec::Framed;

use super::receipt;
use crate::limits::{ENQUIRE_INTERVAL, REQUEST_QUEUE};
use crate::provider::Report;

/// A request with where its answer goes.
type Request = (Pdu, oneshot::Sender<Command>);

/// The sending side; clones share the connection.
#[derive(Clone)]
pub(super) struct Link(mpsc::Sender<Request>);

/// The connection itself; it lives as long as somebody runs it.
pub(super) struct Connection {
    frames: Framed<TcpStream, CommandCodec>,
    requests: mpsc::Receiver<Request>,
    // Who waits for the answer of which request.
    waiting: HashMap<u32, oneshot::Sender<Command>>,
    next_sequence: u32,
    heard_at: Instant,
}

/// Both sides of a connection.
pub(super) fn open(stream: TcpStream) -> (Link, Connection) {
    let (sender, requests) = mpsc::channel(REQUEST_QUEUE);
    let frames = Framed::new(stream, CommandCodec::new());
    let connection =
        Connection { frames, requests, waiting: HashMap::new(), next_sequence: 1, heard_at: Instant::now() };
    (Link(sender), connection)
}

impl Link {
    /// Sends a request and waits for its answer as long as the connection lives; `None` when it does not any more.
    pub(super) async fn request(&self, pdu: impl Into<Pdu>) -> Option<Command> {
        let (answer, answered) = oneshot::channel();
        self.0.send((pdu.into(), answer)).await.ok()?;
        answered.await.ok()
    }
}

impl Connection {
    /// Serves until the connection ends; the text is for people.
    pub(super) async fn run(mut self, reports: &mpsc::Sender<Report>) -> String {
        let mut ticks = tokio::time::interval(ENQUIRE_INTERVAL);
        loop {
            let step = tokio::select! {
                request = self.requests.recv() => match request {
                    Some((pdu, answer)) => self.send_request(pdu, answer).await,
                    None => return "the driver ended".to_owned(),
                },
                command = self.frames.next() => match command {
                    Some(Ok(command)) => self.take(command, reports).await,
                    Some(Err(error)) => return format!("what the gateway sent cannot be read: {error}"),
                    None => return "the gateway closed the connection".to_owned(),
                },
                _ = ticks.tick() => self.look_after_peer().await,
            };
            if let Err(cause) = step {
                return cause;
            }
        }
    }

    async fn send_request(&mut self, pdu: Pdu, answer: oneshot::Sender<Command>) -> Result<(), String> {
        let sequence = self.next_sequence;
        // 1 to 0x7FFFFFFF, around and around.
        self.next_sequence = sequence % 0x7FFF_FFFF + 1;
        self.waiting.insert(sequence, answer);
        self.send(CommandStatus::EsmeRok, sequence, pdu).await
    }

    async fn send(&mut self, status: CommandStatus, sequence: u32, pdu: Pdu) -> Result<(), String> {
        let command = Command::new(status, sequence, pdu);
        self.frames.send(&command).await.map_err(|error| format!("nothing can be sent: {error}"))
    }

    /// A receipt is confirmed after it was handed over, so that one that is lost here comes again.
    async fn take(&mut self, command: Command, reports: &mpsc::Sender<Report>) -> Result<(), String> {
        self.heard_at = Instant::now();
        let sequence = command.sequence_number();
        match command.pdu() {
            Some(Pdu::DeliverSm(delivered)) => {
                if let Some(receipt) = receipt::of(delivered) {
                    reports.send(Report::Receipt(receipt)).await.map_err(|_| "nobody reads reports".to_owned())?;
                }
                self.send(CommandStatus::EsmeRok, sequence, DeliverSmResp::default().into()).await
            }
            Some(Pdu::EnquireLink) => self.send(CommandStatus::EsmeRok, sequence, Pdu::EnquireLinkResp).await,
            Some(Pdu::Unbind) => {
                self.send(CommandStatus::EsmeRok, sequence, Pdu::UnbindResp).await?;
                Err("the gateway unbound".to_owned())
            }
            _ => {
                // An answer, also one that is an error and has no body. Who waited may have left.
                if let Some(answer) = self.waiting.remove(&sequence) {
                    let _ = answer.send(command);
                }
                Ok(())
            }
        }
    }

    /// Asks a silent peer whether it lives, and forgets the requests that nobody waits for.
    async fn look_after_peer(&mut self) -> Result<(), String> {
        self.waiting.retain(|_, answer| !answer.is_closed());
        let silence = self.heard_at.elapsed();
        if silence >= 2 * ENQUIRE_INTERVAL {
            return Err("the gateway is silent".to_owned());
        }
        if silence < ENQUIRE_INTERVAL / 2 {
            return Ok(());
        }
        // The answer counts as heard whoever it is for.
        let (answer, _) = oneshot::channel();
        self.send_request(Pdu::EnquireLink, answer).await
    }
}
