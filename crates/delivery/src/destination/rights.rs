//! Whether a trail may write where it wants to: asked before each write, so that a right that is taken back counts at once.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use audit::trail::{DestinationFault, WriteRole};
use openapi::clock::now_ms;
use openapi::{Caller, Decision, Directory, PermissionRequest};

/// Roles that the audit takes on.
pub trait Roles: Send + Sync + 'static {
    /// Who the audit is in a role; the error says why it is not.
    fn session(&self, role: &WriteRole) -> Result<Caller, String>;
}

/// The role that the audit has in every account without being told.
const SERVICE_LINKED_ROLE: &str = "aliyunserviceroleforactiontrail";

/// Decides what trails may write.
#[derive(Clone)]
pub struct Rights {
    /// Roles.
    pub roles: Arc<dyn Roles>,
    /// Policies.
    pub directory: Arc<dyn Directory>,
}

/// A write that a trail wants to do.
pub(crate) struct Wish<'a> {
    /// Owner of the trail.
    pub account_id: &'a str,
    /// Role that writes; empty for the account itself.
    pub role_arn: &'a str,
    /// Name of the parameter with the role.
    pub role_parameter: &'static str,
    /// Owner of the destination.
    pub owner: &'a str,
    /// `oss:PutObject`
    pub action: &'static str,
    /// What RAM is asked about.
    pub resource: &'a str,
    /// The destination, for people.
    pub what: &'a str,
}

impl Rights {
    /// The error says what to do.
    pub(crate) fn check(&self, wish: &Wish<'_>) -> Result<(), DestinationFault> {
        let Wish { account_id, role_arn, owner, what, .. } = wish;
        if role_arn.is_empty() {
            return if owner == account_id { Ok(()) } else { Err(foreign(wish)) };
        }
        let role = WriteRole::parse(role_arn).ok_or_else(|| {
            DestinationFault::NoRole(format!("{role_arn} is not the ARN of a role; change {}", wish.role_parameter))
        })?;
        if role.account_id != *owner {
            return Err(foreign(wish));
        }
        if role.name.eq_ignore_ascii_case(SERVICE_LINKED_ROLE) && role.account_id == *account_id {
            return Ok(());
        }
        let caller = self.roles.session(&role).map_err(|problem| {
            DestinationFault::NoRole(format!(
                "{problem}: {role_arn}; create the role and let its trust policy name the service actiontrail.aliyuncs.com"
            ))
        })?;
        let decision = self.directory.decide(&PermissionRequest {
            caller: &caller,
            action: wish.action,
            resource: wish.resource,
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            secure: true,
            now_s: now_ms().div_euclid(1_000),
        });
        match decision {
            Decision::Allow => Ok(()),
            Decision::Deny { .. } => Err(DestinationFault::NotAllowed(format!(
                "the role {role_arn} may not do {} on {what}; attach AliyunActionTrailDeliveryPolicy to it",
                wish.action
            ))),
        }
    }
}

fn foreign(wish: &Wish<'_>) -> DestinationFault {
    DestinationFault::NotAllowed(format!(
        "{} belongs to account {}; give a role of that account as {}",
        wish.what, wish.owner, wish.role_parameter
    ))
}
