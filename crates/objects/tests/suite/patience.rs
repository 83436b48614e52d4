//! Settings for a client that waits for a short time.

use std::time::Duration;

use objects::{Credentials, Patience, S3, S3Settings};
use tokio::runtime::Runtime;

pub const SECRET: &str = "SecretOfTheAccessKey0000000001";

/// A client of an endpoint, with the runtime that it needs.
pub fn client(endpoint: &str) -> (S3, Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let s3 = S3::connect(&settings(endpoint), runtime.handle().clone()).unwrap();
    (s3, runtime)
}

pub fn settings(endpoint: &str) -> S3Settings {
    S3Settings {
        bucket: "audit".to_owned(),
        prefix: "events/one".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        region: "eu-test-1".to_owned(),
        virtual_hosted: false,
        unsigned_payload: false,
        authorities_pem: None,
        credentials: Credentials {
            access_key_id: "KEYID0000000000001".to_owned(),
            secret_access_key: SECRET.to_owned(),
            session_token: None,
        },
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
