//! `AssumeRole`: the caller's policies were asked by the gateway; here the role's trust policy is.

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call, Caller, Principal, no_permission};
use serde_json::json;

use super::session::Session;
use crate::limits::{DEFAULT_SESSION_S, MAX_NAME_CHARS, MAX_SESSION_POLICY_CHARS, MIN_SESSION_S};
use crate::policy::{Context, PolicyKind, Verdict, parse, trusts};
use crate::ram::no_role;
use crate::snapshot::{Role, Snapshot};
use crate::{Identity, ids};

pub(super) async fn assume_role(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    if call.caller.principal == Principal::Root {
        return Err(denied(call, false));
    }
    let snapshot = identity.snapshot();
    let role = find_role(&snapshot, call.required("RoleArn"))?;
    let session_name = session_name(call)?;
    let policy = session_policy(call)?;
    let duration_s = duration(call, role)?;
    check_trust(role, call)?;
    let created_at_s = call.arrived_at_ms.div_euclid(1_000);
    let session = Session {
        access_key_id: ids::temporary_key_id(),
        secret: ids::secret(),
        account_id: role.account_id.clone(),
        role_id: role.role_id.clone(),
        role_name: role.name.clone(),
        session_name: session_name.to_owned(),
        assumed_by: assumed_by(&call.caller),
        created_at_s,
        expires_at_s: created_at_s + duration_s,
        policy,
        source_identity: call.text("SourceIdentity").map(str::to_owned),
    };
    let token = identity.seal_session(&session).map_err(|error| ApiError::internal(&error))?;
    let role_name = role.name.to_lowercase();
    Ok(Answer::empty()
        .with(
            "AssumedRoleUser",
            json!({
                "Arn": format!("acs:ram::{}:role/{role_name}/{session_name}", role.account_id),
                "AssumedRoleId": format!("{}:{session_name}", role.role_id),
            }),
        )
        .with(
            "Credentials",
            json!({
                "AccessKeyId": session.access_key_id,
                "AccessKeySecret": session.secret,
                "SecurityToken": token,
                "Expiration": format_utc(session.expires_at_s),
            }),
        )
        .with_optional("SourceIdentity", session.source_identity)
        .resource_name(session.access_key_id))
}

/// `acs:ram::<account>:role/<name>`, the name in any letter case.
fn find_role<'a>(snapshot: &'a Snapshot, arn: &str) -> Result<&'a Role, ApiError> {
    let parts = arn.strip_prefix("acs:ram::").and_then(|rest| rest.split_once(":role/"));
    let Some((account_id, name)) = parts.filter(|(account_id, name)| !account_id.is_empty() && !name.is_empty()) else {
        return Err(ApiError::bad_request(
            "InvalidParameter.RoleArn",
            "The parameter RoleArn is wrongly formed: use acs:ram::<account>:role/<role>.",
        ));
    };
    snapshot.role(account_id, name).ok_or_else(|| no_role(name))
}

fn session_name(call: &Call) -> Result<&str, ApiError> {
    let name = call.required("RoleSessionName");
    let good = (2..=MAX_NAME_CHARS).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".@-_".contains(&byte));
    if good {
        return Ok(name);
    }
    Err(ApiError::bad_request(
        "InvalidParameter.RoleSessionName",
        "The parameter RoleSessionName must have 2 to 64 letters, digits, '.', '@', '-' or '_'.",
    ))
}

fn session_policy(call: &Call) -> Result<Option<String>, ApiError> {
    let Some(text) = call.text("Policy") else { return Ok(None) };
    if text.chars().count() > MAX_SESSION_POLICY_CHARS {
        return Err(ApiError::bad_request(
            "InvalidParameter.PolicySize",
            format!("The parameter Policy has more than {MAX_SESSION_POLICY_CHARS} characters."),
        ));
    }
    match parse(text, PolicyKind::Identity) {
        Ok(_) => Ok(Some(text.to_owned())),
        Err(error) => Err(ApiError::bad_request(
            "InvalidParameter.PolicyGrammar",
            format!("The parameter Policy is not a valid policy, at {error}."),
        )),
    }
}

/// A session that was itself assumed by a session lasts an hour at most.
fn duration(call: &Call, role: &Role) -> Result<i64, ApiError> {
    let chained = matches!(call.caller.principal, Principal::RoleSession { .. });
    let most = if chained { DEFAULT_SESSION_S.min(role.max_session_s) } else { role.max_session_s };
    let asked = call.integer("DurationSeconds").unwrap_or(DEFAULT_SESSION_S.min(most));
    if (MIN_SESSION_S..=most).contains(&asked) {
        return Ok(asked);
    }
    Err(ApiError::bad_request(
        "InvalidParameter.DurationSeconds",
        format!("The parameter DurationSeconds must be {MIN_SESSION_S} to {most} seconds for this role."),
    ))
}

fn check_trust(role: &Role, call: &Call) -> Result<(), ApiError> {
    let caller = &call.caller;
    let account = format!("acs:ram::{}:root", caller.account_id);
    let own = match &caller.principal {
        Principal::RoleSession { role_name, .. } => vec![
            format!("acs:ram::{}:role/{role_name}", caller.account_id),
            format!("acs:ram::{}:role/{}", caller.account_id, role_name.to_lowercase()),
        ],
        Principal::Root | Principal::User { .. } => vec![caller.arn()],
    };
    let arns: Vec<String> = own.into_iter().chain([account]).collect();
    let mut context = Context::default()
        .with("acs:CurrentTime", format_utc(call.arrived_at_ms.div_euclid(1_000)))
        .with("acs:SourceIp", call.source_ip.to_canonical().to_string())
        .with("acs:SecureTransport", call.secure.to_string())
        .with("acs:PrincipalARN", caller.arn())
        .with("sts:RoleSessionName", call.required("RoleSessionName"));
    if let Some(external_id) = call.text("ExternalId") {
        context = context.with("sts:ExternalId", external_id);
    }
    match trusts(&role.trust, "sts:AssumeRole", &arns, &context) {
        Verdict::Allow => Ok(()),
        verdict => Err(denied(call, verdict == Verdict::ExplicitDeny)),
    }
}

fn denied(call: &Call, explicit: bool) -> ApiError {
    no_permission(&call.caller, "sts:AssumeRole".to_owned(), call.required("RoleArn"), explicit, "AssumeRolePolicy")
}

/// Id of the account or user behind the caller.
fn assumed_by(caller: &Caller) -> String {
    match &caller.principal {
        Principal::RoleSession { role_id, .. } => role_id.clone(),
        Principal::Root | Principal::User { .. } => caller.principal_id(),
    }
}
