//! What differs from service to service: how something is put only where nothing is, and how long objects are put together.

use std::sync::Arc;
use std::time::Duration;

use objects::{AzureAccount, Remote, RemoteBucket, Service, ServiceAccount, StorageSettings, UnfinishedUploads};
use tokio::runtime::Runtime;

use crate::fake::content;
use crate::patience::{settings, settings_of};
use crate::peer::{self, Turn};

const NAME: &str = "audit/k~1";
/// A key of a service account that asks nobody for a token.
const NO_TOKEN: &str = r#"{"private_key": "", "private_key_id": "", "client_email": "", "disable_oauth": true}"#;

/// Settings for each kind of service at an address.
fn all(endpoint: &str) -> [StorageSettings; 3] {
    let gcs = Service::Gcs(ServiceAccount { key_json: NO_TOKEN.to_owned() });
    let azure = Service::Azure(AzureAccount { name: "archive".to_owned(), access_key: "c2VjcmV0".to_owned() });
    [settings(endpoint), settings_of(gcs, endpoint), settings_of(azure, endpoint)]
}

fn connect(settings: StorageSettings) -> (Arc<RemoteBucket>, Runtime) {
    let (bucket, runtime) = connect_once(settings);
    (Arc::new(bucket), runtime)
}

fn connect_once(mut settings: StorageSettings) -> (RemoteBucket, Runtime) {
    // Long objects take a debug build their time.
    settings.patience.request = Duration::from_secs(5);
    settings.patience.read = Duration::from_secs(20);
    settings.patience.write = Duration::from_secs(60);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    (RemoteBucket::connect(&settings, runtime.handle().clone()).unwrap(), runtime)
}

#[test]
fn what_is_put_is_read() {
    let peer = peer::start([]);
    for settings in all(&peer.0.address) {
        let (bucket, _runtime) = connect(settings.clone());
        let bytes = content(1, 300_000);
        bucket.put(NAME, &bytes).unwrap_or_else(|error| panic!("{settings:?}: {error}"));
        assert_eq!(bucket.byte_len(NAME).unwrap(), 300_000);
        assert_eq!(bucket.read(NAME, 1_000..200_000).unwrap(), bytes[1_000..200_000]);
        assert_eq!(bucket.byte_len("no").unwrap_err().kind(), std::io::ErrorKind::NotFound, "{settings:?}");
        peer.0.plan([Turn::Refuse(503, "")]);
        bucket.put(NAME, &bytes[..10]).unwrap();
        assert_eq!(bucket.byte_len(NAME).unwrap(), 10);
    }
}

#[test]
fn only_the_first_puts_what_is_new() {
    for kind in 0..3 {
        let peer = peer::start([]);
        let settings = all(&peer.0.address)[kind].clone();
        let (bucket, _runtime) = connect(settings.clone());
        assert!(bucket.put_new(NAME, b"first").unwrap(), "{settings:?}");
        assert!(!bucket.put_new(NAME, b"second").unwrap(), "{settings:?}");
        assert_eq!(bucket.read(NAME, 0..5).unwrap(), &b"first"[..]);
        // Whose answer is lost cannot know; nothing is overwritten in any case.
        peer.0.plan([Turn::LoseAnswer]);
        let _ = bucket.put_new("audit/k~2", b"third");
        assert!(!bucket.put_new("audit/k~2", b"later").unwrap(), "{settings:?}");
        assert_eq!(bucket.read("audit/k~2", 0..5).unwrap(), &b"third"[..]);
    }
}

#[test]
fn of_many_that_put_at_once_one_is_first() {
    let peer = peer::start([]);
    for (round, settings) in all(&peer.0.address).into_iter().enumerate() {
        let (bucket, _runtime) = connect(settings);
        let name = format!("audit/k~{round}");
        let firsts = std::thread::scope(|scope| {
            let put = |n: u8| bucket.put_new(&name, &[n; 1_000]).unwrap();
            let putting = [1, 2, 3, 4].map(|n| scope.spawn(move || put(n)));
            putting.map(|one| one.join().unwrap())
        });
        assert_eq!(firsts.into_iter().filter(|is_first| *is_first).count(), 1);
    }
}

#[test]
fn a_service_that_does_not_know_the_condition_is_asked_first() {
    const UNKNOWN: Turn =
        Turn::Refuse(501, "<Error><Code>NotImplemented</Code><Message>No such header.</Message></Error>");
    let peer = peer::start([UNKNOWN]);
    let (bucket, _runtime) = connect(settings(&peer.0.address));
    assert!(bucket.put_new(NAME, b"first").unwrap());
    peer.0.plan([UNKNOWN]);
    assert!(!bucket.put_new(NAME, b"second").unwrap());
    assert_eq!(bucket.read(NAME, 0..5).unwrap(), &b"first"[..]);
}

#[test]
fn long_objects_are_put_together_also_when_the_last_answer_is_lost() {
    let bytes = content(9, 17 * 1024 * 1024 + 3);
    for kind in 0..3 {
        let peer = peer::start([]);
        let settings = all(&peer.0.address)[kind].clone();
        let is_azure = matches!(settings.service, Service::Azure(_));
        let (bucket, _runtime) = connect(settings.clone());
        bucket.put(NAME, &bytes).unwrap_or_else(|error| panic!("{settings:?}: {error}"));
        assert_eq!(bucket.byte_len(NAME).unwrap(), bytes.len() as u64);
        // Azure's blocks need no beginning.
        let before = if is_azure { 3 } else { 4 };
        peer.0.plan((0..before).map(|_| Turn::Serve).chain([Turn::LoseAnswer]));
        let mut object = bucket.begin("audit/k~2").unwrap();
        bytes.chunks(1_000_000).for_each(|piece| object.write(piece).unwrap());
        object.finish().unwrap_or_else(|error| panic!("{settings:?}: {error}"));
        assert_eq!(bucket.read("audit/k~2", 0..bytes.len() as u64).unwrap(), bytes);
    }
}

#[test]
fn failures_say_what_to_do_and_no_secret() {
    const FAILED: &str = "<Error><Code>AuthenticationFailed</Code><Message>No.\nTime:1</Message><AuthenticationErrorDetail>c2VjcmV0</AuthenticationErrorDetail></Error>";
    const GONE: &str = "<Error><Code>ContainerNotFound</Code><Message>No.</Message></Error>";
    let peer = peer::start([]);
    for settings in all(&peer.0.address) {
        let (bucket, _runtime) = connect(settings);
        for (turn, advice) in
            [(Turn::Refuse(403, FAILED), "and its key"), (Turn::Refuse(404, GONE), "create the bucket")]
        {
            peer.0.plan([turn]);
            let error = bucket.put(NAME, b"content").unwrap_err().to_string();
            assert!(error.contains(advice) && error.contains(&peer.0.address), "{error}");
            assert!(!error.contains("c2VjcmV0"), "{error}");
        }
    }
    let azure = |access_key: &str| AzureAccount { name: "archive".to_owned(), access_key: access_key.to_owned() };
    for service in
        [Service::Gcs(ServiceAccount { key_json: "{\"secret\": 7".to_owned() }), Service::Azure(azure("%secret%"))]
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connected = RemoteBucket::connect(&settings_of(service, &peer.0.address), runtime.handle().clone());
        let error = connected.err().expect("a key that is none").to_string();
        assert!(error.contains("correct the settings") && !error.contains("secret"), "{error}");
    }
}

#[test]
fn what_a_killed_process_uploaded_is_removed_by_the_next() {
    let bytes = content(3, 17 * 1024 * 1024);
    for kind in 0..2 {
        let (peer, folder) = (peer::start([]), tempfile::tempdir().unwrap());
        let start = || {
            let (bucket, runtime) = connect_once(all(&peer.0.address)[kind].clone());
            (Arc::new(bucket.with_uploads(UnfinishedUploads::open(folder.path()).unwrap())), runtime)
        };
        let notes = || std::fs::read_dir(folder.path()).unwrap().count();
        let (killed, _runtime) = start();
        killed.put(NAME, &bytes).unwrap();
        assert_eq!(notes(), 0);
        let mut object = killed.begin("audit/k~2").unwrap();
        object.write(&bytes).unwrap();
        std::mem::forget(object);
        assert_eq!((notes(), peer.0.count("DELETE")), (1, 0));
        // While the service is away the note stays.
        peer.0.plan(vec![Turn::Refuse(403, ""); 9]);
        assert!(start().0.abort_left().is_err());
        peer.0.plan([]);
        assert_eq!(notes(), 1);
        let before = peer.0.count("DELETE");
        let (next, _runtime) = start();
        let mut object = next.begin("audit/k~3").unwrap();
        object.write(&bytes).unwrap();
        next.abort_left().unwrap();
        assert_eq!((notes(), peer.0.count("DELETE")), (1, before + 1), "its own upload goes on");
        object.finish().unwrap();
        assert_eq!(notes(), 0);
        assert_eq!(next.byte_len("audit/k~3").unwrap(), bytes.len() as u64);
    }
}
