//! Nothing is deleted while something hangs on it.

use serde_json::json;

use crate::bench::{Bench, code};
use crate::on_both_databases;

on_both_databases!(a_user_goes_last, groups_roles_and_policies_go_last, a_deleted_user_leaves_nothing_behind);

async fn a_user_goes_last(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    bench.admin("CreateGroup", &[("GroupName", "g")]).await;
    bench.admin("AddUserToGroup", &[("UserName", "alice"), ("GroupName", "g")]).await;
    bench.attach("AliyunRAMReadOnlyAccess", ("User", "alice")).await;
    let delete = [("UserName", "alice")];
    assert_eq!(bench.admin_refused("DeleteUser", &delete).await, code(409, "DeleteConflict.User.AccessKey"));
    let key = [("UserName", "alice"), ("UserAccessKeyId", alice.access_key_id.as_str()), ("Status", "Inactive")];
    bench.admin("UpdateAccessKey", &key).await;
    let conflict = code(409, "DeleteConflict.User.AccessKey");
    assert_eq!(bench.admin_refused("DeleteUser", &delete).await, conflict, "a disabled key is a key");
    bench.admin("DeleteAccessKey", &key[..2]).await;
    assert_eq!(bench.admin_refused("DeleteUser", &delete).await, code(409, "DeleteConflict.User.Group"));
    bench.admin("RemoveUserFromGroup", &[("UserName", "alice"), ("GroupName", "g")]).await;
    assert_eq!(bench.admin_refused("DeleteUser", &delete).await, code(409, "DeleteConflict.User.Policy"));
    bench.admin("GetUser", &delete).await;
    bench.detach("AliyunRAMReadOnlyAccess", ("User", "alice")).await;
    bench.admin("DeleteUser", &delete).await;
    assert_eq!(bench.admin_refused("GetUser", &delete).await, code(404, "EntityNotExist.User"));
}

async fn groups_roles_and_policies_go_last(bench: &mut Bench) {
    bench.user("alice").await;
    bench.policy("own", json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])).await;
    bench.admin("CreateGroup", &[("GroupName", "g")]).await;
    bench.role("ops").await;
    let member = [("UserName", "alice"), ("GroupName", "g")];
    bench.admin("AddUserToGroup", &member).await;
    let group = [("GroupName", "g")];
    assert_eq!(bench.admin_refused("DeleteGroup", &group).await, code(409, "DeleteConflict.Group.User"));
    bench.admin("RemoveUserFromGroup", &member).await;
    let policy = [("PolicyName", "own")];
    for owner in [("User", "alice"), ("Group", "g"), ("Role", "ops")] {
        bench.attach("own", owner).await;
        let attached = code(409, "DeleteConflict.Policy.Attachment");
        assert_eq!(bench.admin_refused("DeletePolicy", &policy).await, attached, "{owner:?}");
        match owner.0 {
            "Group" => {
                let conflict = code(409, "DeleteConflict.Group.Policy");
                assert_eq!(bench.admin_refused("DeleteGroup", &group).await, conflict);
            }
            "Role" => {
                let conflict = code(409, "DeleteConflict.Role.Policy");
                assert_eq!(bench.admin_refused("DeleteRole", &[("RoleName", "ops")]).await, conflict);
            }
            _ => {}
        }
        bench.detach("own", owner).await;
    }
    bench.admin("DeletePolicy", &policy).await;
    bench.admin("DeleteGroup", &group).await;
    bench.admin("DeleteRole", &[("RoleName", "ops")]).await;
    bench.restart().await;
    assert_eq!(bench.admin_refused("DeleteGroup", &group).await, code(404, "EntityNotExist.Group"));
}

/// A user made anew under an old name is another user.
async fn a_deleted_user_leaves_nothing_behind(bench: &mut Bench) {
    let made = bench.admin("CreateUser", &[("UserName", "alice")]).await;
    let old = bench.key("alice").await;
    bench.attach("AdministratorAccess", ("User", "alice")).await;
    bench.detach("AdministratorAccess", ("User", "alice")).await;
    bench.admin("DeleteAccessKey", &[("UserName", "alice"), ("UserAccessKeyId", &old.access_key_id)]).await;
    bench.admin("DeleteUser", &[("UserName", "alice")]).await;
    let again = bench.admin("CreateUser", &[("UserName", "alice")]).await;
    assert_ne!(again["User"]["UserId"], made["User"]["UserId"]);
    assert_eq!(bench.refused(&old, "GetCallerIdentity", &[]).await, code(404, "InvalidAccessKeyId.NotFound"));
    let new = bench.key("alice").await;
    assert_eq!(bench.refused(&new, "ListUsers", &[]).await, code(403, "NoPermission"));
}
