//! The SMPP driver against a server of another engine. Last digits of the number say what the server does.

mod common;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{BUSY, DELIVERED, LATE_ANSWER, LATE_RECEIPT, NO_RECEIPT, REJECTED, message, references, report, silence};
use openapi::SecretText;
use smpp34::server::ESME;
use smpp34::{
    SmppConnectionInformation, SmppError, SmppServer, SmppServerListener, bind_transceiver, bind_transceiver_resp,
    submit_sm, submit_sm_resp,
};
use sms::{Connected, Key, Outcome, Rejection, Report, SmppProvider, SmppSettings, State};
use tokio::sync::Mutex;

const DRIVER_TIMEOUT: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Gateway {
    bound: Mutex<HashMap<String, Arc<ESME>>>,
    submitted: Mutex<Vec<submit_sm>>,
    ids: AtomicUsize,
}

#[async_trait::async_trait]
impl SmppServerListener for Gateway {
    async fn on_bind_transceiver(
        &self,
        request: bind_transceiver,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> bind_transceiver_resp {
        if request.interface_version != 0x34 {
            return request.reject(SmppError::ESME_RBINDFAIL);
        }
        if (request.system_id.as_str(), request.password.as_str()) != ("cairn", "hushhush") {
            return request.reject(SmppError::ESME_RINVPASWD);
        }
        request.accept("gateway".to_owned(), Some(0x34))
    }

    async fn on_esme_bound(&self, esme: ESME, session: &String) {
        self.bound.lock().await.insert(session.clone(), Arc::new(esme));
    }

    async fn on_submit_sm(
        &self,
        request: submit_sm,
        _: &SmppConnectionInformation,
        session: &String,
    ) -> submit_sm_resp {
        self.submitted.lock().await.push(request.clone());
        let id = format!("m{}", self.ids.fetch_add(1, Ordering::Relaxed));
        let receipt_after = match request.destination_addr.as_str() {
            REJECTED => return request.reject(SmppError::ESME_RINVDSTADR),
            BUSY => return request.reject(SmppError::ESME_RTHROTTLED),
            LATE_ANSWER => {
                tokio::time::sleep(3 * DRIVER_TIMEOUT).await;
                Some(Duration::ZERO)
            }
            LATE_RECEIPT => Some(Duration::from_millis(800)),
            NO_RECEIPT => None,
            _ => Some(Duration::ZERO),
        };
        if let (Some(pause), Some(esme)) = (receipt_after, self.bound.lock().await.get(session).cloned()) {
            tokio::spawn(send_receipt(esme, request.destination_addr.clone(), id.clone(), pause));
        }
        request.accept(id)
    }
}

async fn send_receipt(esme: Arc<ESME>, number: String, id: String, pause: Duration) {
    tokio::time::sleep(pause).await;
    let text = format!("id:{id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:");
    let sent = esme.deliver_sm().source_addr(number).esm_class(0x04).short_message(text.into_bytes()).send().await;
    assert!(sent.is_ok(), "the receipt is confirmed");
}

struct Bench {
    gateway: Arc<Gateway>,
    server: SmppServer,
    driver: Connected,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port()
}

async fn serve(port: u16) -> (Arc<Gateway>, SmppServer) {
    let gateway = Arc::new(Gateway::default());
    let mut server = SmppServer::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port, gateway.clone());
    server.start().await;
    (gateway, server)
}

fn connect(port: u16, password: &str) -> Connected {
    SmppProvider::connect(SmppSettings {
        address: format!("127.0.0.1:{port}"),
        system_id: "cairn".to_owned(),
        password: SecretText::new(password),
        system_type: String::new(),
        source_address: "10086".to_owned(),
        timeout: DRIVER_TIMEOUT,
    })
}

async fn bench() -> Bench {
    let port = free_port();
    let (gateway, server) = serve(port).await;
    let driver = connect(port, "hushhush");
    Bench { gateway, server, driver }
}

impl Bench {
    /// Waits until the driver is bound: until then it rejects everything as retryable.
    async fn submit(&self, id: &str, number: &str, text: &str) -> Outcome {
        for _ in 0..100 {
            match self.driver.provider.submit(&message(id, number, text)).await {
                Outcome::Rejected(Rejection { code, .. }) if code == "NotBound" => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                outcome => return outcome,
            }
        }
        panic!("the driver did not bind");
    }

    async fn delivered(&mut self, references: &[String]) {
        for _ in references {
            let Report::Receipt(receipt) = report(&mut self.driver).await else { panic!("a receipt") };
            assert!(references.iter().any(|reference| receipt.key == Key::Reference(reference.clone())));
            assert_eq!((receipt.state, receipt.code.as_str()), (State::Delivered, "000"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_and_receipts() {
    let mut bench = bench().await;
    let text = "【云谷】您好，王芳";
    let taken = references(bench.submit("1", DELIVERED, text).await);
    bench.delivered(&taken).await;

    let Outcome::Rejected(refusal) = bench.submit("2", REJECTED, text).await else { panic!("rejected") };
    assert_eq!((refusal.code.as_str(), refusal.retryable), ("ESME_11", false));
    let Outcome::Rejected(refusal) = bench.submit("6", BUSY, text).await else { panic!("rejected") };
    assert_eq!((refusal.code.as_str(), refusal.retryable), ("ESME_88", true));

    let taken = references(bench.submit("3", LATE_RECEIPT, text).await);
    bench.delivered(&taken).await;
    references(bench.submit("4", NO_RECEIPT, text).await);
    silence(&mut bench.driver).await;

    let submitted = bench.gateway.submitted.lock().await;
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(submitted[0].short_message, utf16);
    assert_eq!((submitted[0].data_coding, submitted[0].registered_delivery, submitted[0].esm_class), (8, 1, 0));
    assert_eq!(submitted[0].source_addr, "10086");
    drop(submitted);
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_is_reported_and_nothing_is_sent_twice() {
    let mut bench = bench().await;
    assert!(matches!(bench.submit("5", LATE_ANSWER, "晚").await, Outcome::Unknown(_)));
    // Receipt and answer overtake each other freely.
    let (mut answered, mut receipt) = (None, None);
    while answered.is_none() || receipt.is_none() {
        match report(&mut bench.driver).await {
            Report::Answered { id, outcome } => answered = Some((id, references(outcome))),
            Report::Receipt(found) => receipt = Some(found.key),
        }
    }
    let (id, references) = answered.expect("waited for");
    assert_eq!(id, "5");
    assert_eq!(receipt, Some(Key::Reference(references[0].clone())));
    assert_eq!(bench.gateway.submitted.lock().await.len(), 1);
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_goes_in_parts() {
    let mut bench = bench().await;
    let taken = references(bench.submit("1", DELIVERED, &"长".repeat(150)).await);
    assert_eq!(taken.len(), 3);
    bench.delivered(&taken).await;
    let submitted = bench.gateway.submitted.lock().await;
    let mut joined = Vec::new();
    for (index, part) in submitted.iter().enumerate() {
        assert_eq!(part.esm_class, 0x40);
        assert_eq!(part.short_message[..3], [5, 0, 3]);
        assert_eq!(part.short_message[4..6], [3, u8::try_from(index + 1).expect("small")]);
        joined.extend_from_slice(&part.short_message[6..]);
    }
    assert_eq!(joined, "长".repeat(150).encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>());
    drop(submitted);
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_never_binds() {
    let port = free_port();
    let (gateway, mut server) = serve(port).await;
    let driver = connect(port, "wrong");
    tokio::time::sleep(Duration::from_millis(700)).await;
    let outcome = driver.provider.submit(&message("1", DELIVERED, "x")).await;
    assert!(matches!(outcome, Outcome::Rejected(Rejection { retryable: true, .. })), "{outcome:?}");
    assert!(gateway.submitted.lock().await.is_empty());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_comes_later_is_found() {
    let port = free_port();
    let driver = connect(port, "hushhush");
    let outcome = driver.provider.submit(&message("1", DELIVERED, "x")).await;
    assert!(matches!(outcome, Outcome::Rejected(Rejection { retryable: true, .. })), "{outcome:?}");
    let (gateway, server) = serve(port).await;
    let mut bench = Bench { gateway, server, driver };
    let taken = references(bench.submit("1", DELIVERED, "x").await);
    bench.delivered(&taken).await;
    bench.server.stop().await;
}
