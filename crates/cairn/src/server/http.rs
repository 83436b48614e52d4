//! What a request is, and its answer as HTTP: an OpenAPI call, a page for operators, or nothing that is here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};
use openapi::limits::MAX_BODY_BYTES;
use openapi::{ApiError, HangUp, RawRequest, Reply, body_too_large, clock};

use super::body::{self, BodyFault};
use super::connection::Connection;
use super::{Parts, bucket, logstore, metrics_page};

/// A client has so long for the body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

type HttpResponse = Response<Full<Bytes>>;

/// An answer whose body may be read from a file while it leaves.
pub(super) type AnyResponse = Response<UnsyncBoxBody<Bytes, std::io::Error>>;

/// Answers a request. Every answer has a body, but to HEAD.
pub(super) async fn answer(
    parts: Arc<Parts>,
    peer: SocketAddr,
    connection: Connection,
    request: Request<Incoming>,
) -> AnyResponse {
    if bucket::is_for_buckets(&parts.buckets, &request) {
        return bucket::answer(&parts.buckets, peer, request).await;
    }
    if logstore::is_for_logs(&request) {
        return logstore::answer(&parts.logs, peer, request).await;
    }
    if bucket::is_bucket_path(&request) {
        return bucket::answer(&parts.buckets, peer, request).await;
    }
    answer_whole(parts, peer, connection, request).await.map(|body| body.map_err(|never| match never {}).boxed_unsync())
}

async fn answer_whole(
    parts: Arc<Parts>,
    peer: SocketAddr,
    connection: Connection,
    request: Request<Incoming>,
) -> HttpResponse {
    match request.uri().path() {
        "/" | "" => call(parts, peer, connection, request).await,
        "/healthz" => health(&parts),
        "/metrics" => metrics(&parts),
        path => not_found(path),
    }
}

async fn call(parts: Arc<Parts>, peer: SocketAddr, connection: Connection, request: Request<Incoming>) -> HttpResponse {
    let (head, body) = request.into_parts();
    let mut raw = RawRequest {
        method: head.method,
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: Bytes::new(),
        source_ip: peer.ip(),
        secure: false,
        arrived_at_ms: clock::now_ms(),
        hang_up: HangUp::default(),
    };
    match body::read(body, MAX_BODY_BYTES, BODY_TIMEOUT).await {
        Ok(body) => raw.body = body,
        Err(fault) => {
            let reply = parts.gateway.refuse_unread(&raw, &refusal(fault));
            parts.metrics.count(&reply.label, Duration::ZERO);
            let mut response = to_response(reply);
            // The rest of the body was not read, so the connection cannot carry another request.
            response.headers_mut().insert("connection", HeaderValue::from_static("close"));
            return response;
        }
    }
    let started = Instant::now();
    let hang_up = raw.hang_up.clone();
    // When the connection breaks it drops this future, and the guard with it.
    let _guard = OnDrop(hang_up.clone());
    let mut answering = tokio::spawn({
        let parts = parts.clone();
        async move { parts.gateway.handle(raw).await }
    });
    let answered = tokio::select! {
        answered = &mut answering => answered,
        () = connection.closed_by_client() => {
            hang_up.hang_up();
            answering.await
        }
    };
    match answered {
        Ok(reply) => {
            parts.metrics.count(&reply.label, started.elapsed());
            to_response(reply)
        }
        Err(error) => {
            tracing::error!(%error, "a call failed outside its handler");
            plain_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "the server could not complete the call")
        }
    }
}

/// Tells that the client is gone, or has its answer.
struct OnDrop(HangUp);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.hang_up();
    }
}

fn refusal(fault: BodyFault) -> ApiError {
    match fault {
        BodyFault::TooLarge => body_too_large(),
        BodyFault::Incomplete => {
            ApiError::bad_request("IncompleteBody", "The request body ended before it was complete.")
        }
        BodyFault::Late => ApiError::new(408, "RequestTimeout", "The request body did not arrive within 30 seconds."),
    }
}

fn to_response(reply: Reply) -> HttpResponse {
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.http_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    if let Ok(request_id) = HeaderValue::from_str(&reply.request_id) {
        headers.insert("x-acs-request-id", request_id);
    }
    if let Some(retry_after_ms) = reply.retry_after_ms {
        headers.insert("x-acs-retry-after", HeaderValue::from(retry_after_ms));
    }
    response
}

fn health(parts: &Parts) -> HttpResponse {
    match parts.health() {
        Ok(()) => json(StatusCode::OK, &serde_json::json!({"status": "ok"})),
        Err(reason) => {
            json(StatusCode::SERVICE_UNAVAILABLE, &serde_json::json!({"status": "unavailable", "reason": reason}))
        }
    }
}

fn not_found(path: &str) -> HttpResponse {
    let path: String = path.chars().take(64).collect();
    plain_error(StatusCode::NOT_FOUND, "InvalidApi.NotFound", &format!("nothing is at {path}: OpenAPI calls go to /"))
}

fn plain_error(status: StatusCode, code: &str, message: &str) -> HttpResponse {
    let request_id = uuid::Uuid::new_v4().to_string().to_uppercase();
    let mut response = json(status, &serde_json::json!({"RequestId": request_id, "Code": code, "Message": message}));
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-acs-request-id", request_id);
    }
    response
}

fn json(status: StatusCode, body: &serde_json::Value) -> HttpResponse {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8"));
    response
}

fn metrics(parts: &Parts) -> HttpResponse {
    match metrics_page::render(parts) {
        Ok(page) => {
            let mut response = Response::new(Full::new(Bytes::from(page)));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(metrics_page::CONTENT_TYPE));
            response
        }
        Err(_) => plain_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "the metrics could not be written"),
    }
}
