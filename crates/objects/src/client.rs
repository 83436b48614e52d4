//! A client of a bucket's service.

use std::io;
use std::sync::Arc;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::multipart::MultipartStore;
use object_store::{BackoffConfig, Certificate, ClientOptions, ObjectStore, Result, RetryConfig};

use crate::advice::Place;
use crate::settings::{AzureAccount, Patience, S3Service, Service, ServiceAccount, StorageSettings};

/// What is asked of every service. How each puts only what is not there is the client's matter: S3 and Azure compare with
/// no ETag at all, Google with generation 0.
pub(crate) trait Client: ObjectStore + MultipartStore {}

impl<T: ObjectStore + MultipartStore> Client for T {}

/// A client of a service, and the place that its errors name. Nothing is sent yet.
pub(crate) fn connect(settings: &StorageSettings) -> io::Result<(Arc<dyn Client>, Place)> {
    // Another part of the process may have chosen before; any choice will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let endpoint = settings.endpoint();
    let place = Place { bucket: settings.bucket.clone(), endpoint: endpoint.clone() };
    let unusable = |reason: &str| place.error(io::ErrorKind::InvalidInput, reason, "correct the settings");
    if !is_endpoint(&endpoint, matches!(settings.service, Service::Azure(_))) {
        return Err(unusable("the endpoint is no URL"));
    }
    let client = match &settings.service {
        Service::S3(service) => s3(settings, service, &endpoint),
        Service::Gcs(account) => gcs(settings, account, &endpoint),
        Service::Azure(account) => azure(settings, account, endpoint.clone()),
    };
    let client = client.map_err(|error| match settings.service {
        // What the client says of a key that it cannot read may repeat it.
        Service::Gcs(_) => unusable("the service account is not the JSON file of a key"),
        Service::Azure(_) => unusable("the access key is not in Base64"),
        Service::S3(_) => unusable(&error.to_string()),
    })?;
    Ok((client, place))
}

fn s3(settings: &StorageSettings, service: &S3Service, endpoint: &str) -> Result<Arc<dyn Client>> {
    let endpoint = match (service.virtual_hosted, endpoint.split_once("://")) {
        // The bucket before the host's name, where it belongs there.
        (true, Some((scheme, host))) => format!("{scheme}://{}.{host}", settings.bucket),
        _ => endpoint.to_owned(),
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&settings.bucket)
        .with_region(&service.region)
        .with_access_key_id(&service.credentials.access_key_id)
        .with_secret_access_key(&service.credentials.secret_access_key)
        .with_virtual_hosted_style_request(service.virtual_hosted)
        .with_client_options(client_options(settings, &endpoint)?)
        // Every service knows the removal of one object.
        .with_disable_bulk_delete(true)
        .with_unsigned_payload(service.unsigned_payload)
        .with_retry(retry_config(&settings.patience))
        .with_endpoint(endpoint);
    if let Some(token) = &service.credentials.session_token {
        builder = builder.with_token(token);
    }
    Ok(Arc::new(builder.build()?))
}

fn gcs(settings: &StorageSettings, account: &ServiceAccount, endpoint: &str) -> Result<Arc<dyn Client>> {
    let builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name(&settings.bucket)
        .with_base_url(endpoint)
        .with_service_account_key(&account.key_json)
        .with_client_options(client_options(settings, endpoint)?)
        .with_retry(retry_config(&settings.patience));
    Ok(Arc::new(builder.build()?))
}

fn azure(settings: &StorageSettings, account: &AzureAccount, endpoint: String) -> Result<Arc<dyn Client>> {
    let builder = MicrosoftAzureBuilder::new()
        .with_account(&account.name)
        .with_access_key(&account.access_key)
        .with_container_name(&settings.bucket)
        .with_client_options(client_options(settings, &endpoint)?)
        .with_retry(retry_config(&settings.patience))
        .with_endpoint(endpoint);
    Ok(Arc::new(builder.build()?))
}

fn client_options(settings: &StorageSettings, endpoint: &str) -> Result<ClientOptions> {
    let has_tls = !endpoint.starts_with("http://");
    let mut options = ClientOptions::new()
        .with_allow_http(!has_tls)
        // Where nothing is encrypted, a machine without certificates is enough.
        .with_no_system_certificates(!has_tls)
        .with_connect_timeout(settings.patience.connect)
        .with_timeout(settings.patience.request);
    if let Some(pem) = &settings.authorities_pem {
        for certificate in Certificate::from_pem_bundle(pem)? {
            options = options.with_root_certificate(certificate);
        }
    }
    Ok(options)
}

fn retry_config(patience: &Patience) -> RetryConfig {
    let (init_backoff, max_backoff) = patience.pauses;
    let backoff = BackoffConfig { init_backoff, max_backoff, base: 2. };
    RetryConfig { backoff, max_retries: patience.retries, retry_timeout: patience.write }
}

/// Whether it is the address of a host. Behind a host that is no name of Azure's own, the account is a folder.
fn is_endpoint(endpoint: &str, may_have_folder: bool) -> bool {
    let Some((_, host)) = endpoint.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")) else {
        return false;
    };
    !host.is_empty() && !host.contains(['?', '#', '@', ' ']) && (may_have_folder || !host.contains('/'))
}
