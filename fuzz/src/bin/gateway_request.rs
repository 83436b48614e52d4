//! A request through the gateway: raw bytes as they came, and the same bytes as parameters of a well-signed call, so
//! that what lies behind the signature is reached too.
//!
//! Input: query, headers (`name:value` lines) and body, separated by empty lines.

#![no_main]

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use futures::executor::block_on;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use openapi::client::{Credentials, signed_v1_query};
use openapi::{
    Answer, CallRecord, Caller, Decision, Directory, Envelope, Gateway, GatewaySettings, KeyFault, KeyOwner, Operation,
    OperationSpec, Parameter, PermissionRequest, Principal, Product, RawRequest, Recorder, RecorderFault, RejectedCall,
    Reply, SecretText, Service, TableService, Throttling, invalid_parameter, missing_parameter,
};

const NOW_S: i64 = 1_780_000_000;
const KEY: &str = "LTAI5tFuzz";
const SECRET: &str = "secret";

/// One parameter of every kind and repetition.
const OPERATIONS: &[Operation<()>] = &[Operation {
    spec: OperationSpec::write("Everything")
        .takes(&[
            Parameter::text("Text"),
            Parameter::text_of("Name", 1, 32).required(),
            Parameter::one_of("Choice", &["a", "b"]),
            Parameter::boolean("Flag"),
            Parameter::integer("Count", 1, 10),
            Parameter::json("Json"),
            Parameter::text("Texts").list(50),
            Parameter::json("ConfigItem").list(50),
            Parameter::structures("Pair", &[Parameter::text("Key"), Parameter::integer("Value", 0, 9)], 20),
        ])
        .touches("ACS::Fuzz::Name", "Name"),
    handler: |(), call| {
        Box::pin(async move {
            let texts = call.list("Texts").into_iter().map(Into::into).collect();
            Ok(Answer::empty().with("Name", call.required("Name")).with_wrapped_list("Texts", "Text", texts))
        })
    },
}];

const PRODUCT: Product = Product {
    code: "FUZZ",
    service_name: "Fuzz",
    ram_code: "fuzz",
    versions: &["2000-01-01"],
    is_global: false,
    envelope: Envelope::WithOutcome,
    missing: missing_parameter,
    invalid: invalid_parameter,
};

/// One key; everything is allowed.
struct OneKey;

impl Directory for OneKey {
    fn find_key(&self, id: &str, _token: Option<&str>, _now_s: i64) -> Result<KeyOwner, KeyFault> {
        if id != KEY {
            return Err(KeyFault::NotFound);
        }
        let caller = Caller { account_id: "1".to_owned(), access_key_id: KEY.to_owned(), principal: Principal::Root };
        Ok(KeyOwner { secret: SecretText::new(SECRET), caller })
    }

    fn decide(&self, _request: &PermissionRequest<'_>) -> Decision {
        Decision::Allow
    }
}

/// Takes every record and looks whether it can be written.
struct Checker;

impl Recorder for Checker {
    fn ready(&self) -> Result<(), RecorderFault> {
        Ok(())
    }

    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = Result<(), RecorderFault>> + Send + '_>> {
        serde_json::to_string(&record.request_parameters).expect("parameters can be written");
        serde_json::to_string(&record.request_structure).expect("structure can be written");
        for name in ["Signature", "SignatureNonce", "AccessKeyId", "SecurityToken"] {
            assert!(!record.request_parameters.contains_key(name), "{name} must not be recorded");
        }
        Box::pin(async { Ok(()) })
    }

    fn reject(&self, rejected: RejectedCall) {
        assert!(!rejected.code.is_empty());
    }
}

fn gateway() -> Gateway {
    let service: Box<dyn Service> = Box::new(TableService::new(PRODUCT, [OPERATIONS], Arc::new(())));
    let region = || "cn-shanghai".to_owned();
    let settings =
        GatewaySettings { default_region: region(), global_region: region(), throttling: Throttling::Protective };
    Gateway::new(vec![service], Arc::new(OneKey), Arc::new(Checker), settings)
}

static GATEWAY: LazyLock<Gateway> = LazyLock::new(gateway);

fuzz_target!(|bytes: &[u8]| {
    let Some(raw) = raw_request(bytes) else { return };
    let signed = signed_request(&raw);
    check(&block_on(GATEWAY.handle(raw)));
    if let Some(signed) = signed {
        let reply = block_on(GATEWAY.handle(signed));
        check(&reply);
        assert!(!reply.label.rejected, "a well-signed call was rejected: {}", reply.label.code);
    }
});

/// Every answer can be parsed and has the request id.
fn check(reply: &Reply) {
    let text = std::str::from_utf8(&reply.body).expect("an answer is text");
    assert!(text.contains(&reply.request_id));
    if reply.content_type.starts_with("application/json") {
        let body: serde_json::Value = serde_json::from_str(text).expect("an answer is JSON");
        assert_eq!(body["RequestId"].as_str(), Some(reply.request_id.as_str()));
        assert!(reply.http_status == 200 || body["Code"].is_string());
    } else {
        assert!(reply.content_type.starts_with("text/xml") && text.starts_with("<?xml"));
        assert!(!text.bytes().any(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')), "not XML");
    }
}

fn raw_request(bytes: &[u8]) -> Option<RawRequest> {
    let text = bytes.split_first()?;
    let method = [Method::GET, Method::POST, Method::PUT][usize::from(text.0 % 3)].clone();
    let mut parts = split_once(text.1);
    let query = std::str::from_utf8(parts.0).ok()?.to_owned();
    parts = split_once(parts.1);
    Some(request(method, query, headers(parts.0), parts.1))
}

fn split_once(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (bytes, &[]),
    }
}

fn headers(bytes: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(100) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&line[colon + 1..])) {
            headers.append(name, value);
        }
    }
    headers
}

fn request(method: Method, query: String, headers: HeaderMap, body: &[u8]) -> RawRequest {
    RawRequest {
        method,
        query,
        headers,
        body: bytes::Bytes::copy_from_slice(body),
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        secure: false,
        arrived_at_ms: NOW_S * 1000,
        hang_up: openapi::HangUp::default(),
    }
}

/// The same parameters, signed with the right key.
fn signed_request(raw: &RawRequest) -> Option<RawRequest> {
    let parameters = raw.parameters().ok()?.merged;
    let system =
        ["Action", "Version", "Format", "Timestamp", "Signature", "SecurityToken", "SignatureType", "BearerToken"];
    let own = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let own: Vec<(&str, &str)> = own
        .filter(|(name, _)| !system.contains(name) && !name.starts_with("Signature") && *name != "AccessKeyId")
        .collect();
    if own.len() > 900 {
        return None;
    }
    let credentials =
        Credentials { access_key_id: KEY.to_owned(), access_key_secret: SecretText::new(SECRET), security_token: None };
    let query = signed_v1_query("GET", "Everything", "2000-01-01", &own, &credentials, NOW_S);
    Some(request(Method::GET, query, HeaderMap::new(), &[]))
}
