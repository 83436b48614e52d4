use serde_json::json;

use super::bench::{ACCOUNT, Bench, OTHER_ACCOUNT, losers, ram_user, refused, role_session, root, text};
use super::office::Office;
use super::on_both_databases;
use crate::activity::{Activity, Direction, Kind};
use crate::{CallCenterError, Role};

on_both_databases!(
    a_created_user_is_in_ram_too,
    of_two_creators_of_a_name_one_wins,
    a_refused_creation_leaves_no_ram_user,
    a_modified_user_is_replaced,
    the_primary_user_is_not_changed,
    a_user_in_a_call_stays,
    a_removed_user_stops_work,
    extensions_are_never_given_twice,
    each_operation_needs_its_role,
);

async fn a_created_user_is_in_ram_too(bench: &Bench) {
    let office = Office::open(bench).await;
    let (agent, manager, group) =
        (office.role("Agent").await, office.role("Manager").await, office.group("Billing").await);
    let number =
        text(&office.body("GetInstance", &[]).await["Instance"]["PhoneNumbers"]["PhoneNumber"][0], "PhoneNumberId");
    let params = office.params(&[
        ("LoginName", "wang.mei"),
        ("DisplayName", "王梅"),
        ("Email", "mei@example.com"),
        ("Phone", "13812345678"),
        ("RoleId.1", &agent),
        ("RoleId.2", &manager),
        ("SkillGroupId.1", &group),
        ("SkillLevel.1", "3"),
        ("PrivateOutboundNumberId", &number),
    ]);
    let answer = bench.call(&root(ACCOUNT), "CreateUser", &params).await.expect("created");
    let id = answer.body["UserId"].as_str().expect("an id").to_owned();
    let references = [("ACS::CCC::User", id.clone()), ("ACS::RAM::User", "wang.mei".to_owned())];
    assert_eq!(answer.references, references);
    assert!(answer.event_data.contains_key("InitialPasswordMail"));
    let user = office.users().await.remove(1);
    assert_eq!(text(&user, "UserId"), id);
    assert_eq!(text(&user, "PrivateOutboundNumberId"), number);
    let detail = json!({"Department": "", "DisplayName": "王梅", "Email": "mei@example.com", "LoginName": "wang.mei", "Phone": "13812345678"});
    assert_eq!(user["Detail"], detail);
    assert_eq!(user["Roles"]["Role"].as_array().map(Vec::len), Some(2));
    assert_eq!(user["SkillLevels"]["SkillLevel"][0]["Level"], 3);
    assert_eq!(bench.directory.made_names(), ["wang.mei"]);
}

async fn of_two_creators_of_a_name_one_wins(bench: &Bench) {
    let office = Office::open(bench).await;
    let agent = office.role("Agent").await;
    for round in 0..10 {
        let login = format!("mei{round}");
        let params =
            office.params(&[("LoginName", &login), ("DisplayName", "A"), ("Email", "a@b"), ("RoleId.1", &agent)]);
        let tasks = [1, 2].map(|_| bench.start(&root(ACCOUNT), "CreateUser", &params));
        assert_eq!(losers(tasks.into()).await, ["Exists.UserName"]);
    }
    assert_eq!((office.users().await.len(), bench.directory.made_names().len()), (11, 10));
}

async fn a_refused_creation_leaves_no_ram_user(bench: &Bench) {
    let office = Office::open(bench).await;
    let agent = office.role("Agent").await;
    let hotline = bench.instance("other", &[("PhoneNumber", "4001234567")]).await;
    let foreign = Office { bench, instance: hotline };
    let toll_free =
        text(&foreign.body("GetInstance", &[]).await["Instance"]["PhoneNumbers"]["PhoneNumber"][0], "PhoneNumberId");
    let long = "梅".repeat(129);
    for (more, expected) in [
        (vec![("LoginName", "Mei")], refused("Parameter.Format", 400)),
        (vec![("DisplayName", " ")], refused("Parameter.Format", 400)),
        (vec![("DisplayName", long.as_str())], refused("Parameter.Maximum", 400)),
        (vec![("Email", "nobody")], refused("Parameter.Format", 400)),
        (vec![("Phone", "nobody")], refused("Parameter.Format", 400)),
        (vec![("RoleId.1", "Agent")], refused("NotExist.Role", 404)),
        (vec![("SkillGroupId.1", "x"), ("SkillLevel.1", "1")], refused("NotExist.SkillGroup", 404)),
        (vec![("SkillGroupId.1", "x")], refused("Parameter.Invalid", 400)),
        (vec![("PrivateOutboundNumberId", &toll_free)], refused("NotExist.PhoneNumber", 404)),
    ] {
        let mut params =
            vec![("LoginName", "mei"), ("DisplayName", "A"), ("Email", "a@b"), ("RoleId.1", agent.as_str())];
        params.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        params.extend(more.iter().copied());
        assert_eq!(office.refusal("CreateUser", &params).await, expected, "{more:?}");
    }
    let foreign_agent = foreign.role("Agent").await;
    let more = [
        ("LoginName", "mei"),
        ("DisplayName", "A"),
        ("Email", "a@b"),
        ("RoleId.1", foreign_agent.as_str()),
        ("PrivateOutboundNumberId", &toll_free),
    ];
    assert_eq!(
        foreign.refusal("CreateUser", &more).await,
        refused("Parameter.Invalid", 400),
        "400 numbers take calls only"
    );
    bench.directory.is_broken.store(true, std::sync::atomic::Ordering::Relaxed);
    let more = [("LoginName", "mei"), ("DisplayName", "A"), ("Email", "a@b"), ("RoleId.1", agent.as_str())];
    assert_eq!(office.refusal("CreateUser", &more).await, refused("ImsService", 500));
    assert_eq!((office.users().await.len(), bench.directory.made_names().len()), (1, 0));
}

async fn a_modified_user_is_replaced(bench: &Bench) {
    let office = Office::open(bench).await;
    let (agent, manager, group) =
        (office.role("Agent").await, office.role("Manager").await, office.group("Billing").await);
    let number =
        text(&office.body("GetInstance", &[]).await["Instance"]["PhoneNumbers"]["PhoneNumber"][0], "PhoneNumberId");
    let id = office.import("201").await;
    let details =
        [("UserId", id.as_str()), ("DisplayName", "王梅"), ("Email", "mei@example.com"), ("Phone", "021-1234")];
    let groups = [("SkillGroupId.1", group.as_str()), ("SkillLevel.1", "3")];
    let more = [&details[..], &groups, &[("RoleId.1", &manager), ("PrivateOutboundNumberId", &number)]].concat();
    let answer = bench.call(&root(ACCOUNT), "ModifyUser", &office.params(&more)).await.expect("modified");
    assert_eq!(answer.references, [("ACS::CCC::User", id.clone())]);
    let user = office.users().await.remove(1);
    assert_eq!(
        user["Detail"],
        json!({"Department": "", "DisplayName": "王梅", "Email": "mei@example.com", "LoginName": "user201", "Phone": "021-1234"})
    );
    assert_eq!(
        (text(&user, "PrivateOutboundNumberId"), text(&user["Roles"]["Role"][0], "RoleId")),
        (number, manager.clone())
    );
    let level_id = text(&user["SkillLevels"]["SkillLevel"][0], "SkillLevelId");

    let more = [&[("UserId", id.as_str()), ("RoleId.1", &agent)], &groups[..1], &[("SkillLevel.1", "9")]].concat();
    office.body("ModifySkillGroupOfUser", &more).await;
    let user = office.users().await.remove(1);
    let level = &user["SkillLevels"]["SkillLevel"][0];
    assert_eq!((text(level, "SkillLevelId"), level["Level"].clone()), (level_id, json!(9)), "the membership stayed");
    assert_eq!(text(&user["Detail"], "DisplayName"), "王梅");

    office.body("ModifyUser", &[&details[..], &[("RoleId.1", &agent)]].concat()).await;
    let user = office.users().await.remove(1);
    assert_eq!((user.get("PrivateOutboundNumberId"), &user["SkillLevels"]["SkillLevel"]), (None, &json!([])));

    for operation in ["ModifyUser", "ModifySkillGroupOfUser"] {
        for (more, expected) in [
            (vec![("UserId", "201")], refused("NotExist.User", 404)),
            (vec![("RoleId.1", "x")], refused("NotExist.Role", 404)),
            (vec![("SkillGroupId.1", "x"), ("SkillLevel.1", "1")], refused("NotExist.SkillGroup", 404)),
        ] {
            let mut params = [&details[..], &[("RoleId.1", agent.as_str())]].concat();
            params.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
            params.extend(more.iter().copied());
            assert_eq!(office.refusal(operation, &params).await, expected, "{operation} {more:?}");
        }
    }
    assert_eq!(office.users().await.remove(1), user, "refusals changed nothing");
}

async fn the_primary_user_is_not_changed(bench: &Bench) {
    let office = Office::open(bench).await;
    let (primary, admin, before) = (office.primary().await, office.role("Admin").await, office.users().await);
    let more =
        [("UserId", primary.as_str()), ("RoleId.1", &admin), ("DisplayName", "A"), ("Email", "a@b"), ("Phone", "123")];
    for operation in ["ModifyUser", "ModifySkillGroupOfUser"] {
        assert_eq!(office.refusal(operation, &more).await, refused("NotModified.PrimaryUser", 403));
    }
    let other = office.import("201").await;
    let refusal = office.refusal("RemoveUsers", &[("UserId.1", &other), ("UserId.2", &primary)]).await;
    assert_eq!(refusal, refused("NotModified.PrimaryUser", 403));
    assert_eq!(office.users().await[..1], before);
    assert_eq!(office.users().await.len(), 2, "removed whole or not at all");
}

async fn a_user_in_a_call_stays(bench: &Bench) {
    let office = Office::open(bench).await;
    let id = office.import("201").await;
    let (agent, at_ms) = ("201", 1_700_000_000_000);
    let rows = |kind| [Activity::at(at_ms, kind).of_agent(agent).of_contact("1000000001")];
    let mei = || "Mei".to_owned();
    for kind in [
        Kind::AgentRinging { agent_name: mei(), direction: Direction::Inbound },
        Kind::AgentDialing { agent_name: mei() },
        Kind::AgentTalking { direction: Direction::Inbound },
    ] {
        bench.center.record(&office.instance, &rows(kind)).await.expect("recorded");
        assert_eq!(office.refusal("RemoveUsers", &[("UserId.1", &id)]).await, refused("UserBusy", 400));
    }
    bench.center.record(&office.instance, &rows(Kind::AgentCallEnded)).await.expect("recorded");
    office.body("RemoveUsers", &[("UserId.1", &id)]).await;
    assert_eq!(office.users().await.len(), 1);
    let unknown = bench.center.record("nowhere", &rows(Kind::AgentReady)).await;
    assert!(matches!(unknown, Err(CallCenterError::UnknownInstance(_))));
}

async fn a_removed_user_stops_work(bench: &Bench) {
    let office = Office::open(bench).await;
    let (group, id) = (office.group("Billing").await, office.import("201").await);
    let checked_in = Kind::AgentCheckedIn { skill_group_ids: vec![group] };
    bench.center.record(&office.instance, &[Activity::at(1, checked_in).of_agent("201")]).await.expect("recorded");
    let params = office.params(&[("UserId.1", &id), ("UserId.2", &id)]);
    let answer = bench.call(&root(ACCOUNT), "RemoveUsers", &params).await.expect("removed");
    assert_eq!(answer.references, [("ACS::CCC::User", id.clone())]);
    assert_eq!(bench.count("ccc_activity WHERE kind = 'agent_checked_out' AND agent_id = '201'").await, 1);
    assert_eq!(
        bench.refusal(&ram_user(ACCOUNT, "201"), "ListConfig", &office.params(&[])).await,
        refused("NoPermission.User", 403)
    );
    assert_eq!(office.refusal("RemoveUsers", &[("UserId.1", &id)]).await, refused("NotExist.User", 404));
}

async fn extensions_are_never_given_twice(bench: &Bench) {
    let office = Office::open(bench).await;
    let id = office.import("201").await;
    let first = bench.extension(&id).await;
    office.body("RemoveUsers", &[("UserId.1", &id)]).await;
    let again = office.import("201").await;
    assert_ne!(id, again);
    assert!(bench.extension(&again).await > first);
}

async fn each_operation_needs_its_role(bench: &Bench) {
    let office = Office::open(bench).await;
    bench.add_user(&office.instance, "202", Role::Agent).await;
    bench.add_user(&office.instance, "203", Role::Manager).await;
    for (operation, allowed) in [
        ("AssignUsers", Role::Admin),
        ("CreateUser", Role::Admin),
        ("ModifyUser", Role::Admin),
        ("ModifySkillGroupOfUser", Role::Admin),
        ("RemoveUsers", Role::Admin),
        ("ListRoles", Role::Admin),
        ("ListUsers", Role::Manager),
        ("FindUsers", Role::Manager),
        ("ListUsersOfSkillGroup", Role::Manager),
        ("GetUser", Role::Manager),
        ("GetUserByExtension", Role::Agent),
    ] {
        let params = office.params(&[
            ("UserId", "x"),
            ("UserId.1", "x"),
            ("UserRamId.1", "999"),
            ("RoleId.1", "x"),
            ("PageNumber", "1"),
            ("PageSize", "1"),
            ("Criteria", "x"),
            ("SkillGroupId", "x"),
            ("Extension", "1"),
            ("LoginName", "a"),
            ("DisplayName", "A"),
            ("Email", "a@b"),
            ("Phone", "123"),
        ]);
        for (caller, role) in [("202", Role::Agent), ("203", Role::Manager)] {
            let outcome = bench.call(&ram_user(ACCOUNT, caller), operation, &params).await;
            let is_refused = outcome.is_err_and(|error| error.code == "NoPermission.User");
            assert_eq!(is_refused, role < allowed, "{operation} by {caller}");
        }
        let stranger = bench.refusal(&role_session(OTHER_ACCOUNT), operation, &params).await;
        assert_eq!(stranger, refused("NotExist.Instance", 404), "{operation}");
    }
}
