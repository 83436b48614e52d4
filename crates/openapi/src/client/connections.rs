//! Connections of clients that block: HTTP, and TLS by rustls and the system's certificate authorities.

use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{RootCerts, TlsConfig};

/// The connections of a client, with the seconds to connect and of a whole call. Every status is an answer, a redirection
/// too: its target would have another signature.
pub fn connections((connect_s, call_s): (u64, u64)) -> ureq::Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    ureq::Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(Duration::from_secs(connect_s)))
        .timeout_global(Some(Duration::from_secs(call_s)))
        .build()
        .into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_https_address_is_spoken_to_in_tls_and_nothing_else() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let first = std::thread::spawn(move || {
            let mut bytes = [0; 5];
            listener.accept().unwrap().0.read_exact(&mut bytes).unwrap();
            bytes
        });
        let answer = connections((10, 10)).get(format!("https://{address}/secret")).call();
        // A record of a handshake, in whatever version of TLS.
        assert_eq!(first.join().unwrap()[..2], [0x16, 0x03]);
        assert!(answer.is_err(), "{answer:?}");
    }
}
