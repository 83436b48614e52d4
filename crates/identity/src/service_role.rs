//! Roles that a service of this server takes on: the audit writes with them where an account says so.

use openapi::clock::format_utc;
use openapi::{Caller, Principal};

use crate::Identity;
use crate::policy::{Context, Verdict, trusts_service};

/// Why a service does not get a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceRoleFault {
    /// There is no such role.
    #[error("the role does not exist")]
    Missing,
    /// Its trust policy does not name the service.
    #[error("the trust policy of the role does not name the service")]
    NotTrusted,
}

impl Identity {
    /// Who a service is when it takes on a role, for asking what it may do.
    pub fn service_session(
        &self,
        account_id: &str,
        role_name: &str,
        service: &str,
        now_s: i64,
    ) -> Result<Caller, ServiceRoleFault> {
        let snapshot = self.snapshot();
        let role = snapshot.role(account_id, role_name).ok_or(ServiceRoleFault::Missing)?;
        let context = Context::default().with("acs:CurrentTime", format_utc(now_s));
        if trusts_service(&role.trust, "sts:AssumeRole", service, &context) != Verdict::Allow {
            return Err(ServiceRoleFault::NotTrusted);
        }
        Ok(Caller {
            account_id: role.account_id.clone(),
            access_key_id: String::new(),
            principal: Principal::RoleSession {
                role_id: role.role_id.clone(),
                role_name: role.name.clone(),
                session_name: service.to_owned(),
                created_at_s: now_s,
                assumed_by: service.to_owned(),
                mfa_present: false,
                session_policy: None,
            },
        })
    }
}
