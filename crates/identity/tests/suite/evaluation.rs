//! Who may do what: own policies, groups, denies, sessions, the account itself.

use openapi::client::Credentials;
use serde_json::{Value, json};

use crate::bench::{ACCOUNT, Bench, code, text};
use crate::on_both_databases;

on_both_databases!(
    silence_denies_and_a_deny_wins_over_every_allow,
    what_a_group_allows_ends_with_the_membership,
    conditions_look_at_the_request,
    a_session_policy_narrows_and_never_widens,
    the_account_itself_may_do_everything,
    a_change_holds_for_the_next_call,
);

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn deny(action: &str, resource: &str) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": resource})
}

fn user_arn(name: &str) -> String {
    format!("acs:ram::{ACCOUNT}:user/{name}")
}

/// How a refusal is explained: explicit or implicit, and by which kind of policy.
async fn refusal(bench: &Bench, who: &Credentials, name: &str) -> (String, String) {
    let (status, body) = bench.call(who, "GetUser", &[("UserName", name)]).await;
    assert_eq!((status, &body["Code"]), (403, &"NoPermission".into()), "{body}");
    let detail = &body["AccessDeniedDetail"];
    assert_eq!(detail["AuthAction"], "ram:GetUser");
    (text(&detail["NoPermissionType"]), text(&detail["PolicyType"]))
}

fn by(kind: &str, policy_type: &str) -> (String, String) {
    (kind.to_owned(), policy_type.to_owned())
}

const IDENTITY: &str = "AccountLevelIdentityBasedPolicy";

async fn silence_denies_and_a_deny_wins_over_every_allow(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    bench.admin("CreateUser", &[("UserName", "bob")]).await;
    assert_eq!(refusal(bench, &alice, "bob").await, by("ImplicitDeny", IDENTITY));
    bench.policy("see-bob", json!([allow("ram:GetUser", &user_arn("bob"))])).await;
    bench.attach("see-bob", ("User", "alice")).await;
    bench.done(&alice, "GetUser", &[("UserName", "bob")]).await;
    assert_eq!(refusal(bench, &alice, "alice").await, by("ImplicitDeny", IDENTITY), "another resource");
    assert_eq!(
        bench.refused(&alice, "DeleteUser", &[("UserName", "bob")]).await,
        code(403, "NoPermission"),
        "another action"
    );
    bench.admin("CreateGroup", &[("GroupName", "careful")]).await;
    bench.policy("never-bob", json!([deny("ram:Get*", &user_arn("b*"))])).await;
    bench.attach("never-bob", ("Group", "careful")).await;
    bench.admin("AddUserToGroup", &[("UserName", "alice"), ("GroupName", "careful")]).await;
    assert_eq!(refusal(bench, &alice, "bob").await, by("ExplicitDeny", IDENTITY), "a group's deny wins");
    bench.attach("AdministratorAccess", ("User", "alice")).await;
    assert_eq!(refusal(bench, &alice, "bob").await, by("ExplicitDeny", IDENTITY), "also over an administrator");
    bench.done(&alice, "GetUser", &[("UserName", "alice")]).await;
    bench.detach("never-bob", ("Group", "careful")).await;
    bench.done(&alice, "GetUser", &[("UserName", "bob")]).await;
}

async fn what_a_group_allows_ends_with_the_membership(bench: &mut Bench) {
    let (alice, bob) = (bench.user("alice").await, bench.user("bob").await);
    bench.admin("CreateGroup", &[("GroupName", "readers")]).await;
    bench.attach("AliyunRAMReadOnlyAccess", ("Group", "readers")).await;
    bench.admin("AddUserToGroup", &[("UserName", "alice"), ("GroupName", "readers")]).await;
    bench.done(&alice, "ListUsers", &[]).await;
    assert_eq!(bench.refused(&bob, "ListUsers", &[]).await, code(403, "NoPermission"), "not a member");
    assert_eq!(bench.refused(&alice, "CreateUser", &[("UserName", "x")]).await, code(403, "NoPermission"));
    bench.admin("RemoveUserFromGroup", &[("UserName", "alice"), ("GroupName", "readers")]).await;
    assert_eq!(bench.refused(&alice, "ListUsers", &[]).await, code(403, "NoPermission"));
}

async fn conditions_look_at_the_request(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    let with = |condition: Value| {
        let mut statement = allow("ram:GetUser", "*");
        statement["Condition"] = condition;
        json!([statement])
    };
    for (name, condition, holds) in [
        ("here", json!({"IpAddress": {"acs:SourceIp": "203.0.113.0/24"}}), true),
        ("elsewhere", json!({"IpAddress": {"acs:SourceIp": "198.51.100.0/24"}}), false),
        ("encrypted", json!({"Bool": {"acs:SecureTransport": "true"}}), false),
        ("in-time", json!({"DateLessThan": {"acs:CurrentTime": "2100-01-01T00:00:00Z"}}), true),
        ("too-late", json!({"DateLessThan": {"acs:CurrentTime": "2020-01-01T00:00:00Z"}}), false),
        ("herself", json!({"StringEquals": {"acs:PrincipalARN": user_arn("alice")}}), true),
    ] {
        bench.policy(name, with(condition)).await;
        bench.attach(name, ("User", "alice")).await;
        let (status, body) = bench.call(&alice, "GetUser", &[("UserName", "alice")]).await;
        assert_eq!(status == 200, holds, "{name}: {body}");
        bench.detach(name, ("User", "alice")).await;
    }
}

async fn a_session_policy_narrows_and_never_widens(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    bench.attach("AliyunSTSAssumeRoleAccess", ("User", "alice")).await;
    bench.role("reader").await;
    let statements = json!([allow("ram:GetUser", "*"), deny("ram:GetUser", &user_arn("secret"))]);
    bench.policy("read", statements).await;
    bench.attach("read", ("Role", "reader")).await;
    for name in ["bob", "secret"] {
        bench.admin("CreateUser", &[("UserName", name)]).await;
    }
    let document = |statements: Value| json!({"Version": "1", "Statement": statements}).to_string();
    let plain = bench.assume(&alice, "reader", &[]).await;
    bench.done(&plain, "GetUser", &[("UserName", "alice")]).await;
    assert_eq!(refusal(bench, &plain, "secret").await, by("ExplicitDeny", IDENTITY));

    let only_bob = document(json!([allow("ram:*", &user_arn("bob"))]));
    let narrow = bench.assume(&alice, "reader", &[("Policy", &only_bob)]).await;
    bench.done(&narrow, "GetUser", &[("UserName", "bob")]).await;
    assert_eq!(refusal(bench, &narrow, "alice").await, by("ImplicitDeny", "SessionPolicy"));
    assert_eq!(
        bench.refused(&narrow, "DeleteUser", &[("UserName", "bob")]).await,
        code(403, "NoPermission"),
        "what the role may not do, no session policy gives"
    );
    let no_bob = document(json!([allow("*", "*"), deny("*", &user_arn("bob"))]));
    let denied = bench.assume(&alice, "reader", &[("Policy", &no_bob)]).await;
    assert_eq!(refusal(bench, &denied, "bob").await, by("ExplicitDeny", "SessionPolicy"));
    assert_eq!(refusal(bench, &denied, "secret").await, by("ExplicitDeny", IDENTITY), "the role's own deny stays");
    bench.done(&denied, "GetUser", &[("UserName", "alice")]).await;
}

async fn the_account_itself_may_do_everything(bench: &mut Bench) {
    bench.policy("nothing", json!([deny("*", "*")])).await;
    bench.attach("nothing", ("User", "administrator")).await;
    let (_, id, secret) = bench.created.administrator.clone();
    let administrator = crate::bench::credentials(&id, secret.expose());
    assert_eq!(refusal(bench, &administrator, "administrator").await, by("ExplicitDeny", IDENTITY));
    bench.admin("GetUser", &[("UserName", "administrator")]).await;
    bench.detach("nothing", ("User", "administrator")).await;
    bench.done(&administrator, "GetUser", &[("UserName", "administrator")]).await;
}

async fn a_change_holds_for_the_next_call(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    bench.attach("AliyunSTSAssumeRoleAccess", ("User", "alice")).await;
    bench.role("ops").await;
    let session = bench.assume(&alice, "ops", &[]).await;
    for _ in 0..3 {
        bench.attach("AliyunRAMReadOnlyAccess", ("Role", "ops")).await;
        bench.done(&session, "ListUsers", &[]).await;
        bench.detach("AliyunRAMReadOnlyAccess", ("Role", "ops")).await;
        assert_eq!(bench.refused(&session, "ListUsers", &[]).await, code(403, "NoPermission"));
    }
}
