//! A logstore elsewhere against a service that answers what a test tells it to, by what it is asked for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use logstore::wire::{Content, PutLog};
use openapi::SecretText;
use openapi::client::Credentials;
use openapi::clock::now_ms;
use parking_lot::Mutex;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::*;

/// A request: its line, and its body as text.
type Seen = (String, String);
/// Status, seconds by which the service's clock is ahead, body.
type Answer = (u16, i64, String);

/// A service that answers by a rule.
fn service(rule: impl Fn(&Seen, usize) -> Answer + Send + 'static) -> (RemoteLogs, Arc<Mutex<Vec<Seen>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let list = seen.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let request = read_request(&stream);
            let number = list.lock().len();
            list.lock().push(request.clone());
            answer(&stream, rule(&request, number));
        }
    });
    let key = Credentials {
        access_key_id: "id".to_owned(),
        access_key_secret: SecretText::new("TheSecret"),
        security_token: None,
    };
    let client = Arc::new(LogStoreClient::new(&endpoint, Some("cn-hangzhou".to_owned()), key).unwrap());
    (RemoteLogs { client, project: "audit".to_owned(), logstore: "actiontrail_all".to_owned() }, seen)
}

fn read_request(stream: &TcpStream) -> Seen {
    let (mut reader, mut lines) = (BufReader::new(stream), Vec::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        lines.push(line.to_lowercase());
    }
    let header =
        |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
    let mut body = vec![0; header("content-length:").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    (lines[0].trim_end().to_owned(), String::from_utf8_lossy(&body).into_owned())
}

fn answer(mut stream: &TcpStream, (status, ahead_s, body): Answer) {
    let date = OffsetDateTime::from_unix_timestamp(now_ms() / 1_000 + ahead_s).unwrap().format(&Rfc2822).unwrap();
    let head = format!(
        "HTTP/1.1 {status} X\r\ndate: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        date.replace("+0000", "GMT"),
        body.len()
    );
    // The client may hang up, which is its right.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

fn refused(status: u16, code: &str) -> Answer {
    (status, 0, format!(r#"{{"errorCode":"{code}","errorMessage":"Told so."}}"#))
}

fn done() -> Answer {
    (200, 0, String::new())
}

fn logs(times_s: &[i64]) -> LogGroup {
    let log = |time_s: &i64| PutLog {
        time: u32::try_from(*time_s).ok(),
        contents: vec![Content { key: Some("event".to_owned()), value: Some("{}".to_owned()) }],
        time_ns: None,
    };
    LogGroup { logs: times_s.iter().map(log).collect(), ..LogGroup::default() }
}

fn times(logs: &LogGroup) -> Vec<i64> {
    logs.logs.iter().map(|log| i64::from(log.time.unwrap())).collect()
}

#[test]
fn times_that_a_service_refuses_become_that_of_the_delivery() {
    let now_s = 1_800_000_000;
    let day_s = 86_400;
    let given = [now_s - 6 * day_s, now_s - 7 * day_s + 10, now_s - 90 * day_s, now_s, now_s + 600, now_s + 3_600];
    let accepted = times(&at_accepted_times(logs(&given), now_s));
    assert_eq!(accepted, [now_s - 6 * day_s, now_s, now_s, now_s, now_s + 600, now_s]);
}

#[tokio::test]
async fn a_logstore_that_somebody_deleted_is_made_again() {
    let (place, seen) = service(|(line, _), number| match number {
        0 => refused(404, "LogStoreNotExist"),
        // Its service knows it a moment later.
        3 if line.contains("/shards/lb") => refused(404, "LogStoreNotExist"),
        _ => done(),
    });
    place.append_once("A-1", logs(&[now_ms() / 1_000])).await.unwrap();
    let lines: Vec<String> = seen.lock().iter().map(|(line, _)| line.replace(" http/1.1", "")).collect();
    let put = "post /logstores/actiontrail_all/shards/lb";
    assert_eq!(lines, [put, "post /logstores", "post /logstores/actiontrail_all/index", put, put]);
    assert!(seen.lock()[1].1.contains(r#""ttl":3650"#), "{:?}", seen.lock()[1]);
    assert!(seen.lock()[2].1.contains("eventName"));
}

#[tokio::test]
async fn groups_are_taken_when_our_clock_is_ahead() {
    // The service is an hour behind; it refuses first our signature, then the times of our logs.
    let skewed = |code: &str| {
        let (status, _, body) = refused(400, code);
        (status, -3_600, body)
    };
    let (place, seen) = service(move |_, number| match number {
        0 => skewed("RequestTimeTooSkewed"),
        1 => skewed("PostBodyInvalid"),
        _ => done(),
    });
    place.append_once("A-1", logs(&[now_ms() / 1_000])).await.unwrap();
    assert_eq!(seen.lock().len(), 3);
    assert!((-3_602..=-3_598).contains(&place.client.skew_s()));
    // Known once, the clock is right from the beginning.
    place.append_once("A-2", logs(&[now_ms() / 1_000])).await.unwrap();
    assert_eq!(seen.lock().len(), 4);
}

#[tokio::test]
async fn each_failure_says_what_a_person_must_do() {
    for (status, code, advice) in [
        (404, "ProjectNotExist", "create the project again"),
        (401, "Unauthorized", "log:PostLogStoreLogs"),
        (403, "ProjectForbidden", "log:PostLogStoreLogs"),
        (401, "SignatureNotMatch", "an active key and its secret"),
        (401, "InvalidAccessKeyId", "an active key and its secret"),
        (401, "SecurityTokenExpired", "an active key and its secret"),
        (403, "ProjectQuotaExceed", "raise the quota"),
        (400, "RequestTimeTooSkewed", "set the clocks"),
        (400, "PostBodyInvalid", "documentation of the code"),
    ] {
        let (place, _) = service(move |_, _| refused(status, code));
        let text = place.append_once("A-1", logs(&[now_ms() / 1_000])).await.unwrap_err().to_string();
        assert!(text.starts_with("write sls failed, exception: logstore actiontrail_all of project audit: "), "{text}");
        assert!(text.contains(code) && text.contains(advice) && !text.contains("TheSecret"), "{text}");
    }
    let (place, _) = service(|_, _| (502, 0, "<html>".to_owned()));
    let text = place.append_once("A-1", logs(&[1])).await.unwrap_err().to_string();
    assert!(text.contains("look at the network") && text.contains("[[delivery.projects]]"), "{text}");
}

#[tokio::test]
async fn a_trail_learns_why_a_project_is_none() {
    type IsKind = fn(&DestinationFault) -> bool;
    let cases: [(u16, &str, IsKind); 4] = [
        (404, "ProjectNotExist", |fault| matches!(fault, DestinationFault::Missing(_))),
        (401, "Unauthorized", |fault| matches!(fault, DestinationFault::NotAllowed(_))),
        (400, "LogStoreInfoInvalid", |fault| matches!(fault, DestinationFault::Refused(_))),
        (500, "InternalServerError", |fault| matches!(fault, DestinationFault::Unavailable(_))),
    ];
    for (status, code, is_kind) in cases {
        let (place, _) = service(move |_, _| refused(status, code));
        let fault = place.prepare().await.unwrap_err();
        assert!(is_kind(&fault) && fault.to_string().contains(code), "{fault:?}");
    }
}
