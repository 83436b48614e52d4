//! Files that are put once, into a service that misbehaves.

use std::time::Duration;

use bytes::Bytes;
use objects::{OnceBucket, OnceFault};

use crate::patience::{SECRET, settings};
use crate::peer::{self, Running, Turn};

const KEY: &str = "ops-audit/AliyunLogs/Actiontrail/cn-shanghai/2026/03/01/Actiontrail_cn-shanghai_1.gz";
const GZIP: &str = "application/gzip";
const FILE: Bytes = Bytes::from_static(b"the events of a minute");
const NO_BUCKET: &str = "<Error><Code>NoSuchBucket</Code><Message>Gone.</Message></Error>";
const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>Not you.</Message><Resource>repeated</Resource></Error>";
const SLOW_DOWN: &str = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
const CONFLICT: &str = "<Error><Code>ConditionalRequestConflict</Code><Message>Another is writing.</Message></Error>";
const UNKNOWN: &str = "<Error><Code>NotImplemented</Code><Message>A header is not implemented.</Message></Error>";

fn open(turns: impl IntoIterator<Item = Turn>) -> (Running, OnceBucket) {
    let peer = peer::start(turns);
    let mut settings = settings(&peer.0.address);
    // A loaded machine is no service that hangs.
    settings.patience.request = Duration::from_secs(3);
    settings.patience.read = Duration::from_secs(20);
    settings.patience.write = Duration::from_secs(20);
    let bucket = OnceBucket::connect(&settings).unwrap();
    (peer, bucket)
}

fn stored(peer: &Running) -> Option<Vec<u8>> {
    peer.0.objects.lock().get(&format!("/audit/{KEY}")).cloned()
}

#[tokio::test]
async fn a_file_is_put_once_and_read_back() {
    let (peer, bucket) = open([]);
    bucket.look().await.unwrap();
    assert!(!bucket.has(KEY).await.unwrap());
    bucket.put_once(KEY, GZIP, FILE).await.unwrap();
    assert_eq!(stored(&peer).as_deref(), Some(&FILE[..]));
    assert_eq!(peer.0.content_types.lock().as_slice(), [GZIP]);
    assert!(bucket.has(KEY).await.unwrap());
    // Again: it is there, and nothing is written.
    bucket.put_once(KEY, GZIP, FILE).await.unwrap();
    assert_eq!(bucket.read(KEY, 1_000).await.unwrap(), FILE);
    let error = bucket.read(KEY, 3).await.unwrap_err();
    assert!(error.to_string().contains("too many"), "{error}");
}

#[tokio::test]
async fn another_object_under_the_name_stays_and_is_told() {
    let (peer, bucket) = open([]);
    for other in [&b"something else"[..], b"the EVENTS of a minute"] {
        peer.0.objects.lock().insert(format!("/audit/{KEY}"), other.to_vec());
        let error = bucket.put_once(KEY, GZIP, FILE).await.unwrap_err();
        assert_eq!(error.fault, OnceFault::Taken, "{error}");
        assert!(error.to_string().contains(KEY) && error.to_string().contains("remove or rename"), "{error}");
        assert_eq!(stored(&peer).as_deref(), Some(other));
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_after_the_write_is_a_success() {
    let lost =
        [Turn::LoseAnswer, Turn::ServeAndRefuse(500, ""), Turn::ServeAndRefuse(503, SLOW_DOWN), Turn::ServeAndHang];
    for turn in lost {
        let (peer, bucket) = open([turn.clone()]);
        bucket.put_once(KEY, GZIP, FILE).await.unwrap_or_else(|error| panic!("{turn:?}: {error}"));
        assert_eq!(stored(&peer).as_deref(), Some(&FILE[..]), "{turn:?}");
    }
}

#[tokio::test]
async fn what_fails_says_what_to_do_and_works_when_it_is_over() {
    for (turn, fault, advice) in [
        (Turn::Refuse(404, NO_BUCKET), OnceFault::NoBucket, "create the bucket"),
        (Turn::Refuse(403, DENIED), OnceFault::Denied, "let it write"),
        (Turn::Refuse(403, ""), OnceFault::Denied, "let it write"),
        (Turn::Refuse(503, SLOW_DOWN), OnceFault::Busy, "for now"),
        (Turn::Refuse(429, ""), OnceFault::Busy, "for now"),
        (Turn::Refuse(500, ""), OnceFault::Busy, "for now"),
        (Turn::Refuse(409, CONFLICT), OnceFault::Busy, "for now"),
        (Turn::Refuse(501, UNKNOWN), OnceFault::Refused, "service's log"),
        (Turn::Hang, OnceFault::Unreachable, "look at the network"),
    ] {
        // After the put, the question whether it arrived is answered as it should be.
        let (peer, bucket) = open([]);
        peer.0.plan_for("PUT", turn.clone());
        let error = bucket.put_once(KEY, GZIP, FILE).await.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.fault, fault, "{turn:?}: {text}");
        assert!(text.contains(advice) && text.contains("audit") && text.contains(&peer.0.address), "{turn:?}: {text}");
        assert!(!text.contains(SECRET) && !text.contains("repeated"), "{text}");
        assert_eq!(stored(&peer), None, "{turn:?}");
        peer.0.plan_for("PUT", Turn::Serve);
        bucket.put_once(KEY, GZIP, FILE).await.unwrap_or_else(|error| panic!("after {turn:?}: {error}"));
        assert_eq!(stored(&peer).as_deref(), Some(&FILE[..]));
    }
}

#[tokio::test]
async fn a_bucket_is_looked_at() {
    for (turn, fault) in [
        (Turn::Refuse(404, NO_BUCKET), OnceFault::NoBucket),
        (Turn::Refuse(403, DENIED), OnceFault::Denied),
        (Turn::Refuse(503, SLOW_DOWN), OnceFault::Busy),
        (Turn::Hang, OnceFault::Unreachable),
    ] {
        let (peer, bucket) = open([]);
        peer.0.plan_for("GET", turn.clone());
        assert_eq!(bucket.look().await.unwrap_err().fault, fault, "{turn:?}");
    }
    let away = OnceBucket::connect(&settings("http://127.0.0.1:9")).unwrap();
    let error = away.look().await.unwrap_err();
    assert_eq!(error.fault, OnceFault::Unreachable, "{error}");
    let error = away.put_once(KEY, GZIP, FILE).await.unwrap_err();
    assert_eq!(error.fault, OnceFault::Unreachable, "{error}");
    assert!(OnceBucket::connect(&settings("no address")).is_err());
}

#[tokio::test]
async fn keys_come_in_pages() {
    let (peer, bucket) = open([]);
    for number in 0..5 {
        peer.0.objects.lock().insert(format!("/audit/logs/{number}.gz"), vec![number]);
    }
    peer.0.objects.lock().insert("/audit/logs-of-others/1.gz".to_owned(), vec![1]);
    let mut all = Vec::<String>::new();
    loop {
        let after = all.last().cloned().unwrap_or_default();
        let page = bucket.keys("logs/", &after, 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2);
        all.extend(page);
    }
    assert_eq!(all, ["logs/0.gz", "logs/1.gz", "logs/2.gz", "logs/3.gz", "logs/4.gz"]);
}
