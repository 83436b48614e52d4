//! What users, groups, roles and policies may be, and how many.

use identity::limits::{
    MAX_CUSTOM_POLICIES_OF_OTHERS, MAX_CUSTOM_POLICIES_OF_USER, MAX_GROUPS, MAX_GROUPS_OF_USER, MAX_POLICIES,
    MAX_POLICY_CHARS, MAX_ROLES, MAX_USERS,
};
use serde_json::json;

use crate::bench::{ACCOUNT, Bench, attachment, code, text, trust};
use crate::on_both_databases;

on_both_databases!(
    names_are_checked,
    documents_are_checked,
    what_exists_is_not_made_again,
    an_account_has_so_many_users_roles_and_policies,
    groups_and_memberships_are_limited,
    attachments_are_limited,
    what_is_not_there_is_named,
    lists_come_in_pages,
);

async fn names_are_checked(bench: &mut Bench) {
    let longest = "n".repeat(64);
    let document = json!({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let (document, trust) = (document.to_string(), trust("*"));
    for (operation, name, more) in [
        ("CreateUser", "UserName", None),
        ("CreateGroup", "GroupName", None),
        ("CreateRole", "RoleName", Some(("AssumeRolePolicyDocument", trust.as_str()))),
        ("CreatePolicy", "PolicyName", Some(("PolicyDocument", document.as_str()))),
    ] {
        let call = |value| std::iter::once((name, value)).chain(more).collect::<Vec<_>>();
        for bad in ["a b", "名", "a/b", "a'; DROP TABLE ram_users; --"] {
            let expected = code(400, &format!("InvalidParameter.{name}.InvalidChars"));
            assert_eq!(bench.admin_refused(operation, &call(bad)).await, expected, "{operation} {bad}");
        }
        let too_long = "n".repeat(129);
        let expected = code(400, &format!("InvalidParameter.{name}"));
        assert_eq!(bench.admin_refused(operation, &call(&too_long)).await, expected, "{operation}");
        assert_eq!(bench.admin_refused(operation, &call("")).await, code(400, "MissingParameter"), "{operation}");
        bench.admin(operation, &call(&longest)).await;
    }
    bench.admin("UpdateUser", &[("UserName", &longest), ("NewUserName", "short")]).await;
    let renamed = bench.admin("GetUser", &[("UserName", "short")]).await;
    assert_eq!(renamed["User"]["UserName"], "short");
    let bad = bench.admin_refused("UpdateUser", &[("UserName", "short"), ("NewUserName", "a b")]).await;
    assert_eq!(bad, code(400, "InvalidParameter.NewUserName.InvalidChars"));
}

async fn documents_are_checked(bench: &mut Bench) {
    let document = |filler: usize| {
        let statement = json!({"Sid": "s".repeat(filler), "Effect": "Allow", "Action": "*", "Resource": "*"});
        json!({"Version": "1", "Statement": [statement]}).to_string()
    };
    let fixed = document(0).len();
    let longest = document(MAX_POLICY_CHARS - fixed);
    bench.admin("CreatePolicy", &[("PolicyName", "longest"), ("PolicyDocument", &longest)]).await;
    let wrong = code(400, "InvalidParameter.PolicyDocument");
    for bad in [document(MAX_POLICY_CHARS - fixed + 1), "{}".to_owned(), "no JSON".to_owned(), trust("*")] {
        let parameters = [("PolicyName", "bad"), ("PolicyDocument", bad.as_str())];
        assert_eq!(bench.admin_refused("CreatePolicy", &parameters).await, wrong, "{bad:.60}");
    }
    let wrong = code(400, "InvalidParameter.AssumeRolePolicyDocument");
    for bad in [document(0), "[]".to_owned()] {
        let parameters = [("RoleName", "bad"), ("AssumeRolePolicyDocument", bad.as_str())];
        assert_eq!(bench.admin_refused("CreateRole", &parameters).await, wrong, "{bad}");
    }
    let trust = trust("*");
    for seconds in ["3599", "43201", "-1", "soon"] {
        let parameters = [("RoleName", "bad"), ("AssumeRolePolicyDocument", &*trust), ("MaxSessionDuration", seconds)];
        let expected = code(400, "InvalidParameter.MaxSessionDuration");
        assert_eq!(bench.admin_refused("CreateRole", &parameters).await, expected, "{seconds}");
    }
    let read = bench.admin("GetPolicy", &[("PolicyName", "longest"), ("PolicyType", "Custom")]).await;
    assert_eq!(text(&read["DefaultPolicyVersion"]["PolicyDocument"]), longest, "documents are kept as written");
}

async fn what_exists_is_not_made_again(bench: &mut Bench) {
    let statements = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    bench.policy("own", statements.clone()).await;
    let document = json!({"Version": "1", "Statement": statements}).to_string();
    for name in ["own", "AdministratorAccess"] {
        let parameters = [("PolicyName", name), ("PolicyDocument", document.as_str())];
        let expected = code(409, "EntityAlreadyExists.Policy");
        assert_eq!(bench.admin_refused("CreatePolicy", &parameters).await, expected, "{name}");
    }
    bench.user("alice").await;
    let exists = code(409, "EntityAlreadyExists.User");
    assert_eq!(bench.admin_refused("CreateUser", &[("UserName", "alice")]).await, exists);
    bench.user("bob").await;
    assert_eq!(bench.admin_refused("UpdateUser", &[("UserName", "bob"), ("NewUserName", "alice")]).await, exists);
    bench.admin("CreateGroup", &[("GroupName", "g")]).await;
    let exists = code(409, "EntityAlreadyExists.Group");
    assert_eq!(bench.admin_refused("CreateGroup", &[("GroupName", "g")]).await, exists);
    bench.role("Ops").await;
    let trust = trust("*");
    let parameters = [("RoleName", "oPS"), ("AssumeRolePolicyDocument", trust.as_str())];
    let exists = code(409, "EntityAlreadyExists.Role");
    assert_eq!(bench.admin_refused("CreateRole", &parameters).await, exists, "role names have no letter case");
}

/// Rows are written in one statement: a thousand calls would show nothing more.
async fn an_account_has_so_many_users_roles_and_policies(bench: &mut Bench) {
    let rows = |count: usize, row: &dyn Fn(usize) -> String| (0..count).map(row).collect::<Vec<_>>().join(", ");
    // The administrator is there already, and each kind gets one more by a call.
    let users = rows(MAX_USERS - 2, &|n| format!("('28{n}', '{ACCOUNT}', 'u{n}', '', '', '', '', 0, 0)"));
    bench.execute(format!("INSERT INTO ram_users VALUES {users}")).await;
    let trust = trust("*");
    let roles = rows(MAX_ROLES - 1, &|n| format!("('38{n}', '{ACCOUNT}', 'r{n}', 'r{n}', '', '{trust}', 3600, 0)"));
    bench.execute(format!("INSERT INTO ram_roles VALUES {roles}")).await;
    let document = json!({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let document = document.to_string();
    let policies = rows(MAX_POLICIES - 1, &|n| format!("('{ACCOUNT}', 'p{n}', '', '{document}', 0)"));
    bench.execute(format!("INSERT INTO ram_policies VALUES {policies}")).await;
    bench.restart().await;
    for (operation, name, more, limit) in [
        ("CreateUser", "UserName", None, "LimitExceeded.User"),
        ("CreateRole", "RoleName", Some(("AssumeRolePolicyDocument", trust.as_str())), "LimitExceeded.Role"),
        ("CreatePolicy", "PolicyName", Some(("PolicyDocument", document.as_str())), "LimitExceeded.Policy"),
    ] {
        let call = |value| std::iter::once((name, value)).chain(more).collect::<Vec<_>>();
        bench.admin(operation, &call("last")).await;
        assert_eq!(bench.admin_refused(operation, &call("over")).await, code(409, limit), "{operation}");
    }
    bench.admin("DeleteUser", &[("UserName", "last")]).await;
    bench.admin("CreateUser", &[("UserName", "again")]).await;
}

async fn groups_and_memberships_are_limited(bench: &mut Bench) {
    bench.user("alice").await;
    for n in 0..MAX_GROUPS {
        bench.admin("CreateGroup", &[("GroupName", &format!("g{n}"))]).await;
    }
    let limit = code(409, "LimitExceeded.Group");
    assert_eq!(bench.admin_refused("CreateGroup", &[("GroupName", "over")]).await, limit);
    for n in 0..MAX_GROUPS_OF_USER {
        bench.admin("AddUserToGroup", &[("UserName", "alice"), ("GroupName", &format!("g{n}"))]).await;
    }
    let member = |group| [("UserName", "alice"), ("GroupName", group)];
    assert_eq!(bench.admin_refused("AddUserToGroup", &member("g9")).await, code(409, "LimitExceeded.User.Group"));
    assert_eq!(bench.admin_refused("AddUserToGroup", &member("g0")).await, code(409, "EntityAlreadyExists.User.Group"));
    bench.admin("RemoveUserFromGroup", &member("g0")).await;
    let gone = code(404, "EntityNotExist.User.Group");
    assert_eq!(bench.admin_refused("RemoveUserFromGroup", &member("g0")).await, gone);
    bench.admin("AddUserToGroup", &member("g9")).await;
    let groups = bench.admin("ListGroupsForUser", &[("UserName", "alice")]).await;
    assert_eq!(groups["Groups"]["Group"].as_array().map(Vec::len), Some(MAX_GROUPS_OF_USER));
}

async fn attachments_are_limited(bench: &mut Bench) {
    bench.user("alice").await;
    bench.admin("CreateGroup", &[("GroupName", "g")]).await;
    bench.role("ops").await;
    for n in 0..=MAX_CUSTOM_POLICIES_OF_USER {
        bench.policy(&format!("p{n}"), json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])).await;
    }
    for (owner, most) in [
        (("User", "alice"), MAX_CUSTOM_POLICIES_OF_USER),
        (("Group", "g"), MAX_CUSTOM_POLICIES_OF_OTHERS),
        (("Role", "ops"), MAX_CUSTOM_POLICIES_OF_OTHERS),
    ] {
        for n in 0..most {
            bench.attach(&format!("p{n}"), owner).await;
        }
        let over = format!("p{most}");
        let (operation, parameters) = attachment("Attach", "To", &over, owner);
        let limit = code(409, &format!("LimitExceeded.{}.Policy", owner.0));
        assert_eq!(bench.admin_refused(&operation, &parameters).await, limit);
        let (operation, parameters) = attachment("Attach", "To", "p0", owner);
        let exists = code(409, &format!("EntityAlreadyExists.{}.Policy", owner.0));
        assert_eq!(bench.admin_refused(&operation, &parameters).await, exists);
        // System policies have a bound of their own.
        bench.attach("AliyunRAMReadOnlyAccess", owner).await;
        bench.detach("p0", owner).await;
        bench.attach(&over, owner).await;
    }
}

async fn what_is_not_there_is_named(bench: &mut Bench) {
    bench.user("alice").await;
    bench.policy("own", json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])).await;
    for (operation, parameters, expected) in [
        ("GetUser", vec![("UserName", "nobody")], "EntityNotExist.User"),
        ("DeleteUser", vec![("UserName", "nobody")], "EntityNotExist.User"),
        ("DeleteGroup", vec![("GroupName", "none")], "EntityNotExist.Group"),
        ("GetRole", vec![("RoleName", "none")], "EntityNotExist.Role"),
        ("DeletePolicy", vec![("PolicyName", "none")], "EntityNotExist.Policy"),
        ("DeletePolicy", vec![("PolicyName", "AdministratorAccess")], "EntityNotExist.Policy"),
        ("GetPolicy", vec![("PolicyName", "own"), ("PolicyType", "System")], "EntityNotExist.Policy"),
    ] {
        assert_eq!(bench.admin_refused(operation, &parameters).await, code(404, expected), "{operation}");
    }
    let (operation, parameters) = attachment("Attach", "To", "none", ("User", "alice"));
    assert_eq!(bench.admin_refused(&operation, &parameters).await, code(404, "EntityNotExist.Policy"));
    let (operation, parameters) = attachment("Detach", "From", "own", ("User", "alice"));
    assert_eq!(bench.admin_refused(&operation, &parameters).await, code(404, "EntityNotExist.User.Policy"));
}

async fn lists_come_in_pages(bench: &mut Bench) {
    for n in 0..7 {
        bench.admin("CreateUser", &[("UserName", &format!("u{n}"))]).await;
    }
    let (mut names, mut marker, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let body = bench.admin("ListUsers", &[("MaxItems", "3"), ("Marker", &marker)]).await;
        let page = body["Users"]["User"].as_array().expect("a list").clone();
        assert!(page.len() <= 3);
        names.extend(page.iter().map(|user| text(&user["UserName"])));
        pages += 1;
        if body["IsTruncated"] == false {
            assert!(body.get("Marker").is_none());
            break;
        }
        marker = text(&body["Marker"]);
    }
    let expected: Vec<String> =
        std::iter::once("administrator".to_owned()).chain((0..7).map(|n| format!("u{n}"))).collect();
    assert_eq!((names, pages), (expected, 3));
    for bad in ["0", "1001", "many"] {
        let expected = code(400, "InvalidParameter.MaxItems");
        assert_eq!(bench.admin_refused("ListUsers", &[("MaxItems", bad)]).await, expected);
    }
}
