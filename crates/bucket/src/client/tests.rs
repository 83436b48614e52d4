//! The client against a server that answers what a test tells it to: lost answers, failures, clocks, damage.

use std::io::Read;

use openapi::SecretText;
use openapi::client::Credentials;
use openapi::client::scripted_server::{Act, Script};
use openapi::clock::now_ms;

use super::*;
use crate::answer::http_date;
use crate::content::{Digests, Md5Sum};

fn client_of(server: &Script) -> BucketClient {
    client(&server.endpoint, None)
}

fn client(endpoint: &str, token: Option<&str>) -> BucketClient {
    let settings = ClientSettings { endpoint: endpoint.to_owned(), ..ClientSettings::default() };
    let credentials = Credentials {
        access_key_id: "id".to_owned(),
        access_key_secret: SecretText::new("secret"),
        security_token: token.map(str::to_owned),
    };
    BucketClient::new(&settings, credentials).unwrap()
}

fn error(status: u16, code: &str) -> Act {
    let body = format!("<Error><Code>{code}</Code><Message>Told so.</Message></Error>");
    Act::Answer(status, vec![("x-oss-request-id", "R".to_owned()), ("date", http_date(now_ms()))], body)
}

/// What a service says of a content.
fn digests(content: &[u8]) -> Vec<(&'static str, String)> {
    let mut digests = Digests::new();
    digests.update(content);
    let (md5, crc64) = digests.finish();
    vec![("etag", format!("\"{}\"", md5.etag())), ("x-oss-hash-crc64ecma", crc64.to_string())]
}

fn put_answer(content: &[u8]) -> Act {
    Act::Answer(200, digests(content), String::new())
}

fn head_answer(content: &[u8]) -> Act {
    let mut headers = digests(content);
    headers.push(("content-length", content.len().to_string()));
    headers.push(("x-oss-object-type", "Normal".to_owned()));
    Act::Answer(200, headers, String::new())
}

const ONCE: PutOptions<'_> =
    PutOptions { forbid_overwrite: true, content_type: "application/gzip", metadata: &[], progress: None };

#[test]
fn a_put_says_what_it_brings() {
    let server = Script::start(vec![put_answer(b"batch")]);
    let stored = client_of(&server).put("audit", "a/b c", b"batch", &ONCE).unwrap();
    assert_eq!((stored.size, stored.was_there), (5, false));
    let seen = &server.seen()[0];
    assert_eq!((seen.line.as_str(), seen.body.as_slice()), ("PUT /audit/a/b%20c HTTP/1.1", b"batch".as_slice()));
    assert_eq!(seen.header("content-md5"), Md5Sum::of(b"batch").base64());
    assert_eq!(seen.header("x-oss-forbid-overwrite"), "true");
    assert_eq!(seen.header("content-type"), "application/gzip");
    assert!(seen.header("authorization").starts_with("OSS4-HMAC-SHA256 Credential=id/"));
    assert_eq!(seen.header("x-oss-content-sha256"), "UNSIGNED-PAYLOAD");
}

#[test]
fn a_lost_answer_counts_when_the_same_is_there() {
    let server = Script::start(vec![Act::HangUp, error(409, "FileAlreadyExists"), head_answer(b"batch")]);
    let stored = client_of(&server).put("audit", "k", b"batch", &ONCE).unwrap();
    assert!(stored.was_there && stored.size == 5);
    let lines: Vec<String> = server.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(lines, ["PUT /audit/k HTTP/1.1", "PUT /audit/k HTTP/1.1", "HEAD /audit/k HTTP/1.1"]);
}

#[test]
fn another_content_under_the_key_is_an_error() {
    for (options, expected) in [(ONCE, "Taken"), (PutOptions::default(), "Call(Refused")] {
        let code = if options.forbid_overwrite { "FileAlreadyExists" } else { "FileImmutable" };
        let server = Script::start(vec![error(409, code), head_answer(b"other")]);
        let failed = client_of(&server).put("audit", "k", b"batch", &options).unwrap_err();
        assert!(format!("{failed:?}").starts_with(expected), "{failed:?}");
    }
}

#[test]
fn what_the_service_has_is_compared() {
    for (name, wrong) in [("x-oss-hash-crc64ecma", "1"), ("etag", "\"00\"")] {
        let mut headers = digests(b"batch");
        headers.retain(|(known, _)| *known != name);
        headers.push((name, wrong.to_owned()));
        let server = Script::start(vec![Act::Answer(200, headers, String::new())]);
        let failed = client_of(&server).put("audit", "k", b"batch", &ONCE).unwrap_err();
        assert!(matches!(failed, ClientError::Damaged { .. }), "{failed:?}");
    }
    // The ETag of what the service encrypts is no MD5.
    let mut headers = digests(b"batch");
    headers[0].1 = "\"opaque\"".to_owned();
    headers.push(("x-oss-server-side-encryption", "KMS".to_owned()));
    let server = Script::start(vec![Act::Answer(200, headers, String::new())]);
    client_of(&server).put("audit", "k", b"batch", &ONCE).unwrap();
}

#[test]
fn failures_that_pass_are_tried_again_and_others_are_not() {
    let busy = Act::Answer(502, Vec::new(), "<html>a proxy".to_owned());
    let server = Script::start(vec![error(503, "ServiceUnavailable"), busy, Act::HangUp, put_answer(b"x")]);
    client_of(&server).put("audit", "k", b"x", &ONCE).unwrap();
    assert_eq!(server.seen().len(), 4);

    let server = Script::start(vec![error(403, "AccessDenied")]);
    let failed = client_of(&server).put("audit", "k", b"x", &ONCE).unwrap_err();
    assert_eq!(failed.to_string(), "AccessDenied (HTTP 403): Told so. [request R]");
    assert!(!failed.is_passing() && server.seen().len() == 1);

    let server = Script::start((0..5).map(|_| error(500, "InternalError")).collect());
    assert!(client_of(&server).delete("audit", "k").unwrap_err().is_passing());
    assert_eq!(server.seen().len(), 5);
}

#[test]
fn the_clock_is_corrected_once() {
    let ahead_ms = 40 * 60 * 1_000;
    let skewed = || {
        let body = "<Error><Code>RequestTimeTooSkewed</Code><Message>x</Message></Error>".to_owned();
        Act::Answer(403, vec![("date", http_date(now_ms() + ahead_ms))], body)
    };
    let server = Script::start(vec![skewed(), put_answer(b"x")]);
    let client = client_of(&server);
    client.put("audit", "k", b"x", &ONCE).unwrap();
    let dates: Vec<String> = server.seen().iter().map(|seen| seen.header("x-oss-date").to_owned()).collect();
    assert!(dates[1] > dates[0], "{dates:?}");
    assert!((client.now_s() - now_ms() / 1_000 - ahead_ms / 1_000).abs() <= 2);

    let server = Script::start(vec![skewed(), skewed()]);
    let failed = client_of(&server).put("audit", "k", b"x", &ONCE).unwrap_err();
    assert_eq!((failed.code(), server.seen().len()), ("RequestTimeTooSkewed", 2));
}

#[test]
fn an_upload_that_fails_is_aborted() {
    let content = vec![7; crate::limits::CLIENT_WHOLE_BYTES + 1];
    let begun = || {
        let body = "<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>";
        Act::Answer(200, Vec::new(), body.to_owned())
    };
    let part = crate::limits::CLIENT_PART_BYTES.0;
    let aborted = || Act::Answer(204, Vec::new(), String::new());
    let server = Script::start(vec![begun(), put_answer(&content[..part]), error(403, "AccessDenied"), aborted()]);
    let failed = client_of(&server).put_from("audit", "k", &mut content.as_slice(), &ONCE).unwrap_err();
    assert_eq!(failed.code(), "AccessDenied");
    assert_eq!(server.seen()[3].line, "DELETE /audit/k?uploadId=U HTTP/1.1");

    // Completed, but the answer was lost: what is there decides.
    let parts = [put_answer(&content[..part]), put_answer(&content[part..2 * part]), put_answer(&content[2 * part..])];
    let lost = [Act::HangUp, error(404, "NoSuchUpload"), head_answer(&content)];
    let server = Script::start([begun()].into_iter().chain(parts).chain(lost).collect());
    let stored = client_of(&server).put_from("audit", "k", &mut content.as_slice(), &ONCE).unwrap();
    assert_eq!((stored.size, stored.was_there), (content.len() as u64, false));
    let complete = String::from_utf8(server.seen()[4].body.clone()).unwrap();
    assert!(complete.contains("<PartNumber>3</PartNumber>") && server.seen()[4].line.contains("uploadId=U"));
}

#[test]
fn what_is_read_is_compared_at_its_end() {
    let content = b"0123456789".to_vec();
    let range = |body: &str| Act::Answer(206, digests(body.as_bytes()), body.to_owned());
    let read = |acts: Vec<Act>| {
        let server = Script::start(acts);
        let client = client_of(&server);
        let mut whole = String::new();
        #[expect(clippy::disallowed_methods, reason = "ten bytes")]
        let outcome = client.get("audit", "k").map_err(std::io::Error::other)?.read_to_string(&mut whole);
        outcome.map(|_| (whole, server.seen()))
    };
    let (whole, seen) = read(vec![head_answer(&content), Act::HangUp, range("0123456789")]).unwrap();
    assert_eq!((whole.as_bytes(), seen[2].header("range")), (content.as_slice(), "bytes=0-9"));
    assert_eq!(seen[2].header("if-match"), digests(&content)[0].1);
    for (acts, said) in [
        (vec![head_answer(&content), range("0123456780")], "CRC"),
        (vec![head_answer(&content), range("01234")], "missing"),
        (vec![head_answer(&content), error(412, "PreconditionFailed")], "replaced"),
    ] {
        let failed = read(acts).unwrap_err().to_string();
        assert!(failed.contains(said), "{failed}");
    }
}

#[test]
fn tokens_go_along_and_secrets_stay() {
    let server = Script::start(vec![put_answer(b"x")]);
    let client = client(&server.endpoint, Some("token+/=="));
    client.put("audit", "k", b"x", &ONCE).unwrap();
    assert_eq!(server.seen()[0].header("x-oss-security-token"), "token+/==");
    let link = client.presign("GET", "audit", "k", 60).unwrap();
    assert!(link.contains("x-oss-security-token=token%2B%2F%3D%3D&") && !link.contains("secret"), "{link}");
    let away = super::tests::client("http://127.0.0.1:1", None);
    assert!(!away.head("audit", "k").unwrap_err().to_string().contains("secret"));
}

#[test]
fn links_and_requests_hold_by_the_services_own_rules() {
    use crate::authenticate::{authenticate, read_claim};
    use crate::reading::readings;
    use crate::request::{Head, Query};
    use openapi::{Caller, Decision, Directory, KeyFault, KeyOwner, PermissionRequest, Principal};

    struct One;
    impl Directory for One {
        fn find_key(&self, id: &str, _: Option<&str>, _: i64) -> Result<KeyOwner, KeyFault> {
            let caller =
                Caller { account_id: "1".to_owned(), access_key_id: id.to_owned(), principal: Principal::Root };
            Ok(KeyOwner { secret: SecretText::new("secret"), caller })
        }

        fn decide(&self, _: &PermissionRequest<'_>) -> Decision {
            Decision::Allow
        }
    }
    let key = "审计/q'()*!~x plus+per%25 &=?.txt";
    for signature in [SignatureVersion::V1, SignatureVersion::V4] {
        let endpoint = "http://127.0.0.1:80".to_owned();
        let settings = ClientSettings { endpoint, signature, ..ClientSettings::default() };
        let credentials = Credentials {
            access_key_id: "id".to_owned(),
            access_key_secret: SecretText::new("secret"),
            security_token: Some("t+/".to_owned()),
        };
        let client = BucketClient::new(&settings, credentials).unwrap();
        let link = client.presign("GET", "audit", key, 60).unwrap();
        let (path, query) = link.strip_prefix("http://127.0.0.1:80").unwrap().split_once('?').unwrap();
        let head = Head {
            method: http::Method::GET,
            path: path.to_owned(),
            query: Query::parse(query).unwrap(),
            headers: http::HeaderMap::new(),
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            arrived_at_ms: now_ms(),
        };
        let claim = read_claim(&head).unwrap().unwrap();
        let found =
            authenticate(&claim, &head, readings(&head, &Default::default()).unwrap(), &One).map(|(_, target)| target);
        let object = crate::reading::Target::Object { bucket: "audit".to_owned(), key: key.to_owned() };
        assert_eq!(found.map_err(|fault| fault.to_string()), Ok(object), "{signature:?}");
    }
}
