//! Settings for a client that waits for a short time.

use std::time::Duration;

use objects::{Credentials, Patience, RemoteBucket, S3Service, Service, StorageSettings};
use tokio::runtime::Runtime;

pub const SECRET: &str = "SecretOfTheAccessKey0000000001";

/// A client of an endpoint, with the runtime that it needs.
pub fn client(endpoint: &str) -> (RemoteBucket, Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let s3 = RemoteBucket::connect(&settings(endpoint), runtime.handle().clone()).unwrap();
    (s3, runtime)
}

pub fn settings(endpoint: &str) -> StorageSettings {
    let credentials = Credentials {
        access_key_id: "KEYID0000000000001".to_owned(),
        secret_access_key: SECRET.to_owned(),
        session_token: None,
    };
    let s3 = S3Service { region: "eu-test-1".to_owned(), virtual_hosted: false, unsigned_payload: false, credentials };
    settings_of(Service::S3(s3), endpoint)
}

/// The same for any service.
pub fn settings_of(service: Service, endpoint: &str) -> StorageSettings {
    StorageSettings {
        service,
        bucket: "audit".to_owned(),
        prefix: "events/one".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        authorities_pem: None,
        patience: Patience {
            connect: Duration::from_millis(500),
            request: Duration::from_millis(500),
            read: Duration::from_secs(2),
            write: Duration::from_secs(4),
            retries: 3,
            pauses: (Duration::from_millis(5), Duration::from_millis(50)),
        },
    }
}
