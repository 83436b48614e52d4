//! The client against servers that fail in every way that servers do.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use objects::{Remote, RemoteBucket};

use crate::fake::content;
use crate::patience::{SECRET, client, settings};
use crate::peer::{self, Turn};

const NAME: &str = "stream=events%2F1059/day=2026-11-27/1.parquet";
const SLOW_DOWN: &str = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";

#[test]
fn passing_failures_are_repeated_and_unseen() {
    for turn in [
        Turn::Refuse(500, ""),
        Turn::Refuse(503, SLOW_DOWN),
        Turn::Refuse(429, ""),
        Turn::Hang,
        Turn::Truncate,
        Turn::LoseAnswer,
    ] {
        let peer = peer::start([turn.clone()]);
        let (s3, _runtime) = client(&peer.0.address);
        let bytes = content(1, 300_000);
        s3.put(NAME, &bytes).unwrap_or_else(|error| panic!("put after {turn:?}: {error}"));
        peer.0.plan([turn.clone()]);
        let read = s3.read(NAME, 1_000..200_000).unwrap_or_else(|error| panic!("read after {turn:?}: {error}"));
        assert_eq!(read, bytes[1_000..200_000], "{turn:?}");
        peer.0.plan([turn.clone()]);
        assert_eq!(s3.byte_len(NAME).unwrap(), 300_000, "{turn:?}");
        peer.0.plan([turn.clone()]);
        let (start, byte_len) =
            s3.read_start(NAME, 100_000).unwrap_or_else(|error| panic!("start after {turn:?}: {error}"));
        assert!(start == bytes[..100_000] && byte_len == 300_000, "{turn:?}");
        assert_eq!(s3.read_start(NAME, 400_000).unwrap(), (bytes.clone().into(), 300_000));
        let object = format!("/audit/events/one/{}", NAME.replace('%', "%25").replace('=', "%3D"));
        assert!(peer.0.objects.lock().contains_key(&object), "{:?}", peer.0.objects.lock().keys());
    }
}

#[test]
fn lasting_failures_end_in_time_and_say_what_to_do() {
    for (turn, advice) in [
        (Turn::Refuse(500, ""), "refuses requests for now"),
        (Turn::Refuse(503, SLOW_DOWN), "SlowDown Please reduce"),
        (Turn::Hang, "look at the network"),
        (Turn::Refuse(403, "<Error><Code>AccessDenied</Code></Error>"), "let the key"),
        (Turn::Refuse(403, "<Error><Code>RequestTimeTooSkewed</Code></Error>"), "set the clock"),
        (Turn::Refuse(404, "<Error><Code>NoSuchBucket</Code></Error>"), "create the bucket"),
        (Turn::Refuse(301, ""), "region"),
    ] {
        let peer = peer::start([]);
        let (s3, _runtime) = client(&peer.0.address);
        s3.put(NAME, &content(1, 1_000)).unwrap();
        let start = Instant::now();
        peer.0.plan(vec![turn.clone(); 20]);
        let put = s3.put(NAME, &content(2, 1_000)).unwrap_err();
        peer.0.plan(vec![turn.clone(); 20]);
        let read = s3.read(NAME, 0..10).unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(8), "{turn:?} took {:?}", start.elapsed());
        for error in [put, read].map(|error| error.to_string()) {
            assert!(error.contains(advice), "{turn:?}: {error}");
            assert!(error.contains(&peer.0.address) && error.contains("audit") && !error.contains(SECRET), "{error}");
        }
    }
}

#[test]
fn nobody_listens() {
    let (s3, _runtime) = client("http://127.0.0.1:9");
    let error = s3.names().unwrap_err().to_string();
    assert!(error.contains("look at the network") && error.to_lowercase().contains("connect"), "{error}");
}

#[test]
fn a_body_that_is_never_whole_is_an_error_and_no_data() {
    let peer = peer::start([]);
    let (s3, _runtime) = client(&peer.0.address);
    s3.put(NAME, &content(1, 100_000)).unwrap();
    peer.0.plan(vec![Turn::Truncate; 50]);
    let error = s3.read(NAME, 0..100_000).unwrap_err();
    assert!(!error.to_string().is_empty());
    peer.0.plan([Turn::Flood]);
    let error = s3.read(NAME, 0..1_000).unwrap_err();
    assert!(error.to_string().contains("instead of 1000"), "{error}");
    assert_eq!(s3.read(NAME, 0..1_000).unwrap(), content(1, 100_000)[..1_000]);
}

#[test]
fn an_object_that_is_not_there() {
    let peer = peer::start([]);
    let (s3, _runtime) = client(&peer.0.address);
    assert_eq!(s3.byte_len("x.idx").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(s3.read("x.idx", 0..1).unwrap_err().kind(), ErrorKind::NotFound);
    s3.remove("x.idx").unwrap();
}

#[test]
fn large_objects_go_in_parts_and_lost_answers_do_not_matter() {
    let bytes = content(9, 17 * 1024 * 1024 + 3);
    let peer = peer::start([]);
    let mut settings = settings(&peer.0.address);
    // Sixteen MiB take a debug build their time.
    settings.patience.request = Duration::from_secs(10);
    settings.patience.write = Duration::from_secs(60);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let s3 = RemoteBucket::connect(&settings, runtime.handle().clone()).unwrap();
    s3.put(NAME, &bytes).unwrap();
    assert_eq!(peer.0.requests.lock().iter().filter(|request| request.contains("partNumber")).count(), 3);
    assert_eq!(s3.read(NAME, 8 * 1024 * 1024 - 1..8 * 1024 * 1024 + 1).unwrap(), bytes[8 * 1024 * 1024 - 1..][..2]);
    // Begun, three parts, and the answer to the end is lost: the repetition meets an upload that is no more.
    peer.0.objects.lock().clear();
    peer.0.plan([Turn::Serve, Turn::Serve, Turn::Serve, Turn::Serve, Turn::LoseAnswer]);
    s3.put(NAME, &bytes).unwrap();
    assert!(peer.0.objects.lock().values().all(|object| *object == bytes));
    // A part that is refused for good: the upload is given up and removed.
    peer.0.plan([Turn::Serve, Turn::Refuse(403, "<Error><Code>AccessDenied</Code></Error>")]);
    assert!(s3.put(NAME, &bytes).is_err());
    assert!(peer.0.count("DELETE") == 1, "{:?}", peer.0.requests.lock());
}

#[test]
fn closing_ends_what_waits() {
    let peer = peer::start(vec![Turn::Hang; 20]);
    let (s3, _runtime) = client(&peer.0.address);
    std::thread::scope(|scope| {
        let start = Instant::now();
        let waiting = scope.spawn(|| s3.read(NAME, 0..10));
        while peer.0.requests.lock().is_empty() {
            std::thread::yield_now();
        }
        s3.close();
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), ErrorKind::Interrupted);
        assert!(start.elapsed() < Duration::from_millis(1_500));
    });
    assert_eq!(s3.names().unwrap_err().kind(), ErrorKind::Interrupted);
}
