//! The gateway's two questions, answered from the snapshot.

use openapi::clock::format_utc;
use openapi::{Caller, Decision, Directory, KeyFault, KeyOwner, PermissionRequest, Principal};

use crate::Identity;
use crate::policy::{Context, PolicyKind, Verdict, combine, evaluate, parse};
use crate::snapshot::Snapshot;

impl Directory for Identity {
    fn find_key(&self, access_key_id: &str, security_token: Option<&str>, now_s: i64) -> Result<KeyOwner, KeyFault> {
        if access_key_id.starts_with("STS.") {
            return self.find_session(access_key_id, security_token, now_s);
        }
        let snapshot = self.snapshot.load();
        let key = snapshot.keys.get(access_key_id).ok_or(KeyFault::NotFound)?;
        if !key.active {
            return Err(KeyFault::Inactive);
        }
        if security_token.is_some() {
            return Err(KeyFault::MismatchedToken);
        }
        let principal = match &key.user_id {
            None => Principal::Root,
            Some(user_id) => {
                let user = snapshot.users.get(user_id).ok_or(KeyFault::NotFound)?;
                Principal::User { user_id: user_id.clone(), user_name: user.name.clone() }
            }
        };
        let caller = Caller { account_id: key.account_id.clone(), access_key_id: access_key_id.to_owned(), principal };
        Ok(KeyOwner { secret: key.secret.clone(), caller })
    }

    fn decide(&self, request: &PermissionRequest<'_>) -> Decision {
        let snapshot = self.snapshot.load();
        let context = context(request);
        let ask = |policies: &[std::sync::Arc<crate::policy::Policy>]| {
            evaluate(policies.iter().map(AsRef::as_ref), request.action, request.resource, &context)
        };
        match &request.caller.principal {
            Principal::Root => Decision::Allow,
            Principal::User { user_id, .. } => {
                let verdict = snapshot.users.get(user_id).map_or(Verdict::ImplicitDeny, |user| ask(&user.effective));
                decision(verdict, IDENTITY_POLICY)
            }
            Principal::RoleSession { role_id, session_policy, .. } => {
                let verdict = snapshot.roles.get(role_id).map_or(Verdict::ImplicitDeny, |role| ask(&role.effective));
                let Some(text) = session_policy else { return decision(verdict, IDENTITY_POLICY) };
                // It was parsed when the session began; a text that does not parse now allows nothing.
                let narrowed = parse(text, PolicyKind::Identity).map_or(Verdict::ImplicitDeny, |policy| {
                    evaluate([&policy], request.action, request.resource, &context)
                });
                let policy_type = if narrowed == Verdict::Allow { IDENTITY_POLICY } else { "SessionPolicy" };
                decision(combine(narrowed, verdict), policy_type)
            }
        }
    }
}

const IDENTITY_POLICY: &str = "AccountLevelIdentityBasedPolicy";

fn decision(verdict: Verdict, policy_type: &'static str) -> Decision {
    match verdict {
        Verdict::Allow => Decision::Allow,
        Verdict::ExplicitDeny => Decision::Deny { explicit: true, policy_type },
        Verdict::ImplicitDeny => Decision::Deny { explicit: false, policy_type },
    }
}

/// The common condition keys of a request.
fn context(request: &PermissionRequest<'_>) -> Context {
    let mfa_present = matches!(request.caller.principal, Principal::RoleSession { mfa_present: true, .. });
    Context::default()
        .with("acs:CurrentTime", format_utc(request.now_s))
        .with("acs:SecureTransport", request.secure.to_string())
        .with("acs:SourceIp", request.source_ip.to_canonical().to_string())
        .with("acs:MFAPresent", mfa_present.to_string())
        .with("acs:PrincipalARN", request.caller.arn())
}

impl Snapshot {
    /// The role of a session still exists.
    pub(crate) fn has_role(&self, role_id: &str) -> bool {
        self.roles.contains_key(role_id)
    }
}
