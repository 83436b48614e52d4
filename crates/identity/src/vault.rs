//! Sealing: secrets at rest and session tokens, AES-256-GCM with a key in the data folder.
//!
//! ```text
//! sealed = version: 1 byte (1) | nonce: 12 bytes | ciphertext and tag
//! ```
//!
//! The associated data says what a sealed text is for, so that one cannot stand in for another. A check value in the
//! database tells at once when file and database do not belong together.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use database::Database;
use rand::Rng;
use sha2::{Digest, Sha256};

use crate::error::IdentityError;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;
const FILE_NAME: &str = "identity.key";
const CHECK: &[u8] = b"cairn";

/// Seals and opens.
pub(crate) struct Vault {
    secrets: Aes256Gcm,
    tokens: Aes256Gcm,
}

/// What a sealed text is for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose<'a> {
    /// Secret of this access key.
    AccessKey(&'a str),
    /// Session token.
    Token,
    /// The check value.
    Check,
}

impl Vault {
    /// Reads the key file, or makes it when the database has nothing sealed yet.
    pub(crate) async fn open(database: &Database, folder: &Path) -> Result<Self, IdentityError> {
        let path = folder.join(FILE_NAME);
        let check: Option<Vec<u8>> = sqlx::query_scalar("SELECT sealed FROM ram_vault_check WHERE id = 1")
            .fetch_optional(database.pool())
            .await?;
        let key = match (read_key(&path)?, &check) {
            (Some(key), _) => key,
            (None, Some(_)) => return Err(IdentityError::KeyMissing(path)),
            (None, None) => make_key(&path)?,
        };
        let vault = Self::from_key(&key);
        match check {
            Some(sealed) if vault.unseal(Purpose::Check, &sealed).as_deref() == Some(CHECK) => {}
            Some(_) => return Err(IdentityError::KeyDoesNotFit(path)),
            None => {
                sqlx::query("INSERT INTO ram_vault_check (id, sealed) VALUES (1, $1)")
                    .bind(vault.seal(Purpose::Check, CHECK))
                    .execute(database.pool())
                    .await?;
            }
        }
        Ok(vault)
    }

    fn from_key(key: &[u8; 32]) -> Self {
        let derive = |label: &str| {
            let derived = Sha256::new().chain_update(label).chain_update(key).finalize();
            match Aes256Gcm::new_from_slice(&derived) {
                Ok(cipher) => cipher,
                Err(_) => unreachable!("a SHA-256 digest has the length of the key"),
            }
        };
        Self { secrets: derive("cairn secrets at rest"), tokens: derive("cairn session tokens") }
    }

    pub(crate) fn seal(&self, purpose: Purpose<'_>, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0_u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let associated = purpose.associated();
        let payload = Payload { msg: plain, aad: associated.as_bytes() };
        let Ok(ciphertext) = self.cipher(purpose).encrypt(&Nonce::from(nonce), payload) else {
            unreachable!("texts are far below the cipher's limit of 64 GiB")
        };
        [&[VERSION], nonce.as_slice(), &ciphertext].concat()
    }

    /// The text, when it was sealed with this key for this purpose.
    pub(crate) fn unseal(&self, purpose: Purpose<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>()?;
        if *version != VERSION {
            return None;
        }
        let associated = purpose.associated();
        self.cipher(purpose).decrypt(&Nonce::from(*nonce), Payload { msg: ciphertext, aad: associated.as_bytes() }).ok()
    }

    fn cipher(&self, purpose: Purpose<'_>) -> &Aes256Gcm {
        match purpose {
            Purpose::AccessKey(_) | Purpose::Check => &self.secrets,
            Purpose::Token => &self.tokens,
        }
    }
}

impl Purpose<'_> {
    fn associated(self) -> String {
        match self {
            Purpose::AccessKey(id) => format!("access key {id}"),
            Purpose::Token => "session token".to_owned(),
            Purpose::Check => "check".to_owned(),
        }
    }
}

fn read_key(path: &Path) -> Result<Option<[u8; 32]>, IdentityError> {
    match std::fs::read(path) {
        Ok(bytes) => bytes.try_into().map(Some).map_err(|_| IdentityError::KeyDoesNotFit(path.to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(IdentityError::KeyFile { path: path.to_owned(), cause }),
    }
}

fn make_key(path: &Path) -> Result<[u8; 32], IdentityError> {
    let mut key = [0_u8; 32];
    rand::rng().fill_bytes(&mut key);
    write_synced(path, &key).map_err(|cause| IdentityError::KeyFile { path: path.to_owned(), cause })?;
    Ok(key)
}

/// Durable before anything is sealed with it.
fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let folder = path.parent().ok_or_else(|| std::io::Error::other("the key file has no folder"))?;
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_texts_open_for_their_purpose_only() {
        let vault = Vault::from_key(&[1; 32]);
        let sealed = vault.seal(Purpose::AccessKey("LTAI"), b"secret");
        assert_eq!(vault.unseal(Purpose::AccessKey("LTAI"), &sealed).as_deref(), Some(b"secret".as_slice()));
        assert_eq!(vault.unseal(Purpose::AccessKey("LTAJ"), &sealed), None);
        assert_eq!(vault.unseal(Purpose::Token, &sealed), None);
        assert_eq!(Vault::from_key(&[2; 32]).unseal(Purpose::AccessKey("LTAI"), &sealed), None);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(vault.unseal(Purpose::AccessKey("LTAI"), &changed), None, "byte {index}");
            assert_eq!(vault.unseal(Purpose::AccessKey("LTAI"), &sealed[..index]), None, "cut at {index}");
        }
    }
}
