//! Requests to the log service, from HTTP to its crate and back.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::logstore::limits::MAX_BODY_BYTES;
use ::logstore::{CatchUp, Fault, Head, LogService, codes};
use audit::Indexer;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, HOST, HeaderValue};
use hyper::{Request, Response};
use openapi::clock::now_ms;

use super::body::{self, BodyFault};
use super::http::AnyResponse;

/// A client has so long for the body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// Whether a request is meant for this service: its clients say so in a header, and web pages by the path.
pub(super) fn is_for_logs(request: &Request<Incoming>) -> bool {
    ::logstore::is_meant(request.uri().path(), request.uri().query().unwrap_or_default(), request.headers())
}

/// Answers a request. It runs in a task of its own: what was begun ends and is recorded, also for a client who is gone.
pub(super) async fn answer(service: &Arc<LogService>, peer: SocketAddr, request: Request<Incoming>) -> AnyResponse {
    let (parts, body) = request.into_parts();
    let body = body::read(body, MAX_BODY_BYTES, BODY_TIMEOUT).await.map_err(refusal);
    let is_unread = body.is_err();
    let head = body.map(|body| Head {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        raw_query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: with_host(parts.headers, &parts.uri),
        body,
        source_ip: peer.ip(),
        secure: false,
        arrived_at_ms: now_ms(),
    });
    let service = Arc::clone(service);
    let answering = tokio::spawn(async move { service.handle(head).await });
    let answer = answering.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a request to the log service failed outside its handler");
        ::logstore::failed()
    });
    let (mut parts, body) = answer.into_parts();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::from_parts(parts, body);
    if is_unread {
        // The rest of the body was not read, so the connection cannot carry another request.
        response.headers_mut().insert("connection", HeaderValue::from_static("close"));
    }
    response
}

/// A client that speaks to a proxy may name the host in its target alone.
fn with_host(mut headers: hyper::HeaderMap, uri: &hyper::Uri) -> hyper::HeaderMap {
    if !headers.contains_key(HOST)
        && let Some(host) = uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok())
    {
        headers.insert(HOST, host);
    }
    headers
}

fn refusal(fault: BodyFault) -> Fault {
    match fault {
        BodyFault::TooLarge => codes::BODY_TOO_LARGE.fault(),
        BodyFault::Incomplete => codes::BODY_INVALID.says("The body ended before it was complete."),
        BodyFault::Late => codes::BODY_INVALID.says("The body did not arrive within 60 seconds."),
    }
}

/// The way from the journal to the store, as the log service knows it.
pub(super) struct Index(pub(super) Arc<Indexer>);

impl CatchUp for Index {
    fn catch_up(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async { self.0.catch_up().await.map_err(|fault| fault.to_string()) })
    }
}
