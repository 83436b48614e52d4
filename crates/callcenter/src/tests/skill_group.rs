use serde_json::{Map, Value, json};

use super::bench::{ACCOUNT, Bench, losers, refused, root, text};
use super::on_both_databases;
use crate::Role;

on_both_databases!(
    a_new_skill_group_is_listed_whole,
    filters_must_both_match,
    unfit_parameters_are_refused,
    a_refused_skill_group_leaves_nothing,
    of_two_concurrent_creators_one_wins,
    an_instance_holds_a_hundred,
    concurrent_creators_cannot_exceed_the_limit,
);

async fn list(bench: &Bench, instance: &str, filters: &[(&str, &str)]) -> Vec<Value> {
    let mut params = vec![("InstanceId", instance)];
    params.extend_from_slice(filters);
    let body = bench.body(&root(ACCOUNT), "ListSkillGroups", &params).await;
    body["SkillGroups"]["SkillGroup"].as_array().expect("a list").clone()
}

async fn numbers(bench: &Bench, instance: &str) -> Vec<Value> {
    let body: Map<String, Value> = bench.body(&root(ACCOUNT), "GetInstance", &[("InstanceId", instance)]).await;
    body["Instance"]["PhoneNumbers"]["PhoneNumber"].as_array().expect("a list").clone()
}

async fn a_new_skill_group_is_listed_whole(bench: &Bench) {
    let more = [("PhoneNumbers.1", "02112345678"), ("PhoneNumbers.2", "4001234567")];
    let instance = bench.instance("sales", &more).await;
    let (mei, lei) =
        (bench.add_user(&instance, "201", Role::Agent).await, bench.add_user(&instance, "202", Role::Agent).await);
    let numbers = numbers(bench, &instance).await;
    let (city, toll_free) = (text(&numbers[0], "PhoneNumberId"), text(&numbers[1], "PhoneNumberId"));
    let params = [
        ("InstanceId", instance.as_str()),
        ("Name", "Billing"),
        ("Description", "账单"),
        ("RoutingStrategy", "acquaintance"),
        ("AllowPrivateOutboundNumber", "True"),
        ("UserId.1", &mei),
        ("SkillLevel.1", "1"),
        ("UserId.2", &lei),
        ("SkillLevel.2", "10"),
        ("OutboundPhoneNumberId.1", &toll_free),
        ("OutboundPhoneNumberId.2", &city),
        ("OutboundPhoneNumberId.3", &city),
    ];
    let answer = bench.call(&root(ACCOUNT), "CreateSkillGroup", &params).await.expect("created");
    let id = answer.body["SkillGroupId"].as_str().expect("an id").to_owned();
    assert_eq!(answer.references, [("ACS::CCC::SkillGroup", id.clone())]);

    let groups = list(bench, &instance, &[]).await;
    let default = text(&groups[0], "SkillGroupId");
    let expected = json!([{
        "AccQueueName": format!("{default}@sales"), "AccSkillGroupName": default, "InstanceId": instance,
        "RoutingStrategy": "default", "SkillGroupDescription": "", "SkillGroupId": default,
        "SkillGroupName": "Default", "UserCount": 0, "OutboundPhoneNumbers": {"PhoneNumber": []},
    }, {
        "AccQueueName": format!("{id}@sales"), "AccSkillGroupName": id, "InstanceId": instance,
        "RoutingStrategy": "acquaintance", "SkillGroupDescription": "账单", "SkillGroupId": id,
        "SkillGroupName": "Billing", "UserCount": 2, "OutboundPhoneNumbers": {"PhoneNumber": [numbers[0]]},
    }]);
    assert_eq!(Value::Array(groups), expected);
}

async fn filters_must_both_match(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let mut ids = Vec::new();
    for name in ["Billing", "Repairs"] {
        let params = [("InstanceId", instance.as_str()), ("Name", name)];
        let body = bench.body(&root(ACCOUNT), "CreateSkillGroup", &params).await;
        ids.push(body["SkillGroupId"].as_str().expect("an id").to_owned());
    }
    for (filters, expected) in [
        (vec![], vec!["Default", "Billing", "Repairs"]),
        (vec![("SkillGroupName.1", "Repairs"), ("SkillGroupName.2", "Billing")], vec!["Billing", "Repairs"]),
        (vec![("SkillGroupId.1", ids[1].as_str())], vec!["Repairs"]),
        (vec![("SkillGroupId.1", ids[1].as_str()), ("SkillGroupName.1", "Repairs")], vec!["Repairs"]),
        (vec![("SkillGroupId.1", ids[1].as_str()), ("SkillGroupName.1", "Billing")], vec![]),
        (vec![("SkillGroupName.1", "billing")], vec![]),
        (vec![("SkillGroupId.1", "unknown"), ("SkillGroupId.2", ids[0].as_str())], vec!["Billing"]),
    ] {
        let found = list(bench, &instance, &filters).await;
        let names: Vec<String> = found.iter().map(|group| text(group, "SkillGroupName")).collect();
        assert_eq!(names, expected, "{filters:?}");
    }
}

async fn unfit_parameters_are_refused(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let user = bench.add_user(&instance, "201", Role::Agent).await;
    let elsewhere = bench.instance("other", &[("PhoneNumber", "02112345678")]).await;
    let stranger = bench.add_user(&elsewhere, "201", Role::Agent).await;
    let foreign_number = text(&numbers(bench, &elsewhere).await[0], "PhoneNumberId");
    let (wide, long) = ("组".repeat(17), "描".repeat(129));
    let (invalid, no_user) = (refused("Parameter.Invalid", 400), refused("NotExist.User", 404));
    let no_number = refused("NotExist.PhoneNumber", 404);
    for (more, expected) in [
        (vec![("Name", "")], refused("MissingName", 400)),
        (vec![("Name", &wide)], refused("Parameter.Maximum", 400)),
        (vec![("Name", " ")], refused("Parameter.Format", 400)),
        (vec![("Name", "Default")], refused("Exists.SkillGroupName", 409)),
        (vec![("Description", &long)], refused("Parameter.Maximum", 400)),
        (vec![("RoutingStrategy", "nearest")], refused("Parameter.Enumeration", 400)),
        (vec![("UserId.1", &user)], invalid.clone()),
        (vec![("SkillLevel.1", "5")], invalid.clone()),
        (vec![("UserId.1", &user), ("SkillLevel.1", "0")], invalid.clone()),
        (vec![("UserId.1", &user), ("SkillLevel.1", "11")], invalid.clone()),
        (vec![("UserId.1", &user), ("UserId.2", &user), ("SkillLevel.1", "1"), ("SkillLevel.2", "2")], invalid),
        (vec![("UserId.1", &user), ("SkillLevel.1", "five")], refused("Parameter.Format", 400)),
        (vec![("UserId.1", "201"), ("SkillLevel.1", "5")], no_user.clone()),
        (vec![("UserId.1", &stranger), ("SkillLevel.1", "5")], no_user),
        (vec![("OutboundPhoneNumberId.1", "02112345678")], no_number.clone()),
        (vec![("OutboundPhoneNumberId.1", &foreign_number)], no_number),
    ] {
        let mut params: Vec<(&str, &str)> = vec![("InstanceId", &instance), ("Name", "Billing")];
        params.extend(more.iter().map(|(name, value): &(&str, &str)| (*name, *value)));
        assert_eq!(bench.refusal(&root(ACCOUNT), "CreateSkillGroup", &params).await, expected, "{more:?}");
    }
    assert_eq!(list(bench, &instance, &[]).await.len(), 1);
}

async fn a_refused_skill_group_leaves_nothing(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let user = bench.add_user(&instance, "201", Role::Agent).await;
    let good = [("InstanceId", instance.as_str()), ("Name", "Billing"), ("UserId.1", &user), ("SkillLevel.1", "5")];
    let mut bad = good.to_vec();
    bad.push(("OutboundPhoneNumberId.1", "unknown"));
    assert_eq!(bench.refusal(&root(ACCOUNT), "CreateSkillGroup", &bad).await, refused("NotExist.PhoneNumber", 404));
    assert_eq!((bench.count("ccc_skill_groups").await, bench.count("ccc_skill_levels").await), (1, 0));
    bench.body(&root(ACCOUNT), "CreateSkillGroup", &good).await;
    assert_eq!((bench.count("ccc_skill_groups").await, bench.count("ccc_skill_levels").await), (2, 1));
}

async fn of_two_concurrent_creators_one_wins(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    for round in 0..10 {
        let name = format!("Race {round}");
        let params = [("InstanceId", instance.as_str()), ("Name", &name)];
        let tasks = [1, 2].map(|_| bench.start(&root(ACCOUNT), "CreateSkillGroup", &params));
        assert_eq!(losers(tasks.into()).await, ["Exists.SkillGroupName"]);
    }
    assert_eq!(list(bench, &instance, &[]).await.len(), 11);
}

async fn fill(bench: &Bench, instance: &str, count: usize) {
    for number in 0..count {
        let name = format!("Group {number}");
        bench.body(&root(ACCOUNT), "CreateSkillGroup", &[("InstanceId", instance), ("Name", &name)]).await;
    }
}

async fn an_instance_holds_a_hundred(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    fill(bench, &instance, 99).await;
    let params = [("InstanceId", instance.as_str()), ("Name", "One too many")];
    let refusal = bench.refusal(&root(ACCOUNT), "CreateSkillGroup", &params).await;
    assert_eq!(refusal, refused("LimitExceeded.SkillGroup", 400));
    assert_eq!(list(bench, &instance, &[]).await.len(), 100);
    let other = bench.instance("other", &[]).await;
    fill(bench, &other, 1).await;
}

async fn concurrent_creators_cannot_exceed_the_limit(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    fill(bench, &instance, 98).await;
    for round in 0..20 {
        let tasks = ["race 1", "race 2", "race 3", "race 4"]
            .map(|name| bench.start(&root(ACCOUNT), "CreateSkillGroup", &[("InstanceId", &instance), ("Name", name)]));
        assert_eq!(losers(tasks.into()).await, ["LimitExceeded.SkillGroup"; 3], "round {round}");
        assert_eq!(bench.count("ccc_skill_groups").await, 100);
        bench.execute("DELETE FROM ccc_skill_groups WHERE name LIKE 'race %'").await;
    }
}
