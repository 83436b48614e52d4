//! A call that was authenticated, permitted and checked: what a handler sees.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::hang_up::HangUp;
use crate::params::Params;

/// A checked call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Upper-case UUID; also the event's id.
    pub request_id: String,
    /// Operation name.
    pub operation: &'static str,
    /// API version that was asked for.
    pub version: String,
    /// Who calls.
    pub caller: Caller,
    /// Region of the call: from the host name, else `RegionId`, else the configured default.
    pub region: String,
    /// Host that was called, as received but without a scheme.
    pub host: String,
    /// Address of the client.
    pub source_ip: IpAddr,
    /// Header as received.
    pub user_agent: String,
    /// The connection was encrypted.
    pub secure: bool,
    /// When the call arrived, Unix milliseconds.
    pub arrived_at_ms: i64,
    /// The operation's parameters, checked against its table row.
    pub params: Params,
    /// Whether the client still waits.
    pub hang_up: HangUp,
}

impl Call {
    /// Value of a parameter; empty text counts as absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.params.text(name)
    }

    /// Value of a parameter that its row requires; empty when the row does not.
    pub fn required(&self, name: &str) -> &str {
        self.params.text(name).unwrap_or_default()
    }

    /// Boolean value.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.text(name).map(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Integer value.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|value| value.parse().ok())
    }

    /// Elements of `Name.N`, by index, gaps closed.
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.params.list(name)
    }

    /// Elements of `Name.N.Field`, by index, gaps closed.
    pub fn structures(&self, name: &str) -> Vec<BTreeMap<&str, &str>> {
        self.params.structures(name)
    }
}

/// Who calls, after the signature held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Account that owns the caller; for a role session the account that owns the role.
    pub account_id: String,
    /// The key that signed.
    pub access_key_id: String,
    /// The identity behind the key.
    pub principal: Principal,
}

/// The kinds of identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The account itself.
    Root,
    /// A RAM user.
    User {
        /// Numeric id, as text.
        user_id: String,
        /// Name.
        user_name: String,
    },
    /// A session of a role.
    RoleSession {
        /// Numeric id, as text.
        role_id: String,
        /// Name.
        role_name: String,
        /// Session name given to AssumeRole.
        session_name: String,
        /// Start of the session, Unix seconds.
        created_at_s: i64,
        /// Id of the account or user that assumed the role.
        assumed_by: String,
        /// The session began with a second factor.
        mfa_present: bool,
        /// Policy document that narrows the session, as it was given to AssumeRole.
        session_policy: Option<String>,
    },
}

impl Caller {
    /// The event's `userIdentity.principalId`.
    pub fn principal_id(&self) -> String {
        match &self.principal {
            Principal::Root => self.account_id.clone(),
            Principal::User { user_id, .. } => user_id.clone(),
            Principal::RoleSession { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
        }
    }

    /// The event's `userIdentity.userName`.
    pub fn display_name(&self) -> String {
        match &self.principal {
            Principal::Root => "root".to_owned(),
            Principal::User { user_name, .. } => user_name.clone(),
            Principal::RoleSession { role_name, session_name, .. } => format!("{role_name}:{session_name}"),
        }
    }

    /// The event's `userIdentity.type`.
    pub fn identity_type(&self) -> &'static str {
        match self.principal {
            Principal::Root => "root-account",
            Principal::User { .. } => "ram-user",
            Principal::RoleSession { .. } => "assumed-role",
        }
    }

    /// ARN as RAM conditions see it.
    pub fn arn(&self) -> String {
        let account = &self.account_id;
        match &self.principal {
            Principal::Root => format!("acs:ram::{account}:root"),
            Principal::User { user_name, .. } => format!("acs:ram::{account}:user/{user_name}"),
            Principal::RoleSession { role_name, session_name, .. } => {
                format!("acs:ram::{account}:assumed-role/{role_name}/{session_name}")
            }
        }
    }
}
