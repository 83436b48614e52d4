use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, losers, refused, root, text};
use super::office::Office;
use super::on_both_databases;
use crate::Role;

on_both_databases!(
    imported_users_are_listed_whole,
    a_repeated_import_updates,
    an_import_is_whole_or_nothing,
    unfit_imports_are_refused,
    an_instance_holds_a_hundred_users,
    concurrent_imports_cannot_exceed_the_limit,
    pages_end,
    users_are_found_by_name,
    one_user_in_two_shapes,
    members_of_a_group_carry_privileges,
    roles_come_strongest_first,
);

async fn imported_users_are_listed_whole(bench: &Bench) {
    let office = Office::open(bench).await;
    let (manager, group) = (office.role("Manager").await, office.group("Billing").await);
    let params = office.params(&[
        ("UserRamId.1", "202"),
        ("UserRamId.2", "201"),
        ("UserRamId.3", "202"),
        ("RoleId.1", &manager),
        ("SkillGroupId.1", &group),
        ("SkillLevel.1", "7"),
    ]);
    let answer = bench.call(&root(ACCOUNT), "AssignUsers", &params).await.expect("imported");
    let made = answer.body["Data"]["User"].as_array().expect("a list").clone();
    let expected: Vec<Value> = [(0, "202"), (1, "201")]
        .map(|(place, ram_id)| json!({"InstanceId": office.instance, "Primary": false, "RamId": ram_id, "UserId": made[place]["UserId"]}))
        .into();
    assert_eq!(made, expected);
    let ids: Vec<String> = made.iter().map(|user| text(user, "UserId")).collect();
    assert_eq!(answer.references, ids.iter().map(|id| ("ACS::CCC::User", id.clone())).collect::<Vec<_>>());

    let users = office.users().await;
    let level = text(&users[1]["SkillLevels"]["SkillLevel"][0], "SkillLevelId");
    let expected = json!({
        "UserId": ids[0], "RamId": "202", "InstanceId": office.instance, "Primary": false,
        "Detail": {"Department": "", "DisplayName": "用户 202", "Email": "user202@example.com", "LoginName": "user202", "Phone": "13800000000"},
        "Roles": {"Role": [{"InstanceId": office.instance, "RoleDescription": Role::Manager.description(), "RoleId": manager, "RoleName": "Manager"}]},
        "SkillLevels": {"SkillLevel": [{"Level": 7, "SkillLevelId": level, "Skill": {
            "InstanceId": office.instance, "SkillGroupDescription": "", "SkillGroupId": group, "SkillGroupName": "Billing"}}]},
    });
    assert_eq!(users[1], expected);
    assert_eq!(users[0]["Primary"], true, "the owner joined first");
    assert_eq!(text(&users[2], "RamId"), "201");
}

async fn a_repeated_import_updates(bench: &Bench) {
    let office = Office::open(bench).await;
    let (manager, admin) = (office.role("Manager").await, office.role("Admin").await);
    let (billing, repairs) = (office.group("Billing").await, office.group("Repairs").await);
    let id = office.import("201").await;
    let roles = |user: &Value| {
        user["Roles"]["Role"].as_array().expect("roles").iter().map(|role| text(role, "RoleName")).collect::<Vec<_>>()
    };
    let groups = |user: &Value| {
        let levels = user["SkillLevels"]["SkillLevel"].as_array().expect("levels").clone();
        levels
            .iter()
            .map(|level| (text(&level["Skill"], "SkillGroupId"), level["Level"].as_i64().expect("a level")))
            .collect::<Vec<_>>()
    };
    assert_eq!(roles(&office.users().await[1]), ["Agent"]);
    for (more, expected_roles, expected_groups) in [
        (vec![("RoleId.1", manager.as_str()), ("RoleId.2", &admin)], vec!["Admin", "Manager"], vec![]),
        (
            vec![("SkillGroupId.1", billing.as_str()), ("SkillLevel.1", "1")],
            vec!["Admin", "Manager"],
            vec![(billing.clone(), 1)],
        ),
        (vec![], vec!["Admin", "Manager"], vec![(billing.clone(), 1)]),
        (
            vec![("RoleId.1", &manager), ("SkillGroupId.1", &repairs), ("SkillLevel.1", "10")],
            vec!["Manager"],
            vec![(repairs.clone(), 10)],
        ),
    ] {
        let mut params = vec![("UserRamId.1", "201")];
        params.extend(more);
        let body = office.body("AssignUsers", &params).await;
        assert_eq!(text(&body["Data"]["User"][0], "UserId"), id);
        let user = office.users().await.remove(1);
        assert_eq!(
            (roles(&user), groups(&user)),
            (expected_roles.iter().map(|name| (*name).to_owned()).collect(), expected_groups)
        );
    }
}

async fn an_import_is_whole_or_nothing(bench: &Bench) {
    let office = Office::open(bench).await;
    let refusal = office.refusal("AssignUsers", &[("UserRamId.1", "201"), ("UserRamId.2", "999")]).await;
    assert_eq!(refusal, refused("NotExist.User", 404));
    let primary = office.users().await[0]["RamId"].as_str().expect("an id").to_owned();
    let refusal = office.refusal("AssignUsers", &[("UserRamId.1", "201"), ("UserRamId.2", &primary)]).await;
    assert_eq!(refusal, refused("NotModified.PrimaryUser", 403));
    assert_eq!((office.users().await.len(), bench.count("ccc_user_roles").await), (1, 1));
}

async fn unfit_imports_are_refused(bench: &Bench) {
    let office = Office::open(bench).await;
    let elsewhere = Office { bench, instance: bench.instance("other", &[]).await };
    let (foreign_role, foreign_group) = (elsewhere.role("Agent").await, elsewhere.group("Billing").await);
    let group = office.group("Billing").await;
    let invalid = refused("Parameter.Invalid", 400);
    for (more, expected) in [
        (vec![("UserRamId.1", "201"), ("RoleId.1", "Admin")], refused("NotExist.Role", 404)),
        (vec![("UserRamId.1", "201"), ("RoleId.1", &foreign_role)], refused("NotExist.Role", 404)),
        (
            vec![("UserRamId.1", "201"), ("SkillGroupId.1", "x"), ("SkillLevel.1", "1")],
            refused("NotExist.SkillGroup", 404),
        ),
        (
            vec![("UserRamId.1", "201"), ("SkillGroupId.1", &foreign_group), ("SkillLevel.1", "1")],
            refused("NotExist.SkillGroup", 404),
        ),
        (vec![("UserRamId.1", "201"), ("SkillGroupId.1", &group)], invalid.clone()),
        (vec![("UserRamId.1", "201"), ("SkillGroupId.1", &group), ("SkillLevel.1", "11")], invalid),
    ] {
        assert_eq!(office.refusal("AssignUsers", &more).await, expected, "{more:?}");
    }
    assert_eq!(office.users().await.len(), 1);
}

async fn fill(bench: &Bench, instance: &str, count: usize) {
    let params: Vec<String> = (0..count).map(|number| format!("agent{number}")).collect();
    let office = Office { bench, instance: instance.to_owned() };
    let agent = office.role("Agent").await;
    for login in &params {
        let more = [("LoginName", login.as_str()), ("DisplayName", "A"), ("Email", "a@b"), ("RoleId.1", &agent)];
        office.body("CreateUser", &more).await;
    }
}

async fn an_instance_holds_a_hundred_users(bench: &Bench) {
    let office = Office::open(bench).await;
    fill(bench, &office.instance, 98).await;
    let two = [("UserRamId.1", "201"), ("UserRamId.2", "202")];
    assert_eq!(office.refusal("AssignUsers", &two).await, refused("LimitExceeded.CccUser", 400));
    office.import("201").await;
    office.import("201").await;
    let agent = office.role("Agent").await;
    let more = [("LoginName", "late"), ("DisplayName", "A"), ("Email", "a@b"), ("RoleId.1", agent.as_str())];
    assert_eq!(office.refusal("CreateUser", &more).await, refused("LimitExceeded.CccUser", 400));
    assert!(!bench.directory.made_names().contains(&"late".to_owned()));
    assert_eq!(office.users().await.len(), 100);
}

async fn concurrent_imports_cannot_exceed_the_limit(bench: &Bench) {
    let office = Office::open(bench).await;
    bench.execute("UPDATE ccc_instances SET max_users = 2").await;
    for round in 0..10 {
        let tasks = ["201", "202", "203", "204"]
            .map(|id| bench.start(&root(ACCOUNT), "AssignUsers", &office.params(&[("UserRamId.1", id)])));
        assert_eq!(losers(tasks.into()).await, ["LimitExceeded.CccUser"; 3], "round {round}");
        assert_eq!(bench.count("ccc_users").await, 2);
        bench.execute("DELETE FROM ccc_users WHERE is_primary = 0").await;
    }
}

async fn pages_end(bench: &Bench) {
    let office = Office::open(bench).await;
    for ram_id in ["203", "201", "202"] {
        office.import(ram_id).await;
    }
    let page = async |number: &str, size: &str| {
        let body = office.body("ListUsers", &[("PageNumber", number), ("PageSize", size)]).await["Users"].clone();
        let users = body["List"]["User"].as_array().expect("a list").clone();
        assert_eq!(
            (body["PageNumber"].to_string(), body["PageSize"].to_string()),
            (number.to_owned(), size.to_owned())
        );
        assert_eq!(body["TotalCount"], 4);
        users.iter().map(|user| text(user, "RamId")).collect::<Vec<_>>()
    };
    assert_eq!(page("1", "3").await, [ACCOUNT, "203", "201"]);
    assert_eq!(page("2", "3").await, ["202"]);
    assert_eq!(page("3", "3").await, [""; 0]);
    assert_eq!(page("2147483647", "1000").await, [""; 0]);
}

async fn users_are_found_by_name(bench: &Bench) {
    let office = Office::open(bench).await;
    for ram_id in ["201", "202"] {
        office.import(ram_id).await;
    }
    let agent = office.role("Agent").await;
    let more =
        [("LoginName", "mei"), ("DisplayName", "Émilie 100%_王"), ("Email", "a@b"), ("RoleId.1", agent.as_str())];
    office.body("CreateUser", &more).await;
    for (criteria, expected) in [
        ("user20", vec!["user201", "user202"]),
        ("USER201", vec!["user201"]),
        ("用户 202", vec!["user202"]),
        ("émilie", vec!["mei"]),
        ("%", vec!["mei"]),
        ("_", vec!["mei"]),
        ("nobody", vec![]),
    ] {
        let more = [("Criteria", criteria), ("PageNumber", "1"), ("PageSize", "10")];
        let users = office.body("FindUsers", &more).await["Users"].clone();
        let found = users["List"]["User"].as_array().expect("a list").clone();
        let names: Vec<String> = found.iter().map(|user| text(&user["Detail"], "LoginName")).collect();
        assert_eq!(names, expected, "{criteria}");
        assert_eq!(users["TotalCount"], expected.len());
        assert!(found.iter().all(|user| user.get("Primary").is_none()));
    }
}

async fn one_user_in_two_shapes(bench: &Bench) {
    let office = Office::open(bench).await;
    let group = office.group("Billing").await;
    let more = [("UserRamId.1", "201"), ("SkillGroupId.1", group.as_str()), ("SkillLevel.1", "5")];
    let id = text(&office.body("AssignUsers", &more).await["Data"]["User"][0], "UserId");
    let mut listed = office.users().await.remove(1);
    listed.as_object_mut().expect("an object").shift_remove("Primary");
    assert_eq!(office.body("GetUser", &[("UserId", &id)]).await["User"], listed);

    let extension = bench.extension(&id).await;
    assert_eq!((extension.len(), extension.as_str()), (8, "10000002"));
    let mut bare = listed.clone();
    bare["Roles"] = listed["Roles"]["Role"].clone();
    bare["SkillLevels"] = listed["SkillLevels"]["SkillLevel"].clone();
    bare["Detail"]["Extension"] = extension.as_str().into();
    let found = office.body("GetUserByExtension", &[("Extension", &extension)]).await["User"].clone();
    assert_eq!(found, bare);

    let elsewhere = Office { bench, instance: bench.instance("other", &[]).await };
    for (operation, parameter, value) in [
        ("GetUser", "UserId", id.as_str()),
        ("GetUserByExtension", "Extension", &extension),
        ("GetUser", "UserId", "201"),
    ] {
        assert_eq!(elsewhere.refusal(operation, &[(parameter, value)]).await, refused("NotExist.User", 404));
    }
}

async fn members_of_a_group_carry_privileges(bench: &Bench) {
    let office = Office::open(bench).await;
    let (group, manager) = (office.group("Billing").await, office.role("Manager").await);
    let level = [("SkillGroupId.1", group.as_str()), ("SkillLevel.1", "5")];
    office.body("AssignUsers", &[&[("UserRamId.1", "201"), ("RoleId.1", &manager)], &level[..]].concat()).await;
    office.body("AssignUsers", &[&[("UserRamId.1", "202")], &level[..]].concat()).await;
    office.import("203").await;
    let page = [("SkillGroupId", group.as_str()), ("PageNumber", "1"), ("PageSize", "10")];
    let users = office.body("ListUsersOfSkillGroup", &page).await["Users"].clone();
    assert_eq!(users["TotalCount"], 2);
    let privileges = |place: usize| {
        let role = &users["List"]["User"][place]["Roles"]["Role"][0];
        let names = role["Privileges"]["Privilege"].as_array().expect("a list").iter();
        (role["UserCount"].as_i64().expect("a count"), names.map(|one| text(one, "PrivilegeName")).collect::<Vec<_>>())
    };
    assert_eq!(privileges(0), (1, vec!["Agent".to_owned(), "Manager".to_owned()]));
    assert_eq!(privileges(1), (2, vec!["Agent".to_owned()]));
    let elsewhere = Office { bench, instance: bench.instance("other", &[]).await };
    assert_eq!(elsewhere.refusal("ListUsersOfSkillGroup", &page).await, refused("NotExist.SkillGroup", 404));
}

async fn roles_come_strongest_first(bench: &Bench) {
    let office = Office::open(bench).await;
    let roles = office.body("ListRoles", &[]).await["Roles"]["Role"].as_array().expect("a list").clone();
    assert_eq!(roles.iter().map(|role| text(role, "RoleName")).collect::<Vec<_>>(), ["Admin", "Manager", "Agent"]);
    assert!(
        roles
            .iter()
            .all(|role| role["InstanceId"] == office.instance.as_str() && role.as_object().expect("a role").len() == 4)
    );
}
