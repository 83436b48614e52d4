//! The signed pair with which a workbench shows who its user is.
//!
//! `SignData` is `<extension>:<moment of issue, Unix milliseconds>`, `Signature` the Base64 of its HMAC-SHA256 under a key
//! of this server. A pair holds for an hour; a new one does not end the earlier ones. An extension is never given to
//! another user, so a pair cannot outlive its user and open the door for the next one. Clients treat both as opaque.
//!
//! Public document: CCC 2017-07-05, "RefreshToken"; it publishes neither form nor life time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::center::{CallCenter, CallCenterError};
use crate::limits::{LOGIN_CLOCK_STEP_MS, LOGIN_TOKEN_LIFE_MS};

/// The key that signs. Not printable.
#[derive(Clone)]
pub struct LoginKey([u8; 32]);

/// A signed pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoginToken {
    pub(crate) sign_data: String,
    pub(crate) signature: String,
}

/// Whom a pair stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginUser {
    /// `InstanceId`
    pub instance_id: String,
    /// `UserId`
    pub user_id: String,
    /// RAM user id.
    pub ram_user_id: String,
    /// Eight digits.
    pub extension: String,
}

/// Why a pair does not open the door.
#[derive(Debug, thiserror::Error)]
pub enum LoginRefusal {
    /// The signature is not this server's, or the text is not one that it signs.
    #[error("the login token is not valid: call RequestLoginInfo for a new one")]
    Forged,
    /// Older than an hour, or from a moment to come.
    #[error("the login token is not valid at this time: call RefreshToken for a new one")]
    OutOfTime,
    /// The user was removed.
    #[error("the user of the login token is not a user of the instance any more: ask an administrator to import him")]
    UserGone,
    /// It cannot be looked up.
    #[error(transparent)]
    Unavailable(#[from] CallCenterError),
}

impl LoginKey {
    /// A key of 32 random bytes.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// A key that nobody else has: what it signs does not hold after a restart.
    pub(crate) fn of_this_process() -> Self {
        let (first, second) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        let mut key = [0_u8; 32];
        key[..16].copy_from_slice(first.as_bytes());
        key[16..].copy_from_slice(second.as_bytes());
        Self(key)
    }

    pub(crate) fn sign(&self, extension: &str, now_ms: i64) -> LoginToken {
        let sign_data = format!("{extension}:{now_ms}");
        let signature = STANDARD.encode(self.mac(&sign_data).finalize().into_bytes());
        LoginToken { sign_data, signature }
    }

    /// The extension of a pair that holds now. The signature is compared in constant time.
    fn verify<'a>(&self, sign_data: &'a str, signature: &str, now_ms: i64) -> Result<&'a str, LoginRefusal> {
        let signature = STANDARD.decode(signature).map_err(|_| LoginRefusal::Forged)?;
        self.mac(sign_data).verify_slice(&signature).map_err(|_| LoginRefusal::Forged)?;
        let (extension, issued) = sign_data.split_once(':').ok_or(LoginRefusal::Forged)?;
        let issued_ms: i64 = issued.parse().map_err(|_| LoginRefusal::Forged)?;
        let age_ms = now_ms.saturating_sub(issued_ms);
        let holds = (-LOGIN_CLOCK_STEP_MS..LOGIN_TOKEN_LIFE_MS).contains(&age_ms);
        if holds { Ok(extension) } else { Err(LoginRefusal::OutOfTime) }
    }

    fn mac(&self, sign_data: &str) -> Hmac<Sha256> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("HMAC takes a key of any length")
        };
        mac.update(sign_data.as_bytes());
        mac
    }
}

impl CallCenter {
    /// The user that a signed pair stands for: for the servers that workbenches show it to.
    ///
    /// # Errors
    /// When the pair is not this server's, is out of its hour, or its user was removed.
    pub async fn verify_login(&self, sign_data: &str, signature: &str, now_ms: i64) -> Result<LoginUser, LoginRefusal> {
        let extension = self.login_key.verify(sign_data, signature, now_ms)?;
        let row: Option<(String, String, String)> =
            sqlx::query_as("SELECT instance_id, id, ram_user_id FROM ccc_users WHERE extension = $1")
                .bind(extension)
                .fetch_optional(self.database.pool())
                .await
                .map_err(CallCenterError::from)?;
        let (instance_id, user_id, ram_user_id) = row.ok_or(LoginRefusal::UserGone)?;
        Ok(LoginUser { instance_id, user_id, ram_user_id, extension: extension.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW_MS: i64 = 1_700_000_000_000;
    const HOUR_MS: i64 = 3_600_000;

    #[test]
    fn a_pair_holds_for_an_hour() {
        let key = LoginKey::new([7; 32]);
        let token = key.sign("10000001", NOW_MS);
        assert_eq!(token.sign_data, "10000001:1700000000000");
        let verify = |at_ms| key.verify(&token.sign_data, &token.signature, at_ms);
        for at_ms in [NOW_MS - 60_000, NOW_MS, NOW_MS + HOUR_MS - 1] {
            assert_eq!(verify(at_ms).expect("it holds"), "10000001");
        }
        for at_ms in [NOW_MS - 60_001, NOW_MS + HOUR_MS, i64::MIN, i64::MAX] {
            assert!(matches!(verify(at_ms), Err(LoginRefusal::OutOfTime)), "{at_ms}");
        }
    }

    #[test]
    fn another_key_or_text_is_refused() {
        let (key, other) = (LoginKey::new([7; 32]), LoginKey::of_this_process());
        let token = key.sign("10000001", NOW_MS);
        let forged = |key: &LoginKey, data: &str, signature: &str| {
            matches!(key.verify(data, signature, NOW_MS), Err(LoginRefusal::Forged))
        };
        assert!(forged(&other, &token.sign_data, &token.signature));
        assert!(forged(&key, "10000002:1700000000000", &token.signature));
        for signature in ["", "=", "AAAA", &token.signature[1..]] {
            assert!(forged(&key, &token.sign_data, signature), "{signature}");
        }
        let unread = STANDARD.encode(key.mac("10000001").finalize().into_bytes());
        assert!(forged(&key, "10000001", &unread), "signed, but not of the form");
    }

    proptest! {
        #[test]
        fn no_other_pair_passes(data in ".{0,40}", signature in "[A-Za-z0-9+/=]{0,60}") {
            let key = LoginKey::new([7; 32]);
            prop_assert!(matches!(key.verify(&data, &signature, NOW_MS), Err(LoginRefusal::Forged)));
        }
    }
}
