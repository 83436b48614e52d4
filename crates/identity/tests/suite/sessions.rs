//! Sessions of roles: who gets one, how long it lasts, what its token is good for.

use openapi::client::Credentials;
use serde_json::json;

use crate::bench::{ACCOUNT, Bench, code, role_arn, text, trust};
use crate::on_both_databases;

on_both_databases!(
    policies_and_trust_must_both_allow,
    parameters_are_checked,
    a_session_ends_on_time,
    a_token_belongs_to_its_key,
    a_session_outlives_a_restart_and_dies_with_its_role,
    a_chained_session_lasts_an_hour,
);

async fn operator(bench: &Bench) -> Credentials {
    let alice = bench.user("alice").await;
    bench.attach("AliyunSTSAssumeRoleAccess", ("User", "alice")).await;
    alice
}

async fn policies_and_trust_must_both_allow(bench: &mut Bench) {
    let bob = bench.user("bob").await;
    bench.role("ops").await;
    let arn = role_arn("ops");
    let parameters = [("RoleArn", arn.as_str()), ("RoleSessionName", "shift")];
    let denied = code(403, "NoPermission");
    assert_eq!(bench.refused(&bob, "AssumeRole", &parameters).await, denied, "without a policy");
    assert_eq!(bench.admin_refused("AssumeRole", &parameters).await, denied, "the account itself assumes no role");
    let alice = operator(bench).await;
    let session = bench.assume(&alice, "ops", &[]).await;
    let who = bench.done(&session, "GetCallerIdentity", &[]).await;
    assert_eq!(who["IdentityType"], "AssumedRoleUser");
    assert_eq!(who["Arn"], format!("acs:ram::{ACCOUNT}:assumed-role/ops/shift"));
    let only_bob = trust(&format!("acs:ram::{ACCOUNT}:user/bob"));
    bench.admin("CreateRole", &[("RoleName", "of-bob"), ("AssumeRolePolicyDocument", &only_bob)]).await;
    let arn = role_arn("of-bob");
    let parameters = [("RoleArn", arn.as_str()), ("RoleSessionName", "shift")];
    let (status, body) = bench.call(&alice, "AssumeRole", &parameters).await;
    assert_eq!((status, &body["AccessDeniedDetail"]["PolicyType"]), (403, &"AssumeRolePolicy".into()), "{body}");
    bench.attach("AliyunSTSAssumeRoleAccess", ("User", "bob")).await;
    bench.assume(&bob, "of-bob", &[]).await;
    let mut with_id: serde_json::Value = serde_json::from_str(&trust("*")).expect("JSON");
    with_id["Statement"][0]["Condition"] = json!({"StringEquals": {"sts:ExternalId": "partner-7"}});
    let with_id = with_id.to_string();
    bench.admin("CreateRole", &[("RoleName", "partner"), ("AssumeRolePolicyDocument", &with_id)]).await;
    let arn = role_arn("partner");
    let parameters = [("RoleArn", arn.as_str()), ("RoleSessionName", "shift")];
    assert_eq!(bench.refused(&alice, "AssumeRole", &parameters).await, denied, "without the external id");
    bench.assume(&alice, "partner", &[("ExternalId", "partner-7")]).await;
}

async fn parameters_are_checked(bench: &mut Bench) {
    let alice = operator(bench).await;
    bench.role("ops").await;
    let arn = role_arn("ops");
    let call = |more: (&'static str, String)| {
        let mut all = vec![("RoleArn", arn.clone()), ("RoleSessionName", "shift".to_owned())];
        all.retain(|(name, _)| *name != more.0);
        all.push(more);
        all
    };
    for (more, expected) in [
        (("RoleArn", "ops".to_owned()), code(400, "InvalidParameter.RoleArn")),
        (("RoleArn", role_arn("none")), code(404, "EntityNotExist.Role")),
        (("RoleArn", "acs:ram::1:role/ops".to_owned()), code(404, "EntityNotExist.Role")),
        (("RoleSessionName", "x".to_owned()), code(400, "InvalidParameter.RoleSessionName")),
        (("RoleSessionName", "a b".to_owned()), code(400, "InvalidParameter.RoleSessionName")),
        (("DurationSeconds", "899".to_owned()), code(400, "InvalidParameter.DurationSeconds")),
        (("DurationSeconds", "3601".to_owned()), code(400, "InvalidParameter.DurationSeconds")),
        (("Policy", "{}".to_owned()), code(400, "InvalidParameter.PolicyGrammar")),
        (("Policy", " ".repeat(2_049)), code(400, "InvalidParameter.PolicySize")),
    ] {
        let all = call(more.clone());
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(bench.refused(&alice, "AssumeRole", &all).await, expected, "{:?}", more.0);
    }
    let arn = role_arn("OPS");
    bench.done(&alice, "AssumeRole", &[("RoleArn", &arn), ("RoleSessionName", "shift")]).await;
}

async fn a_session_ends_on_time(bench: &mut Bench) {
    let alice = operator(bench).await;
    let trust = trust("*");
    let parameters =
        [("RoleName", "long"), ("AssumeRolePolicyDocument", trust.as_str()), ("MaxSessionDuration", "43200")];
    bench.admin("CreateRole", &parameters).await;
    let short = bench.assume(&alice, "long", &[("DurationSeconds", "900")]).await;
    let usual = bench.assume(&alice, "long", &[]).await;
    let long = bench.assume(&alice, "long", &[("DurationSeconds", "43200")]).await;
    let expired = code(400, "InvalidSecurityToken.Expired");
    let mut passed_s = 0;
    for (ends_s, session) in [(900, &short), (3_600, &usual), (43_200, &long)] {
        bench.pass_time(ends_s - 1 - passed_s);
        bench.done(session, "GetCallerIdentity", &[]).await;
        bench.pass_time(1);
        passed_s = ends_s;
        assert_eq!(bench.refused(session, "GetCallerIdentity", &[]).await, expired, "after {ends_s} s");
    }
    bench.done(&alice, "GetCallerIdentity", &[]).await;
}

async fn a_token_belongs_to_its_key(bench: &mut Bench) {
    let alice = operator(bench).await;
    bench.role("ops").await;
    let (first, second) = (bench.assume(&alice, "ops", &[]).await, bench.assume(&alice, "ops", &[]).await);
    let with = |token: Option<String>| Credentials { security_token: token, ..first.clone() };
    let token = first.security_token.clone().expect("a token");
    // The first letter behind the prefix is part of the sealed bytes.
    let flipped = if &token[4..5] == "A" { "B" } else { "A" };
    for (credentials, expected) in [
        (with(None), "MissingSecurityToken"),
        (with(second.security_token.clone()), "InvalidSecurityToken.MismatchWithAccessKey"),
        (with(Some("CAIS".to_owned())), "InvalidSecurityToken.Malformed"),
        (with(Some("nonsense".to_owned())), "InvalidSecurityToken.Malformed"),
        (with(Some(format!("CAIS{flipped}{}", &token[5..]))), "InvalidSecurityToken.Malformed"),
        (with(Some(token[..token.len() - 4].to_owned())), "InvalidSecurityToken.Malformed"),
        (with(Some("C".repeat(9_000))), "InvalidSecurityToken.Malformed"),
        (Credentials { security_token: Some(token.clone()), ..alice }, "InvalidSecurityToken.MismatchWithAccessKey"),
    ] {
        assert_eq!(bench.refused(&credentials, "GetCallerIdentity", &[]).await, code(400, expected));
    }
    bench.done(&first, "GetCallerIdentity", &[]).await;
}

async fn a_session_outlives_a_restart_and_dies_with_its_role(bench: &mut Bench) {
    let alice = operator(bench).await;
    bench.role("ops").await;
    let session = bench.assume(&alice, "ops", &[]).await;
    bench.restart().await;
    bench.done(&session, "GetCallerIdentity", &[]).await;
    bench.admin("DeleteRole", &[("RoleName", "ops")]).await;
    let gone = code(404, "InvalidAccessKeyId.NotFound");
    assert_eq!(bench.refused(&session, "GetCallerIdentity", &[]).await, gone);
    bench.role("ops").await;
    assert_eq!(bench.refused(&session, "GetCallerIdentity", &[]).await, gone, "a new role of the same name is another");
}

async fn a_chained_session_lasts_an_hour(bench: &mut Bench) {
    let alice = operator(bench).await;
    let trust = trust("*");
    for name in ["first", "second"] {
        let parameters =
            [("RoleName", name), ("AssumeRolePolicyDocument", trust.as_str()), ("MaxSessionDuration", "43200")];
        bench.admin("CreateRole", &parameters).await;
    }
    bench.attach("AliyunSTSAssumeRoleAccess", ("Role", "first")).await;
    let first = bench.assume(&alice, "first", &[("DurationSeconds", "43200")]).await;
    let arn = role_arn("second");
    let parameters = [("RoleArn", arn.as_str()), ("RoleSessionName", "chain"), ("DurationSeconds", "3601")];
    let expected = code(400, "InvalidParameter.DurationSeconds");
    assert_eq!(bench.refused(&first, "AssumeRole", &parameters).await, expected);
    let body = bench.done(&first, "AssumeRole", &parameters[..2]).await;
    assert!(text(&body["AssumedRoleUser"]["Arn"]).ends_with(":role/second/chain"), "{body}");
}
