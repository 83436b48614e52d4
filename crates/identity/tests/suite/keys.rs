//! The life of an access key.

use crate::bench::{Bench, ROOT_KEY, code, text};
use crate::on_both_databases;

on_both_databases!(
    a_key_is_made_disabled_enabled_and_deleted,
    a_user_has_two_keys_at_most,
    keys_belong_to_their_owner,
    own_keys_need_no_user_name,
);

async fn a_key_is_made_disabled_enabled_and_deleted(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    let id = alice.access_key_id.clone();
    bench.done(&alice, "GetCallerIdentity", &[]).await;
    let status = |status| [("UserName", "alice"), ("UserAccessKeyId", id.as_str()), ("Status", status)];
    bench.admin("UpdateAccessKey", &status("Inactive")).await;
    let inactive = code(403, "InvalidAccessKeyId.Inactive");
    assert_eq!(bench.refused(&alice, "GetCallerIdentity", &[]).await, inactive);
    bench.restart().await;
    assert_eq!(bench.refused(&alice, "GetCallerIdentity", &[]).await, inactive, "also after a restart");
    bench.admin("UpdateAccessKey", &status("Active")).await;
    bench.done(&alice, "GetCallerIdentity", &[]).await;
    assert_eq!(bench.admin_refused("UpdateAccessKey", &status("Broken")).await, code(400, "InvalidParameter.Status"));
    bench.admin("DeleteAccessKey", &status("Active")[..2]).await;
    assert_eq!(bench.refused(&alice, "GetCallerIdentity", &[]).await, code(404, "InvalidAccessKeyId.NotFound"));
    let gone = code(404, "EntityNotExist.User.AccessKey");
    assert_eq!(bench.admin_refused("UpdateAccessKey", &status("Active")).await, gone);
    assert_eq!(bench.admin_refused("DeleteAccessKey", &status("Active")[..2]).await, gone);
}

async fn a_user_has_two_keys_at_most(bench: &mut Bench) {
    bench.user("alice").await;
    let second = bench.key("alice").await;
    let limit = code(409, "LimitExceeded.User.AccessKey");
    assert_eq!(bench.admin_refused("CreateAccessKey", &[("UserName", "alice")]).await, limit);
    let id = second.access_key_id.as_str();
    let parameters = [("UserName", "alice"), ("UserAccessKeyId", id), ("Status", "Inactive")];
    bench.admin("UpdateAccessKey", &parameters).await;
    assert_eq!(
        bench.admin_refused("CreateAccessKey", &[("UserName", "alice")]).await,
        limit,
        "a disabled key counts too"
    );
    let listed = bench.admin("ListAccessKeys", &[("UserName", "alice")]).await;
    let keys = listed["AccessKeys"]["AccessKey"].as_array().expect("a list").clone();
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key.get("AccessKeySecret").is_none()), "secrets are shown once: {listed}");
    let of_second = keys.iter().find(|key| key["AccessKeyId"] == id).expect("the second key");
    assert_eq!(of_second["Status"], "Inactive");
    bench.admin("DeleteAccessKey", &parameters[..2]).await;
    bench.key("alice").await;
}

async fn keys_belong_to_their_owner(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    bench.user("bob").await;
    let of_alice = [("UserName", "bob"), ("UserAccessKeyId", alice.access_key_id.as_str())];
    let foreign = code(404, "EntityNotExist.User.AccessKey");
    assert_eq!(bench.admin_refused("DeleteAccessKey", &of_alice).await, foreign);
    assert_eq!(bench.admin_refused("DeleteAccessKey", &of_alice[1..]).await, foreign, "nor the account itself");
    let root_key = [("UserName", "alice"), ("UserAccessKeyId", ROOT_KEY)];
    assert_eq!(bench.admin_refused("DeleteAccessKey", &root_key).await, foreign);
    let nobody = code(404, "EntityNotExist.User");
    assert_eq!(bench.admin_refused("CreateAccessKey", &[("UserName", "nobody")]).await, nobody);
    bench.done(&alice, "GetCallerIdentity", &[]).await;
    assert_eq!(bench.refused(&alice, "CreateAccessKey", &[]).await, code(403, "NoPermission"), "not without leave");
}

async fn own_keys_need_no_user_name(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    bench.attach("AliyunRAMFullAccess", ("User", "alice")).await;
    bench.done(&alice, "CreateAccessKey", &[]).await;
    let own = bench.done(&alice, "ListAccessKeys", &[]).await;
    let ids: Vec<String> = own["AccessKeys"]["AccessKey"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|key| text(&key["AccessKeyId"]))
        .collect();
    assert!(ids.len() == 2 && ids.contains(&alice.access_key_id), "{ids:?}");
    bench.admin("CreateAccessKey", &[]).await;
    assert_eq!(
        bench.admin_refused("CreateAccessKey", &[]).await,
        code(409, "LimitExceeded.User.AccessKey"),
        "the account itself has two keys at most"
    );
    bench.attach("AliyunSTSAssumeRoleAccess", ("User", "alice")).await;
    bench.role("ops").await;
    bench.attach("AliyunRAMFullAccess", ("Role", "ops")).await;
    let session = bench.assume(&alice, "ops", &[]).await;
    assert_eq!(bench.refused(&session, "CreateAccessKey", &[]).await, code(400, "MissingParameter"));
}
