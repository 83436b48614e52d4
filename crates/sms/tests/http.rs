//! The HTTP driver against a peer that checks signatures by its own reckoning. Last digits of the number say what it does.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{BUSY, DELIVERED, LATE_ANSWER, LATE_RECEIPT, NO_RECEIPT, REJECTED, message, references, report, silence};
use hmac::{Hmac, KeyInit, Mac};
use openapi::SecretText;
use openapi::client::Credentials;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};
use sha1::Sha1;
use sms::{Connected, HttpProvider, HttpSettings, Key, Outcome, Report, State, Watched};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

const SECRET: &str = "testsecret";
const TIMEOUT: Duration = Duration::from_secs(1);
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Default)]
struct Service {
    /// Parameters of each message that was taken, by `OutId`.
    taken: Mutex<Vec<BTreeMap<String, String>>>,
    asked: Mutex<BTreeMap<String, usize>>,
}

impl Service {
    async fn answer(&self, form: &BTreeMap<String, String>) -> (u16, Value) {
        if form.get("AccessKeyId").map(String::as_str) != Some("testkey") {
            return (404, json!({"Code": "InvalidAccessKeyId.NotFound", "Message": "no such key"}));
        }
        if form.get("Signature") != Some(&signature(form)) {
            return (400, json!({"Code": "SignatureDoesNotMatch", "Message": "wrong signature"}));
        }
        assert_eq!((form["Version"].as_str(), form["RegionId"].as_str()), ("2017-05-25", "cn-hangzhou"));
        match form["Action"].as_str() {
            "SendSms" => self.send(form).await,
            "QuerySendDetails" => (200, self.details(form).await),
            other => panic!("no such operation: {other}"),
        }
    }

    async fn send(&self, form: &BTreeMap<String, String>) -> (u16, Value) {
        match form["PhoneNumbers"].as_str() {
            REJECTED => return (200, json!({"Code": "isv.MOBILE_NUMBER_ILLEGAL", "Message": "not a mobile number"})),
            BUSY => return (400, json!({"Code": "Throttling.User", "Message": "too many calls"})),
            _ => {}
        }
        self.taken.lock().await.push(form.clone());
        if form["PhoneNumbers"] == LATE_ANSWER {
            tokio::time::sleep(3 * TIMEOUT).await;
        }
        (200, json!({"Code": "OK", "Message": "OK", "BizId": format!("biz^{}", form["OutId"]), "RequestId": "R"}))
    }

    async fn details(&self, form: &BTreeMap<String, String>) -> Value {
        let number = form["PhoneNumber"].as_str();
        let taken = self.taken.lock().await;
        let Some(sent) = taken.iter().find(|sent| sent["PhoneNumbers"] == number) else {
            return json!({"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}});
        };
        let mut asked = self.asked.lock().await;
        let times = asked.entry(number.to_owned()).or_default();
        *times += 1;
        let status = match number {
            NO_RECEIPT => 1,
            LATE_RECEIPT if *times < 3 => 1,
            _ => 3,
        };
        let detail = json!({"PhoneNum": number, "OutId": sent["OutId"], "SendStatus": status, "ErrCode": "DELIVERED"});
        json!({"Code": "OK", "TotalCount": 1, "SmsSendDetailDTOs": {"SmsSendDetailDTO": [detail]}})
    }
}

fn signature(form: &BTreeMap<String, String>) -> String {
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let pairs: Vec<String> = form
        .iter()
        .filter(|(name, _)| name.as_str() != "Signature")
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let string = format!("POST&%2F&{}", encode(&pairs.join("&")));
    let mut mac = Hmac::<Sha1>::new_from_slice(format!("{SECRET}&").as_bytes()).expect("any length");
    mac.update(string.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

async fn serve() -> (Arc<Service>, String) {
    let service = Arc::new(Service::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let accepting = Arc::clone(&service);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(one_request(Arc::clone(&accepting), stream));
        }
    });
    (service, format!("http://{address}"))
}

async fn one_request(service: Arc<Service>, mut stream: TcpStream) {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut more = [0_u8; 4096];
        let count = stream.read(&mut more).await.expect("readable");
        assert_ne!(count, 0, "the request is whole");
        bytes.extend_from_slice(&more[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:").map(|value| value.trim().parse::<usize>())
            })
            .expect("a length")
            .expect("a number");
        if body.len() >= length {
            break (head.to_owned(), body.to_owned());
        }
    };
    assert!(head.starts_with("POST / HTTP/1.1"), "everything is in the body: {head}");
    let decode = |text: &str| percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned();
    let form =
        body.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decode(name), decode(value)));
    let (status, answer) = service.answer(&form.collect()).await;
    let answer = answer.to_string();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
    // The driver may have gone.
    let _ = stream.write_all(format!("{head}{answer}").as_bytes()).await;
}

fn connect(endpoint: &str, key: &str, secret: &str) -> Connected {
    HttpProvider::connect(HttpSettings {
        endpoint: endpoint.to_owned(),
        region: "cn-hangzhou".to_owned(),
        credentials: Credentials {
            access_key_id: key.to_owned(),
            access_key_secret: SecretText::new(secret),
            security_token: None,
        },
        timeout: TIMEOUT,
        receipt_interval: Duration::from_millis(100),
    })
}

fn delivered(id: &str, report: Report) {
    let Report::Receipt(receipt) = report else { panic!("a receipt, not {report:?}") };
    assert_eq!((receipt.key, receipt.state), (Key::Id(id.to_owned()), State::Delivered));
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_and_receipts() {
    let (service, endpoint) = serve().await;
    let mut driver = connect(&endpoint, "testkey", SECRET);
    let provider = Arc::clone(&driver.provider);
    let submit = async |id: &str, number: &str| provider.submit(&message(id, number, "您好 + a*b~c")).await;

    assert_eq!(references(submit("1", DELIVERED).await), ["biz^1"]);
    delivered("1", report(&mut driver).await);
    let Outcome::Rejected(refusal) = submit("2", REJECTED).await else { panic!("rejected") };
    assert_eq!((refusal.code.as_str(), refusal.retryable), ("isv.MOBILE_NUMBER_ILLEGAL", false));
    let Outcome::Rejected(refusal) = submit("6", BUSY).await else { panic!("rejected") };
    assert_eq!((refusal.code.as_str(), refusal.retryable), ("Throttling.User", true));
    references(submit("3", LATE_RECEIPT).await);
    delivered("3", report(&mut driver).await);
    assert_eq!(service.asked.lock().await[LATE_RECEIPT], 3);
    references(submit("4", NO_RECEIPT).await);
    silence(&mut driver).await;

    let taken = service.taken.lock().await;
    let sent = &taken[0];
    assert_eq!((sent["SignName"].as_str(), sent["TemplateCode"].as_str()), ("云谷", "SMS_1"));
    assert_eq!(sent["TemplateParam"], r#"{"name":"王芳"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_timeout_the_receipt_is_asked_for_and_nothing_is_sent_twice() {
    let (service, endpoint) = serve().await;
    let mut driver = connect(&endpoint, "testkey", SECRET);
    let outcome = driver.provider.submit(&message("5", LATE_ANSWER, "x")).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    delivered("5", report(&mut driver).await);
    assert_eq!(service.taken.lock().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys_and_no_service_are_told_apart() {
    let (_service, endpoint) = serve().await;
    for (key, secret, code) in
        [("testkey", "wrong", "SignatureDoesNotMatch"), ("other", SECRET, "InvalidAccessKeyId.NotFound")]
    {
        let driver = connect(&endpoint, key, secret);
        let Outcome::Rejected(refusal) = driver.provider.submit(&message("1", DELIVERED, "x")).await else {
            panic!("rejected")
        };
        assert_eq!((refusal.code.as_str(), refusal.retryable), (code, false));
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound");
    let driver = connect(&format!("http://{nobody}"), "testkey", SECRET);
    let Outcome::Rejected(refusal) = driver.provider.submit(&message("1", DELIVERED, "x")).await else {
        panic!("rejected")
    };
    assert_eq!((refusal.code.as_str(), refusal.retryable), ("Unreachable", true));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_an_earlier_run_are_taken_up() {
    let (service, endpoint) = serve().await;
    let earlier = connect(&endpoint, "testkey", SECRET);
    references(earlier.provider.submit(&message("1", NO_RECEIPT, "x")).await);
    references(earlier.provider.submit(&message("3", LATE_RECEIPT, "x")).await);
    drop(earlier);
    let mut driver = connect(&endpoint, "testkey", SECRET);
    let submitted_at_ms = openapi::clock::now_ms();
    let number = LATE_RECEIPT.to_owned();
    driver.provider.watch(Watched { id: "3".to_owned(), number, reference: None, submitted_at_ms });
    delivered("3", report(&mut driver).await);
    assert_eq!(service.taken.lock().await.len(), 2);
}
