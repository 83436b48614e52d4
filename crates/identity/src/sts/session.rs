//! Sessions: everything about one is sealed in its token, so that nothing is stored and a restart ends none.
//!
//! A token is `CAIS` and the base64 of the sealed session. It cannot be called back alone; deleting the role or taking
//! its policies does that for all its sessions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openapi::{Caller, KeyFault, KeyOwner, Principal, SecretText};
use serde::{Deserialize, Serialize};

use crate::Identity;
use crate::limits::MAX_TOKEN_BYTES;
use crate::vault::Purpose;

const PREFIX: &str = "CAIS";

/// What a token holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Session {
    pub access_key_id: String,
    pub secret: String,
    pub account_id: String,
    pub role_id: String,
    pub role_name: String,
    pub session_name: String,
    pub assumed_by: String,
    pub created_at_s: i64,
    pub expires_at_s: i64,
    pub policy: Option<String>,
    pub source_identity: Option<String>,
}

impl Identity {
    pub(super) fn seal_session(&self, session: &Session) -> Result<String, serde_json::Error> {
        let sealed = self.vault.seal(Purpose::Token, &serde_json::to_vec(session)?);
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed)))
    }

    fn open_session(&self, token: &str) -> Option<Session> {
        let encoded = token.strip_prefix(PREFIX).filter(|text| text.len() <= MAX_TOKEN_BYTES)?;
        let sealed = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        serde_json::from_slice(&self.vault.unseal(Purpose::Token, &sealed)?).ok()
    }

    /// The owner of a temporary key.
    pub(crate) fn find_session(
        &self,
        access_key_id: &str,
        token: Option<&str>,
        now_s: i64,
    ) -> Result<KeyOwner, KeyFault> {
        let token = token.ok_or(KeyFault::MissingToken)?;
        let session = self.open_session(token).ok_or(KeyFault::MalformedToken)?;
        if session.access_key_id != access_key_id {
            return Err(KeyFault::MismatchedToken);
        }
        if session.expires_at_s <= now_s {
            return Err(KeyFault::ExpiredToken);
        }
        if !self.snapshot.load().has_role(&session.role_id) {
            return Err(KeyFault::NotFound);
        }
        let principal = Principal::RoleSession {
            role_id: session.role_id,
            role_name: session.role_name,
            session_name: session.session_name,
            created_at_s: session.created_at_s,
            assumed_by: session.assumed_by,
            mfa_present: false,
            session_policy: session.policy,
        };
        let caller = Caller { account_id: session.account_id, access_key_id: session.access_key_id, principal };
        Ok(KeyOwner { secret: SecretText::new(session.secret), caller })
    }
}
