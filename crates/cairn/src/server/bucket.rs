//! Requests to the object storage service, from HTTP to its crate and back.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::bucket::{Body, BucketService, Head, Query};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body_util::{BodyDataStream, BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use openapi::clock::now_ms;

use super::http::AnyResponse;

/// A client has so long for every next piece of a body.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two looks at the lifecycles of buckets.
const LIFECYCLE_EVERY: Duration = Duration::from_secs(3_600);

/// What the bucket of an instance of the call centre begins with.
const INSTANCE_PREFIX: &str = "/ccc-";

/// Whether a request is meant for this service: its clients sign in a form of their own, or use a host name of the
/// service; and of links to recordings people lose the end, which is to be refused in the service's words.
pub(super) fn is_for_buckets(service: &BucketService, request: &Request<Incoming>) -> bool {
    let authorization = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let is_signed = ::bucket::is_signed(authorization.unwrap_or_default(), request.uri().query().unwrap_or_default());
    is_signed
        || (authorization.is_none()
            && (service.has_host(host_name(request)) || request.uri().path().starts_with(INSTANCE_PREFIX)))
}

/// Whether a request that is not signed means a bucket by its path. OpenAPI calls go to `/` alone, so a path that begins
/// with what a bucket may be called is none of theirs; a page that somebody types by hand, one step without a query, is
/// left to be not found.
pub(super) fn is_bucket_path(request: &Request<Incoming>) -> bool {
    let path = request.uri().path();
    let path = path.strip_prefix('/').unwrap_or(path);
    let (bucket, is_page) = match path.split_once('/') {
        Some((bucket, _)) => (bucket, false),
        None => (path, request.method() == Method::GET && request.uri().query().is_none()),
    };
    let is_known = matches!(request.uri().path(), "/healthz" | "/metrics");
    let is_signed = request.headers().contains_key("authorization");
    !is_known && !is_signed && !is_page && ::bucket::names::check_bucket_name(bucket).is_ok()
}

fn host_name(request: &Request<Incoming>) -> &str {
    let header = request.headers().get("host").and_then(|value| value.to_str().ok());
    let host = header.or_else(|| request.uri().authority().map(|authority| authority.as_str())).unwrap_or_default();
    host.split(':').next().unwrap_or_default()
}

/// Answers a request. It runs in a task of its own: what was begun ends and is recorded, also for a client who is gone.
pub(super) async fn answer(service: &Arc<BucketService>, peer: SocketAddr, request: Request<Incoming>) -> AnyResponse {
    let is_head = request.method() == Method::HEAD;
    let (parts, body) = request.into_parts();
    let head = Query::parse(parts.uri.query().unwrap_or_default()).map(|query| Head {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query,
        headers: parts.headers,
        source_ip: peer.ip(),
        secure: false,
        arrived_at_ms: now_ms(),
    });
    let service = Arc::clone(service);
    let answering = tokio::spawn(async move { service.handle(head, pieces(body)).await });
    match answering.await {
        Ok(answer) => framed(answer, is_head),
        Err(error) => {
            tracing::error!(%error, "a request to a bucket failed outside its handler");
            let mut failed = Response::new(Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync());
            *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            failed
        }
    }
}

/// The answer as HTTP sends it.
fn framed(answer: ::bucket::Answer, is_head: bool) -> AnyResponse {
    let (mut parts, payload) = answer.into_parts();
    let may_have_length = !matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if !is_head && may_have_length {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(payload.len()));
    }
    let body = StreamBody::new(payload.into_stream().map(|piece| piece.map(Frame::data)));
    Response::from_parts(parts, body.boxed_unsync())
}

/// The body as pieces; a client that stops sending is an error, not a wait without end.
fn pieces(body: Incoming) -> Body {
    Box::pin(stream::unfold(Some(BodyDataStream::new(body)), |body| async move {
        let mut body = body?;
        match tokio::time::timeout(PIECE_TIMEOUT, body.next()).await {
            Ok(Some(Ok(piece))) => Some((Ok(piece), Some(body))),
            Ok(Some(Err(error))) => Some((Err(io::Error::other(error)), None)),
            Ok(None) => None,
            Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    })) as std::pin::Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>
}

/// Does now and then what the lifecycles of buckets ask for, after a look at what an earlier server left.
pub(super) async fn follow_lifecycles(service: Arc<BucketService>) {
    if let Err(error) = service.sweep_orphans().await {
        tracing::error!(%error, "files that belong to no object could not be looked for; the next start does");
    }
    let mut ticks = tokio::time::interval(LIFECYCLE_EVERY);
    loop {
        ticks.tick().await;
        service.warn_of_clock();
        if let Err(fault) = service.apply_lifecycles().await {
            tracing::error!(%fault, "the lifecycles of buckets could not be applied");
        }
        if let Err(error) = service.sweep_leftovers().await {
            tracing::error!(%error, "files that belong to no object could not be looked for");
        }
    }
}
