//! Bytes of an answer.

use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::operation::OperationSpec;
use crate::product::{Envelope, Product};
use crate::xml;

/// What goes back to the client. Never empty, never HTML: the official clients hide the cause of anything else.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub http_status: u16,
    /// Exactly as clients compare it.
    pub content_type: &'static str,
    /// Header `x-acs-request-id`.
    pub request_id: String,
    /// Header `x-acs-retry-after`, milliseconds; only when throttled.
    pub retry_after_ms: Option<u64>,
    /// Body.
    pub body: Vec<u8>,
    /// For metrics.
    pub label: CallLabel,
}

/// What a call is counted under. Names come from tables, so their number is bounded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallLabel {
    /// Product code, or `unknown`.
    pub product: &'static str,
    /// Operation, or `unknown`.
    pub operation: &'static str,
    /// `OK` or the error code.
    pub code: String,
    /// The call failed authentication: it is in no account's audit.
    pub rejected: bool,
}

impl CallLabel {
    pub(crate) fn unknown() -> Self {
        Self { product: "unknown", operation: "unknown", code: "OK".to_owned(), rejected: false }
    }
}

/// The two forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    fn content_type(self) -> &'static str {
        match self {
            Format::Json => "application/json;charset=utf-8",
            Format::Xml => "text/xml;charset=utf-8",
        }
    }

    fn write(self, root: &str, body: &Map<String, Value>) -> Vec<u8> {
        match self {
            Format::Json => serde_json::to_vec(body).unwrap_or_default(),
            Format::Xml => xml::document(root, body).into_bytes(),
        }
    }
}

/// The body of a success: request id, envelope, result.
pub(crate) fn success_body(
    product: &Product,
    operation: &OperationSpec,
    request_id: &str,
    result: Map<String, Value>,
) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("RequestId".to_owned(), request_id.into());
    if product.envelope == Envelope::WithOutcome {
        if !operation.without_http_status_code {
            body.insert("HttpStatusCode".to_owned(), 200.into());
        }
        body.insert("Code".to_owned(), "OK".into());
        body.insert("Success".to_owned(), true.into());
    }
    body.extend(result);
    body
}

/// A success as bytes.
pub(crate) fn success(
    format: Format,
    operation: &'static str,
    request_id: &str,
    body: &Map<String, Value>,
    label: CallLabel,
) -> Reply {
    Reply {
        http_status: 200,
        content_type: format.content_type(),
        request_id: request_id.to_owned(),
        retry_after_ms: None,
        body: format.write(&format!("{operation}Response"), body),
        label,
    }
}

/// An error as bytes, in the envelope of the product when it is known.
pub(crate) fn failure(
    format: Format,
    product: Option<&Product>,
    request_id: &str,
    host: &str,
    error: &ApiError,
    mut label: CallLabel,
) -> Reply {
    label.code = error.code.to_string();
    Reply {
        http_status: error.http_status,
        content_type: format.content_type(),
        request_id: request_id.to_owned(),
        retry_after_ms: error.retry_after_ms,
        body: format.write("Error", &error_body(product, request_id, host, error)),
        label,
    }
}

fn error_body(product: Option<&Product>, request_id: &str, host: &str, error: &ApiError) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("RequestId".to_owned(), request_id.into());
    body.insert("HostId".to_owned(), host.into());
    body.insert("Code".to_owned(), error.code.as_ref().into());
    body.insert("Message".to_owned(), error.message.as_ref().into());
    let product_code = product.map_or("", |product| product.code);
    let help =
        format!("https://api.aliyun.com/troubleshoot?q={}&product={product_code}&requestId={request_id}", error.code);
    body.insert("Recommend".to_owned(), help.into());
    if product.is_some_and(|product| product.envelope == Envelope::WithOutcome) {
        body.insert("HttpStatusCode".to_owned(), error.http_status.into());
        body.insert("Success".to_owned(), false.into());
    }
    if let Some(denied) = &error.access_denied {
        let detail = serde_json::json!({
            "AuthAction": denied.action,
            "AuthPrincipalType": denied.principal_type,
            "AuthPrincipalOwnerId": denied.principal_owner_id,
            "AuthPrincipalDisplayName": denied.principal_name,
            "PolicyType": denied.policy_type,
            "NoPermissionType": denied.no_permission_type,
        });
        body.insert("AccessDeniedDetail".to_owned(), detail);
    }
    body
}
