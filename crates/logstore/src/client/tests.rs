//! The client against a server that answers what a test tells it to: lost answers, failures, quotas, clocks.

use openapi::SecretText;
use openapi::client::Credentials;
use openapi::client::scripted_server::{Act, Script, Seen};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::*;
use crate::wire::{Content, PutLog};

fn client_of(server: &Script) -> LogStoreClient {
    client(&server.endpoint, Some("cn-hangzhou"), None)
}

fn client(endpoint: &str, region: Option<&str>, token: Option<&str>) -> LogStoreClient {
    let credentials = Credentials {
        access_key_id: "id".to_owned(),
        access_key_secret: SecretText::new("secret"),
        security_token: token.map(str::to_owned),
    };
    LogStoreClient::new(endpoint, region.map(str::to_owned), credentials).unwrap()
}

/// The group of a write, as a service reads it.
fn group(seen: &Seen) -> LogGroup {
    assert_eq!((seen.header("x-log-compresstype"), seen.header("content-type")), ("lz4", "application/x-protobuf"));
    let size = seen.header("x-log-bodyrawsize").parse().unwrap();
    let raw = lz4_flex::block::decompress(&seen.body, size).unwrap();
    assert_eq!(raw.len(), size);
    LogGroup::decode(raw.as_slice()).unwrap()
}

fn pack_id(seen: &Seen) -> String {
    let tags = group(seen).log_tags;
    assert_eq!(tags.len(), 1, "{tags:?}");
    assert_eq!(tags[0].key.as_deref(), Some(PACK_ID_TAG));
    tags[0].value.clone().unwrap()
}

/// A date so many seconds ahead of ours.
fn date(ahead_s: i64) -> Vec<(&'static str, String)> {
    let date = OffsetDateTime::from_unix_timestamp(now_ms() / 1_000 + ahead_s).unwrap();
    vec![("x-log-requestid", "R".to_owned()), ("date", date.format(&Rfc2822).unwrap().replace("+0000", "GMT"))]
}

fn error(status: u16, code: &str) -> Act {
    Act::Answer(status, date(0), format!(r#"{{"errorCode":"{code}","errorMessage":"Told so."}}"#))
}

fn skewed(ahead_s: i64) -> Act {
    Act::Answer(400, date(ahead_s), r#"{"errorCode":"RequestTimeTooSkewed","errorMessage":"x"}"#.to_owned())
}

fn done() -> Act {
    Act::Answer(200, date(0), String::new())
}

fn logs(texts: &[&str]) -> LogGroup {
    let log = |text: &&str| PutLog {
        time: Some(1_772_600_767),
        contents: vec![Content { key: Some("event".to_owned()), value: Some((*text).to_owned()) }],
        time_ns: None,
    };
    LogGroup { logs: texts.iter().map(log).collect(), topic: Some("t".to_owned()), ..LogGroup::default() }
}

#[test]
fn a_group_is_compressed_named_and_signed() {
    for (region, authorization) in [(Some("cn-hangzhou"), "SLS4-HMAC-SHA256 Credential=id/"), (None, "LOG id:")] {
        let server = Script::start(vec![done()]);
        client(&server.endpoint, region, Some("token+/==")).put("p", "l", logs(&["a", "b"])).unwrap();
        let seen = &server.seen()[0];
        assert_eq!(seen.line, "POST /logstores/l/shards/lb HTTP/1.1");
        assert_eq!(seen.header("host"), server.endpoint.replace("http://", "p."));
        assert_eq!((group(seen).logs.len(), group(seen).topic.as_deref()), (2, Some("t")));
        assert_eq!(pack_id(seen).len(), 18, "{}", pack_id(seen));
        assert!(seen.header("authorization").starts_with(authorization), "{seen:?}");
        assert_eq!(seen.header("x-acs-security-token"), "token+/==");
        assert!(!format!("{seen:?}").contains("secret"));
    }
}

#[test]
fn many_logs_go_in_groups_of_their_own_names() {
    let server = Script::start(vec![done(), done(), done()]);
    let large = "x".repeat(CLIENT_GROUP_BYTES - 1_000);
    client_of(&server).put("p", "l", logs(&["a", &large, "b", &large])).unwrap();
    let seen = server.seen();
    let counts: Vec<usize> = seen.iter().map(|seen| group(seen).logs.len()).collect();
    assert_eq!(counts, [3, 1]);
    assert_ne!(pack_id(&seen[0]), pack_id(&seen[1]));
    client_of(&server).put("p", "l", logs(&["c"])).unwrap();
    assert_ne!(pack_id(&server.seen()[2])[..16], pack_id(&seen[0])[..16], "another writer");
    // A name that the caller gave stays.
    let server = Script::start(vec![done()]);
    let tag = LogTag { key: Some(PACK_ID_TAG.to_owned()), value: Some("A-1".to_owned()) };
    client_of(&server).put("p", "l", LogGroup { log_tags: vec![tag], ..logs(&["a"]) }).unwrap();
    assert_eq!(pack_id(&server.seen()[0]), "A-1");
}

#[test]
fn a_lost_answer_is_repeated_under_the_same_name() {
    let proxy = Act::Answer(502, Vec::new(), "<html>a proxy".to_owned());
    let server = Script::start(vec![Act::HangUp, proxy, error(500, "InternalServerError"), done()]);
    client_of(&server).put("p", "l", logs(&["a"])).unwrap();
    let ids: Vec<String> = server.seen().iter().map(pack_id).collect();
    assert!(ids.len() == 4 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn too_much_is_tried_again_and_what_is_forbidden_is_not() {
    for code in ["WriteQuotaExceed", "ShardWriteQuotaExceed", "ExceedQuota"] {
        let server = Script::start(vec![error(403, code), done()]);
        client_of(&server).put("p", "l", logs(&["a"])).unwrap();
        assert_eq!(server.seen().len(), 2, "{code}");
    }
    for (status, code) in [
        (401, "Unauthorized"),
        (401, "SignatureNotMatch"),
        (403, "ProjectForbidden"),
        (404, "ProjectNotExist"),
        (400, "PostBodyInvalid"),
        (400, "ProjectQuotaExceed"),
    ] {
        let server = Script::start(vec![error(status, code), done()]);
        let failed = client_of(&server).put("p", "l", logs(&["a"])).unwrap_err();
        assert_eq!(failed.to_string(), format!("{code} (HTTP {status}): Told so. [request R]"));
        assert_eq!(server.seen().len(), 1, "{code}");
    }
}

#[test]
fn only_a_logstore_that_was_just_made_is_waited_for() {
    let unknown = || error(404, "LogStoreNotExist");
    let server = Script::start(vec![unknown(), done(), unknown(), unknown(), done(), unknown()]);
    let client = client_of(&server);
    // A name that is misspelt is told at once.
    assert_eq!(client.put("p", "l", logs(&["a"])).unwrap_err().code(), "LogStoreNotExist");
    client.create_logstore("p", "l", 30, 2).unwrap();
    client.put("p", "l", logs(&["a"])).unwrap();
    assert_eq!(server.seen().len(), 5);
    assert_eq!(client.put("p", "other", logs(&["a"])).unwrap_err().code(), "LogStoreNotExist");
    let body: Value = serde_json::from_slice(&server.seen()[1].body).unwrap();
    assert_eq!(body, json!({"logstoreName": "l", "ttl": 30, "shardCount": 2}));
}

#[test]
fn what_is_there_counts_as_made() {
    for (code, other) in [
        ("ProjectAlreadyExist", "ProjectQuotaExceed"),
        ("LogStoreAlreadyExist", "LogStoreInfoInvalid"),
        ("IndexAlreadyExist", "IndexInfoInvalid"),
    ] {
        let make = |client: &LogStoreClient| match code {
            "ProjectAlreadyExist" => client.create_project("p", "for a test"),
            "LogStoreAlreadyExist" => client.create_logstore("p", "l", 30, 2),
            _ => client.create_index("p", "l", &json!({"line": {"token": [","]}})),
        };
        let server = Script::start(vec![error(400, code), Act::HangUp, error(400, code), error(400, other)]);
        let client = client_of(&server);
        make(&client).unwrap();
        // The first attempt made it, and was not answered.
        make(&client).unwrap();
        assert_eq!(make(&client).unwrap_err().code(), other);
    }
}

#[test]
fn the_clock_is_corrected_once_a_call() {
    let server = Script::start(vec![skewed(2_400), done()]);
    let client = client_of(&server);
    client.put("p", "l", logs(&["a"])).unwrap();
    let dates: Vec<String> = server.seen().iter().map(|seen| seen.header("x-log-date").to_owned()).collect();
    assert!(dates[1] > dates[0], "{dates:?}");
    assert!((2_398..=2_402).contains(&client.skew_s()), "{}", client.skew_s());
    assert!((client.now_s() - now_ms() / 1_000 - 2_400).abs() <= 2);

    let server = Script::start(vec![skewed(2_400), skewed(2_400), done()]);
    assert_eq!(client_of(&server).put("p", "l", logs(&["a"])).unwrap_err().code(), "RequestTimeTooSkewed");
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn every_refusal_of_the_service_tells_its_clock_and_nobody_else_does() {
    let refused =
        |ahead_s| Act::Answer(400, date(ahead_s), r#"{"errorCode":"PostBodyInvalid","errorMessage":"x"}"#.to_owned());
    let proxy = Act::Answer(502, date(9_000), "<html>a proxy".to_owned());
    let server = Script::start(vec![refused(20), refused(-1_200), proxy, refused(-1_200)]);
    let client = client_of(&server);
    let skew_s = || {
        client.put("p", "l", logs(&["a"])).unwrap_err();
        client.skew_s()
    };
    assert_eq!(skew_s(), 0, "seconds are the way of an answer");
    assert!((-1_202..=-1_198).contains(&skew_s()));
    assert!((-1_202..=-1_198).contains(&skew_s()), "a proxy is not the service");
}

#[test]
fn endpoints_are_http_or_https_without_anything_behind() {
    let new = |endpoint: &str| {
        let credentials = Credentials {
            access_key_id: "id".to_owned(),
            access_key_secret: SecretText::new("secret"),
            security_token: None,
        };
        LogStoreClient::new(endpoint, None, credentials).map(|client| (client.scheme.clone(), client.is_address))
    };
    for (endpoint, scheme, is_address) in [
        ("https://cn-hangzhou.log.aliyuncs.com", "https", false),
        ("https://10.0.0.1:8443/", "https", true),
        ("http://[::1]:8080", "http", true),
        ("http://[::1]", "http", true),
        ("localhost:8080/", "http", true),
    ] {
        assert_eq!(new(endpoint).unwrap(), (scheme.to_owned(), is_address), "{endpoint}");
    }
    for wrong in ["ftp://host", "https://", "http://host/path", "http://user@host", "http://a b"] {
        assert!(matches!(new(wrong), Err(ClientError::Endpoint(_))), "{wrong}");
    }
}
