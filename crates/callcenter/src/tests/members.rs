use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, OTHER_ACCOUNT, ram_user, refused, role_session, root, text};
use super::office::Office;
use super::on_both_databases;
use crate::Role;
use crate::activity::{Activity, Kind, QueueOutcome};

on_both_databases!(
    groups_of_a_user_have_levels_and_regions,
    transferable_groups_are_a_bare_array,
    a_modified_group_is_replaced,
    basics_leave_members_and_numbers,
    numbers_are_added_removed_reset,
    members_are_taken_out,
    names_stay_unique,
    unfit_changes_are_refused,
    a_deleted_group_is_gone,
    a_group_in_use_stays,
    each_operation_needs_its_role,
);

/// An office with the numbers 021…, 0571… and 400…; their ids.
async fn office_with_numbers(bench: &Bench) -> (Office<'_>, [String; 3]) {
    let more =
        [("PhoneNumbers.1", "02112345678"), ("PhoneNumbers.2", "057112345678"), ("PhoneNumbers.3", "4001234567")];
    let office = Office { bench, instance: bench.instance("sales", &more).await };
    let listed = office.body("GetInstance", &[]).await["Instance"]["PhoneNumbers"]["PhoneNumber"].clone();
    let ids = [0, 1, 2].map(|place| text(&listed[place], "PhoneNumberId"));
    (office, ids)
}

async fn group(office: &Office<'_>, id: &str) -> Value {
    office.body("ListSkillGroups", &[("SkillGroupId.1", id)]).await["SkillGroups"]["SkillGroup"][0].clone()
}

fn numbers(group: &Value) -> Vec<String> {
    let listed = group["OutboundPhoneNumbers"]["PhoneNumber"].as_array().expect("a list");
    listed.iter().map(|number| text(number, "PhoneNumberId")).collect()
}

async fn members(office: &Office<'_>, id: &str) -> Vec<(String, i64, String)> {
    let page = [("SkillGroupId", id), ("PageNumber", "1"), ("PageSize", "1000")];
    let users = office.body("ListUsersOfSkillGroup", &page).await["Users"]["List"]["User"].clone();
    let users = users.as_array().expect("a list").clone();
    let level = |user: &Value| {
        let levels = user["SkillLevels"]["SkillLevel"].as_array().expect("a list").clone();
        let level = levels.into_iter().find(|level| level["Skill"]["SkillGroupId"] == id).expect("a level");
        (level["Level"].as_i64().expect("a number"), text(&level, "SkillLevelId"))
    };
    users.iter().map(|user| (text(user, "UserId"), level(user).0, level(user).1)).collect()
}

async fn groups_of_a_user_have_levels_and_regions(bench: &Bench) {
    let (office, [shanghai, hangzhou, _]) = office_with_numbers(bench).await;
    let id = office.import("201").await;
    let more = [
        ("Name", "Billing"),
        ("Description", "账单"),
        ("UserId.1", id.as_str()),
        ("SkillLevel.1", "4"),
        ("OutboundPhoneNumberId.1", &shanghai),
        ("OutboundPhoneNumberId.2", &hangzhou),
    ];
    let billing = text(&office.body("CreateSkillGroup", &more).await, "SkillGroupId");
    let view = office.body("ListSkillGroupsOfUser", &[("UserId", &id)]).await["SkillLevels"]["SkillLevel"].clone();
    let levels = view.as_array().expect("a list");
    assert_eq!((levels.len(), &levels[0]["Level"]), (1, &json!(4)));
    let skill = levels[0]["Skill"].clone();
    let mut listed = group(&office, &billing).await["OutboundPhoneNumbers"]["PhoneNumber"].clone();
    for (place, (province, city)) in [("上海", "上海"), ("浙江", "杭州")].into_iter().enumerate() {
        listed[place]["Province"] = province.into();
        listed[place]["City"] = city.into();
    }
    let expected = json!({
        "InstanceId": office.instance, "RoutingStrategy": "default", "SkillGroupDescription": "账单",
        "SkillGroupId": billing, "SkillGroupName": "Billing", "OutboundPhoneNumbers": {"PhoneNumber": listed},
    });
    assert_eq!(skill, expected);

    assert_eq!(office.refusal("ListSkillGroupsOfUser", &[("UserId", "201")]).await, refused("NotExist.User", 404));
    let elsewhere = Office { bench, instance: bench.instance("other", &[]).await };
    assert_eq!(elsewhere.refusal("ListSkillGroupsOfUser", &[("UserId", &id)]).await, refused("NotExist.User", 404));
}

async fn transferable_groups_are_a_bare_array(bench: &Bench) {
    let (office, _) = office_with_numbers(bench).await;
    let more = [("Name", "Billing"), ("AllowPrivateOutboundNumber", "true"), ("RoutingStrategy", "acquaintance")];
    let id = text(&office.body("CreateSkillGroup", &more).await, "SkillGroupId");
    let groups = office.body("ListTransferableSkillGroups", &[]).await["SkillGroups"].clone();
    assert_eq!(groups.as_array().map(Vec::len), Some(2));
    let expected = json!({
        "AccQueueName": format!("{id}@sales"), "AccSkillGroupName": id, "AllowPrivateOutboundNumber": true,
        "InstanceId": office.instance, "RoutingStrategy": "acquaintance", "SkillGroupDescription": "",
        "SkillGroupId": id, "SkillGroupName": "Billing", "UserCount": 0,
    });
    assert_eq!(groups[1], expected);
    assert_eq!(groups[0]["AllowPrivateOutboundNumber"], false);
}

async fn a_modified_group_is_replaced(bench: &Bench) {
    let (office, [shanghai, hangzhou, toll_free]) = office_with_numbers(bench).await;
    let (mei, lei) = (office.import("201").await, office.import("202").await);
    let more = [
        ("Name", "Billing"),
        ("Description", "old"),
        ("RoutingStrategy", "acquaintance"),
        ("AllowPrivateOutboundNumber", "true"),
        ("UserId.1", mei.as_str()),
        ("SkillLevel.1", "4"),
        ("OutboundPhoneNumberId.1", &shanghai),
    ];
    let id = text(&office.body("CreateSkillGroup", &more).await, "SkillGroupId");
    let level_id = members(&office, &id).await[0].2.clone();
    let more = [
        ("SkillGroupId", id.as_str()),
        ("Name", "Invoices"),
        ("UserId.1", &mei),
        ("SkillLevel.1", "6"),
        ("UserId.2", &lei),
        ("SkillLevel.2", "7"),
        ("OutboundPhoneNumberId.1", &toll_free),
        ("OutboundPhoneNumberId.2", &hangzhou),
    ];
    let answer = bench.call(&root(ACCOUNT), "ModifySkillGroup", &office.params(&more)).await.expect("modified");
    assert_eq!(answer.references, [("ACS::CCC::SkillGroup", id.clone())]);
    let changed = group(&office, &id).await;
    assert_eq!(
        (text(&changed, "SkillGroupName"), text(&changed, "SkillGroupDescription")),
        ("Invoices".to_owned(), String::new())
    );
    assert_eq!((text(&changed, "RoutingStrategy"), numbers(&changed)), ("acquaintance".to_owned(), vec![hangzhou]));
    let found = members(&office, &id).await;
    assert_eq!(found[0], (mei, 6, level_id), "the membership stayed");
    assert_eq!((found[1].0.as_str(), found[1].1), (lei.as_str(), 7));
    let more = [
        ("SkillGroupId", id.as_str()),
        ("Name", "Invoices"),
        ("RoutingStrategy", "default"),
        ("AllowPrivateOutboundNumber", "false"),
    ];
    office.body("ModifySkillGroup", &more).await;
    let bare = office.body("ListTransferableSkillGroups", &[]).await["SkillGroups"][1].clone();
    assert_eq!(
        (text(&bare, "RoutingStrategy"), &bare["AllowPrivateOutboundNumber"], &bare["UserCount"]),
        ("default".to_owned(), &json!(false), &json!(0))
    );
    assert_eq!(numbers(&group(&office, &id).await), [""; 0]);
}

async fn basics_leave_members_and_numbers(bench: &Bench) {
    let (office, [shanghai, ..]) = office_with_numbers(bench).await;
    let mei = office.import("201").await;
    let more = [
        ("Name", "Billing"),
        ("UserId.1", mei.as_str()),
        ("SkillLevel.1", "4"),
        ("OutboundPhoneNumberId.1", &shanghai),
    ];
    let id = text(&office.body("CreateSkillGroup", &more).await, "SkillGroupId");
    let more = [
        ("SkillGroupId", id.as_str()),
        ("Name", "Billing"),
        ("Description", "账单"),
        ("RoutingStrategy", "acquaintance"),
    ];
    office.body("ModifySkillGroupBasicInfo", &more).await;
    let changed = group(&office, &id).await;
    assert_eq!(
        (text(&changed, "SkillGroupDescription"), text(&changed, "RoutingStrategy")),
        ("账单".to_owned(), "acquaintance".to_owned())
    );
    assert_eq!((numbers(&changed), &changed["UserCount"]), (vec![shanghai], &json!(1)));
}

async fn numbers_are_added_removed_reset(bench: &Bench) {
    let (office, [shanghai, hangzhou, toll_free]) = office_with_numbers(bench).await;
    let id = office.group("Billing").await;
    let (both, none) = (vec![shanghai.clone(), hangzhou.clone()], Vec::<String>::new());
    for (operation_type, given, expected) in [
        ("1", vec![&shanghai], vec![shanghai.clone()]),
        ("1", vec![&shanghai, &hangzhou, &toll_free], both),
        ("2", vec![&shanghai, &toll_free], vec![hangzhou.clone()]),
        ("2", vec![&shanghai], vec![hangzhou.clone()]),
        ("3", vec![&shanghai], vec![shanghai.clone()]),
        ("3", vec![&toll_free], none),
    ] {
        let names: Vec<String> = (1..=given.len()).map(|number| format!("OutboundPhoneNumberId.{number}")).collect();
        let mut more = vec![("SkillGroupId", id.as_str()), ("OperationType", operation_type)];
        more.extend(names.iter().zip(&given).map(|(name, id)| (name.as_str(), id.as_str())));
        office.body("ModifySkillGroupOutboundNumbers", &more).await;
        assert_eq!(numbers(&group(&office, &id).await), expected, "{operation_type} {given:?}");
    }
    for (more, expected) in [
        (vec![("OperationType", "0")], refused("Parameter.Enumeration", 400)),
        (vec![("OperationType", "4")], refused("Parameter.Enumeration", 400)),
        (vec![("SkillGroupId", "x")], refused("NotExist.SkillGroup", 404)),
        (vec![("OutboundPhoneNumberId.1", "x")], refused("NotExist.PhoneNumber", 404)),
    ] {
        let mut params =
            vec![("SkillGroupId", id.as_str()), ("OperationType", "3"), ("OutboundPhoneNumberId.1", &shanghai)];
        params.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        params.extend(more.iter().copied());
        assert_eq!(office.refusal("ModifySkillGroupOutboundNumbers", &params).await, expected, "{more:?}");
    }
    assert_eq!(numbers(&group(&office, &id).await), [""; 0], "refusals changed nothing");
}

async fn members_are_taken_out(bench: &Bench) {
    let (office, _) = office_with_numbers(bench).await;
    let (mei, lei, outsider) = (office.import("201").await, office.import("202").await, office.import("203").await);
    let more = [
        ("Name", "Billing"),
        ("UserId.1", mei.as_str()),
        ("SkillLevel.1", "4"),
        ("UserId.2", &lei),
        ("SkillLevel.2", "5"),
    ];
    let id = text(&office.body("CreateSkillGroup", &more).await, "SkillGroupId");
    for (more, expected) in [
        (vec![("SkillGroupId", "x"), ("UserId.1", mei.as_str())], refused("NotExist.SkillGroup", 404)),
        (vec![("SkillGroupId", id.as_str()), ("UserId.1", &mei), ("UserId.2", "201")], refused("NotExist.User", 404)),
    ] {
        assert_eq!(office.refusal("RemoveUsersFromSkillGroup", &more).await, expected);
    }
    assert_eq!(members(&office, &id).await.len(), 2);
    let params = office.params(&[("SkillGroupId", &id), ("UserId.1", &mei), ("UserId.2", &outsider)]);
    let answer = bench.call(&root(ACCOUNT), "RemoveUsersFromSkillGroup", &params).await.expect("removed");
    let references = [("ACS::CCC::SkillGroup", id.clone()), ("ACS::CCC::User", mei), ("ACS::CCC::User", outsider)];
    assert_eq!(answer.references, references);
    assert_eq!(members(&office, &id).await[0].0, lei);
    assert_eq!(office.users().await.len(), 4, "users stay in the instance");
}

async fn names_stay_unique(bench: &Bench) {
    let (office, _) = office_with_numbers(bench).await;
    let id = office.group("Billing").await;
    for operation in ["ModifySkillGroup", "ModifySkillGroupBasicInfo"] {
        let taken = office.refusal(operation, &[("SkillGroupId", &id), ("Name", "Default")]).await;
        assert_eq!(taken, refused("Exists.SkillGroupName", 409));
        office.body(operation, &[("SkillGroupId", &id), ("Name", "Billing")]).await;
    }
    let elsewhere = Office { bench, instance: bench.instance("other", &[]).await };
    let other = elsewhere.group("Free").await;
    elsewhere.body("ModifySkillGroup", &[("SkillGroupId", &other), ("Name", "Billing")]).await;
}

async fn unfit_changes_are_refused(bench: &Bench) {
    let (office, [shanghai, ..]) = office_with_numbers(bench).await;
    let (id, mei) = (office.group("Billing").await, office.import("201").await);
    let elsewhere = Office { bench, instance: bench.instance("other", &[]).await };
    let foreign = elsewhere.group("Billing").await;
    let stranger = elsewhere.import("201").await;
    let wide = "组".repeat(17);
    let before = group(&office, &id).await;
    for (more, expected) in [
        (vec![("SkillGroupId", foreign.as_str())], refused("NotExist.SkillGroup", 404)),
        (vec![("Name", wide.as_str())], refused("Parameter.Maximum", 400)),
        (vec![("Name", " ")], refused("Parameter.Format", 400)),
        (vec![("UserId.1", mei.as_str())], refused("Parameter.Invalid", 400)),
        (vec![("UserId.1", &mei), ("SkillLevel.1", "0")], refused("Parameter.Invalid", 400)),
        (vec![("UserId.1", &stranger), ("SkillLevel.1", "1")], refused("NotExist.User", 404)),
        (
            vec![("OutboundPhoneNumberId.1", &shanghai), ("OutboundPhoneNumberId.2", "x")],
            refused("NotExist.PhoneNumber", 404),
        ),
    ] {
        let mut params = vec![("SkillGroupId", id.as_str()), ("Name", "Other"), ("Description", "other")];
        params.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        params.extend(more.iter().copied());
        assert_eq!(office.refusal("ModifySkillGroup", &params).await, expected, "{more:?}");
    }
    assert_eq!(group(&office, &id).await, before);
}

async fn a_deleted_group_is_gone(bench: &Bench) {
    let (office, [shanghai, ..]) = office_with_numbers(bench).await;
    let mei = office.import("201").await;
    let more = [
        ("Name", "Billing"),
        ("UserId.1", mei.as_str()),
        ("SkillLevel.1", "4"),
        ("OutboundPhoneNumberId.1", &shanghai),
    ];
    let id = text(&office.body("CreateSkillGroup", &more).await, "SkillGroupId");
    let answer = bench
        .call(&root(ACCOUNT), "DeleteSkillGroup", &office.params(&[("SkillGroupId", &id)]))
        .await
        .expect("deleted");
    assert_eq!(answer.references, [("ACS::CCC::SkillGroup", id.clone())]);
    assert_eq!((bench.count("ccc_skill_levels").await, bench.count("ccc_skill_group_numbers").await), (0, 0));
    assert_eq!((office.users().await.len(), bench.count("ccc_phone_numbers").await), (2, 3));
    assert_eq!(office.refusal("DeleteSkillGroup", &[("SkillGroupId", &id)]).await, refused("NotExist.SkillGroup", 404));
    let default = text(&office.body("ListTransferableSkillGroups", &[]).await["SkillGroups"][0], "SkillGroupId");
    office.body("DeleteSkillGroup", &[("SkillGroupId", &default)]).await;
    assert_eq!(office.body("ListTransferableSkillGroups", &[]).await["SkillGroups"], json!([]));
}

async fn a_group_in_use_stays(bench: &Bench) {
    let (office, _) = office_with_numbers(bench).await;
    let (id, other) = (office.group("Billing").await, office.group("Other").await);
    office.import("201").await;
    let at_ms = 1_700_000_000_000;
    let record = async |activity| bench.center.record(&office.instance, &[activity]).await.expect("recorded");
    let delete =
        async |id: &str| bench.call(&root(ACCOUNT), "DeleteSkillGroup", &office.params(&[("SkillGroupId", id)])).await;
    let in_use = async || {
        delete(&id).await.is_err_and(|error| (error.code.as_ref(), error.http_status) == ("InUse.SkillGroup", 400))
    };

    let queued = |at_ms| {
        Activity::at(at_ms, Kind::Queued { skill_group_name: "Billing".to_owned() })
            .of_contact("1000000001")
            .in_group(id.as_str())
    };
    record(queued(at_ms)).await;
    assert!(in_use().await, "a call waits");
    record(
        Activity::at(at_ms, Kind::QueueLeft { outcome: QueueOutcome::Requeued })
            .of_contact("1000000001")
            .in_group(id.as_str()),
    )
    .await;
    record(queued(at_ms)).await;
    assert!(in_use().await, "the call waits again");
    record(
        Activity::at(at_ms, Kind::QueueLeft { outcome: QueueOutcome::Abandoned })
            .of_contact("1000000001")
            .in_group(id.as_str()),
    )
    .await;
    record(Activity::at(at_ms, Kind::AgentCheckedIn { skill_group_ids: vec![id.clone()] }).of_agent("201")).await;
    assert!(in_use().await, "an agent is checked in");
    delete(&other).await.expect("nobody is checked in to the other group");
    record(Activity::at(at_ms, Kind::AgentCheckedOut).of_agent("201")).await;
    delete(&id).await.expect("nobody needs it any more");
    assert_eq!(bench.count("ccc_activity WHERE skill_group_id IS NOT NULL").await, 4, "what happened stays");
}

async fn each_operation_needs_its_role(bench: &Bench) {
    let (office, _) = office_with_numbers(bench).await;
    bench.add_user(&office.instance, "202", Role::Agent).await;
    bench.add_user(&office.instance, "203", Role::Manager).await;
    let params = office.params(&[
        ("SkillGroupId", "x"),
        ("UserId", "x"),
        ("UserId.1", "x"),
        ("Name", "x"),
        ("OperationType", "1"),
        ("OutboundPhoneNumberId.1", "x"),
    ]);
    for (operation, allowed) in [
        ("ModifySkillGroup", Role::Admin),
        ("ModifySkillGroupBasicInfo", Role::Admin),
        ("ModifySkillGroupOutboundNumbers", Role::Admin),
        ("RemoveUsersFromSkillGroup", Role::Admin),
        ("DeleteSkillGroup", Role::Admin),
        ("ListSkillGroupsOfUser", Role::Agent),
        ("ListTransferableSkillGroups", Role::Agent),
    ] {
        for (caller, role) in [("202", Role::Agent), ("203", Role::Manager)] {
            let outcome = bench.call(&ram_user(ACCOUNT, caller), operation, &params).await;
            let is_refused = outcome.is_err_and(|error| error.code == "NoPermission.User");
            assert_eq!(is_refused, role < allowed, "{operation} by {caller}");
        }
        let stranger = bench.refusal(&role_session(OTHER_ACCOUNT), operation, &params).await;
        assert_eq!(stranger, refused("NotExist.Instance", 404), "{operation}");
    }
}
