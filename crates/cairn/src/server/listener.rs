//! The socket: connections are accepted, bounded in number, time and size, and ended in good order.
//!
//! A call runs in a task of its own, so that a client who hangs up cannot stop an operation between its effect and
//! its record.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use super::connection::Connection;
use super::{Parts, http};

/// Connections at a time; further ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 10_000;
/// A client has so long for the head of a request, and may keep an idle connection so long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// Largest head of a request, bytes: the official clients put everything in the query.
const MAX_HEAD_BYTES: usize = 512 * 1024;
/// Calls in hand have so long to finish when the server ends.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// The listening socket and its connections.
pub(super) struct Listener {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Binds and begins to accept.
    pub(super) async fn start(address: &str, parts: Arc<Parts>) -> std::io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let accepting = tokio::spawn(accept_all(socket, parts, stopped));
        Ok(Self { address, stop, accepting })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more, lets the calls in hand finish.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.accepting.await {
            tracing::error!(%error, "the listener failed");
        }
    }
}

async fn accept_all(socket: TcpListener, parts: Arc<Parts>, mut stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let place = tokio::select! {
            _ = stopped.changed() => break,
            place = places.clone().acquire_owned() => place,
        };
        let accepted = tokio::select! {
            _ = stopped.changed() => break,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let serving = serve(stream, peer, parts.clone(), &graceful);
                tokio::spawn(async move {
                    serving.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: waiting is all that helps.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(socket);
    if tokio::time::timeout(STOP_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
}

fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    parts: Arc<Parts>,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + use<> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no-delay is not available");
    }
    parts.metrics.connections().inc();
    let service_parts = parts.clone();
    let stream = Connection::new(stream);
    let connection = stream.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (parts, connection) = (service_parts.clone(), connection.clone());
        async move { Ok::<_, Infallible>(http::answer(parts, peer, connection, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        // A client may close its side after the request and still read the answer.
        .half_close(true)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let watched = graceful.watch(connection);
    async move {
        if let Err(error) = watched.await {
            tracing::debug!(%error, %peer, "a connection ended early");
        }
        parts.metrics.connections().dec();
    }
}
