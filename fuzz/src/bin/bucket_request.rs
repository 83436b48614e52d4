//! Well-signed requests of any kind to a bucket with an object in it: queries, headers, ranges, XML. Every one is answered,
//! none as a failure of the server, and an answer that names a range of the object has its bytes.
//!
//! Input: `METHOD target`, `name:value` lines, an empty line, the body.

#![no_main]

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bucket::blobs::Folder;
use bucket::signature::v1;
use bucket::{Answer, BucketService, Head, Query, Settings};
use bytes::Bytes;
use database::Database;
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use md5::{Digest, Md5};
use openapi::clock::now_ms;
use openapi::{Caller, Decision, Directory, KeyFault, KeyOwner, Nobody, PermissionRequest, Principal, SecretText};
use percent_encoding::percent_decode_str;
use tokio::runtime::Runtime;

const SECRET: &str = "secret";
const OBJECT: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// One key that may do everything.
struct Owner;

impl Directory for Owner {
    fn find_key(&self, id: &str, _: Option<&str>, _: i64) -> Result<KeyOwner, KeyFault> {
        let caller = Caller { account_id: "1".to_owned(), access_key_id: id.to_owned(), principal: Principal::Root };
        Ok(KeyOwner { secret: SecretText::new(SECRET), caller })
    }

    fn decide(&self, _: &PermissionRequest<'_>) -> Decision {
        Decision::Allow
    }
}

struct World {
    runtime: Runtime,
    service: BucketService,
    _folder: tempfile::TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("control.db").display());
    let blobs = Arc::new(Arc::new(Folder::open(&folder.path().join("objects")).expect("a folder for objects")));
    let settings = Settings { default_region: "cn-hangzhou".to_owned(), hosts: Default::default(), link_key: [7; 32] };
    let service = runtime.block_on(async {
        let database = Database::open(&url).await.expect("a database");
        BucketService::open(database, blobs, Arc::new(Owner), Arc::new(Nobody), settings).await.expect("a service")
    });
    World { runtime, service, _folder: folder }
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let Some((method, target)) = lines.next().and_then(|line| line.split_once(' ')) else {
        return;
    };
    let Ok(method) = method.parse::<Method>() else {
        return;
    };
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    WORLD.runtime.block_on(async {
        for (method, target, body) in [("PUT", "/fuzz/", &b""[..]), ("PUT", "/fuzz/o", OBJECT)] {
            send(&method.parse().expect("a method"), target, &[], body).await;
        }
        let Some(answer) = send(&method, target, &headers, body.as_bytes()).await else {
            return;
        };
        let status = answer.status().as_u16();
        assert!(status < 500 || status == 501, "{status} for {method} {target}");
        if method == Method::GET && status == 206 && target.split('?').next() == Some("/fuzz/o") {
            is_the_range(answer).await;
        }
    });
});

async fn is_the_range(answer: Answer) {
    let range =
        answer.headers().get("content-range").and_then(|range| range.to_str().ok()).expect("a range").to_owned();
    let (first, last) = range
        .trim_start_matches("bytes ")
        .split_once('/')
        .and_then(|(range, _)| range.split_once('-'))
        .expect("two ends");
    let (first, last): (usize, usize) = (first.parse().expect("a number"), last.parse().expect("a number"));
    let pieces: Vec<_> = answer.into_body().into_stream().collect().await;
    let bytes: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.expect("read")).collect();
    assert_eq!(bytes, &OBJECT[first..=last], "{range}");
}

/// Signs a request and sends it; nothing when it is not one that HTTP can carry.
async fn send(method: &Method, target: &str, more: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
    let (path, raw_query) = target.split_once('?').unwrap_or((target, ""));
    let query = Query::parse(raw_query).ok()?;
    let resource = percent_decode_str(path).decode_utf8().ok()?.into_owned();
    let mut headers = HeaderMap::new();
    let mut set = |name: &str, value: &str| -> Option<()> {
        headers.insert(HeaderName::from_bytes(name.trim().as_bytes()).ok()?, HeaderValue::from_str(value.trim()).ok()?);
        Some(())
    };
    // What asks for the digest of its body would else never be read.
    set("content-md5", &STANDARD.encode(Md5::digest(body)))?;
    for (name, value) in more {
        set(name, value)?;
    }
    let date = bucket::http_date(now_ms());
    set("host", "127.0.0.1")?;
    set("date", &date)?;
    set("content-length", &body.len().to_string())?;
    headers.remove("x-oss-date");
    let text = v1::string_to_sign(method.as_str(), &headers, &date, &resource, &query);
    let signature = v1::sign(&text, &SecretText::new(SECRET));
    headers.insert("authorization", HeaderValue::from_str(&format!("OSS LTAI5tFuzz:{signature}")).ok()?);
    let head = Head {
        method: method.clone(),
        path: path.to_owned(),
        query,
        headers,
        source_ip: [127, 0, 0, 1].into(),
        secure: false,
        arrived_at_ms: now_ms(),
    };
    let body = stream::iter([Ok(Bytes::copy_from_slice(body))]).boxed();
    Some(WORLD.service.handle(Ok(head), body).await)
}
