//! A bucket of a service that speaks S3, elsewhere. As exact as one of this server: a file is put only where nothing is.

use std::sync::Arc;

use audit::trail::DestinationFault;
use bytes::Bytes;
use objects::{OnceBucket, OnceError, OnceFault};

use super::{ObjectPlace, Waiting};
use crate::failure::Failure;
use crate::limits::{MAX_OBJECT_BYTES, S3_KEYS_PAGE};

/// A bucket elsewhere, as a trail sees it.
pub(super) struct RemoteS3 {
    pub client: Arc<OnceBucket>,
}

/// Whether the bucket is there and lets the server in.
pub(super) async fn check(client: &OnceBucket) -> Result<(), DestinationFault> {
    client.look().await.map_err(|error| {
        let text = error.to_string();
        match error.fault {
            OnceFault::NoBucket => DestinationFault::Missing(text),
            OnceFault::Denied => DestinationFault::NotAllowed(text),
            OnceFault::Refused | OnceFault::Taken => DestinationFault::Refused(text),
            OnceFault::Busy | OnceFault::Unreachable => DestinationFault::Unavailable(text),
        }
    })
}

fn failed(error: OnceError) -> Failure {
    Failure::new(error.to_string())
}

impl ObjectPlace for RemoteS3 {
    fn put_once<'a>(&'a self, key: &'a str, content_type: &'static str, bytes: Bytes) -> Waiting<'a, ()> {
        Box::pin(async move { self.client.put_once(key, content_type, bytes).await.map_err(failed) })
    }

    fn has<'a>(&'a self, key: &'a str) -> Waiting<'a, bool> {
        Box::pin(async move { self.client.has(key).await.map_err(failed) })
    }

    fn keys<'a>(&'a self, prefix: &'a str, after: &'a str) -> Waiting<'a, Vec<String>> {
        Box::pin(async move { self.client.keys(prefix, after, S3_KEYS_PAGE).await.map_err(failed) })
    }

    fn read<'a>(&'a self, key: &'a str) -> Waiting<'a, Bytes> {
        Box::pin(async move { self.client.read(key, MAX_OBJECT_BYTES).await.map_err(failed) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};

    use objects::{Credentials, Patience, S3Service, Service, StorageSettings};

    use super::*;

    const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>Not you.</Message></Error>";
    const NO_BUCKET: &str = "<Error><Code>NoSuchBucket</Code><Message>Gone.</Message></Error>";
    const MOVED: &str = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>Region.</Message></Error>";

    /// A service that answers everything with the same.
    fn service(status: u16, body: &'static str) -> Arc<OnceBucket> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(&stream, status, body)));
        let credentials =
            Credentials { access_key_id: "id".to_owned(), secret_access_key: "secret".to_owned(), session_token: None };
        let region = "eu-west-1".to_owned();
        let s3 = S3Service { region, virtual_hosted: false, unsigned_payload: false, credentials };
        let settings = StorageSettings {
            service: Service::S3(s3),
            bucket: "audit".to_owned(),
            prefix: String::new(),
            endpoint: Some(endpoint),
            authorities_pem: None,
            patience: Patience { retries: 1, ..Patience::default() },
        };
        Arc::new(OnceBucket::connect(&settings).unwrap())
    }

    fn answer(mut stream: &TcpStream, status: u16, body: &str) {
        let (mut reader, mut body_len) = (BufReader::new(stream), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) <= 2 {
                break;
            }
            if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                body_len = length.trim().parse().unwrap();
            }
        }
        // The client may hang up, which is its right.
        let _ = reader.read_exact(&mut vec![0; body_len]);
        let head = format!("HTTP/1.1 {status} Told\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let _ = stream.write_all(format!("{head}{body}").as_bytes());
    }

    #[tokio::test]
    async fn each_failure_is_told_at_the_trail_and_at_its_deliveries() {
        type IsKind = fn(&DestinationFault) -> bool;
        let cases: [(u16, &str, IsKind, &str); 4] = [
            (403, DENIED, |fault| matches!(fault, DestinationFault::NotAllowed(_)), "let it write"),
            (404, NO_BUCKET, |fault| matches!(fault, DestinationFault::Missing(_)), "create the bucket"),
            (400, MOVED, |fault| matches!(fault, DestinationFault::Refused(_)), "region"),
            (503, "", |fault| matches!(fault, DestinationFault::Unavailable(_)), "for now"),
        ];
        for (status, body, is_kind, advice) in cases {
            let place = RemoteS3 { client: service(status, body) };
            let fault = check(&place.client).await.unwrap_err();
            assert!(is_kind(&fault) && fault.to_string().contains(advice), "{status}: {fault:?}");
            let failure = place.put_once("a/b.gz", "application/gzip", Bytes::from_static(b"x")).await.unwrap_err();
            assert!(failure.to_string().contains(advice) && failure.to_string().contains("audit"), "{failure}");
        }
    }
}
