use serde_json::{Value, json};

use super::bench::{
    ACCOUNT, Bench, OTHER_ACCOUNT, instance_params, losers, ram_user, refused, role_session, root, text,
};
use super::on_both_databases;
use crate::{CONFIG_ITEMS, Role};

on_both_databases!(
    a_new_instance_is_whole,
    the_first_administrator_is_the_caller,
    names_are_unique_where_they_must_be,
    of_two_concurrent_creators_one_gets_the_domain,
    unfit_parameters_are_refused,
    numbers_that_are_bound_elsewhere_are_listed,
    first_users_are_made_or_listed_as_failed,
    a_failed_creation_leaves_nothing,
    callers_see_their_instances,
);

async fn a_new_instance_is_whole(bench: &Bench) {
    let more = [
        ("Description", "售后"),
        ("DirectoryId", "dir-1"),
        ("AdminRamId.1", "202"),
        ("AdminRamId.2", "201"),
        ("AdminRamId.3", "202"),
        ("PhoneNumber", "400-123-4567"),
        ("PhoneNumbers.1", "057126883072"),
    ];
    let params = instance_params("After sales", "after-Sales", &more);
    let answer = bench.call(&root(ACCOUNT), "CreateInstance", &params).await.expect("created");
    let mut created = answer.body["Instance"].clone();
    let id = text(&created, "InstanceId");
    assert_eq!(answer.resource_name.as_deref(), Some(id.as_str()));

    let lists = created.as_object_mut().expect("an object");
    assert_eq!(
        lists.remove("SuccessPhoneNumbers"),
        Some(json!({"SuccessPhoneNumber": ["400-123-4567", "057126883072"]}))
    );
    assert_eq!(lists.remove("FailPhoneNumbers"), Some(json!({"FailPhoneNumber": []})));
    assert_eq!(lists.remove("SuccessLoginNames"), Some(json!({"SuccessLoginName": []})));
    assert_eq!(lists.remove("FailLoginNames"), Some(json!({"FailLoginName": []})));

    let got = bench.body(&root(ACCOUNT), "GetInstance", &[("InstanceId", &id)]).await["Instance"].clone();
    assert_eq!(got, created);
    let user = |index: usize, ram_id: &str| {
        json!({
            "InstanceId": id, "RamId": ram_id, "UserId": got["Admin"]["User"][index]["UserId"],
            "Detail": {
                "Department": "", "DisplayName": format!("用户 {ram_id}"), "Email": format!("user{ram_id}@example.com"),
                "LoginName": format!("user{ram_id}"), "Phone": "13800000000",
            },
        })
    };
    let number = |index: usize, number: &str, allowed: bool, usage: &str| {
        json!({
            "AllowOutbound": allowed, "InstanceId": id, "Number": number, "PhoneNumberDescription": "",
            "PhoneNumberId": got["PhoneNumbers"]["PhoneNumber"][index]["PhoneNumberId"], "RemainingTime": 0,
            "TestOnly": false, "Trunks": 10, "Usage": usage,
        })
    };
    let expected = json!({
        "InstanceId": id, "InstanceName": "After sales", "InstanceDescription": "售后", "DomainName": "after-Sales",
        "ConsoleUrl": "ccc.aliyun.com/workbench/after-Sales", "Status": "Running", "Owner": ACCOUNT,
        "DirectoryId": "dir-1", "TenantId": format!("acc{ACCOUNT}"), "CreatedTime": 1_700_000_000_000_i64,
        "MaxOnlineAgents": 100, "StorageBucket": format!("ccc-{id}"), "StorageMaxDays": 90, "StorageMaxSize": 50,
        "Admin": {"User": [user(0, "202"), user(1, "201")]},
        "PhoneNumbers": {"PhoneNumber": [
            number(0, "057126883072", true, "Bidirection"), number(1, "4001234567", false, "Inbound"),
        ]},
    });
    assert_eq!(got, expected);
    for unique in [&got["Admin"]["User"][0]["UserId"], &got["PhoneNumbers"]["PhoneNumber"][0]["PhoneNumberId"]] {
        assert_eq!(unique.as_str().map(str::len), Some(36));
    }

    let groups = bench.body(&root(ACCOUNT), "ListSkillGroups", &[("InstanceId", &id)]).await;
    assert_eq!(groups["SkillGroups"]["SkillGroup"].as_array().map(Vec::len), Some(1));
    let config = bench.body(&root(ACCOUNT), "ListConfig", &[("InstanceId", &id)]).await;
    assert_eq!(config["ConfigItems"]["ConfigItem"].as_array().map(Vec::len), Some(CONFIG_ITEMS.len()));
    assert_eq!(bench.count("ccc_roles").await, 3);
}

async fn the_first_administrator_is_the_caller(bench: &Bench) {
    for (caller, domain, expected) in [
        (ram_user(ACCOUNT, "203"), "user", "203"),
        (root(ACCOUNT), "root", ACCOUNT),
        (role_session(ACCOUNT), "session", ACCOUNT),
    ] {
        let body = bench.body(&caller, "CreateInstance", &instance_params(domain, domain, &[])).await;
        let users = body["Instance"]["Admin"]["User"].as_array().expect("a list").clone();
        assert_eq!(users.iter().map(|user| text(user, "RamId")).collect::<Vec<_>>(), [expected]);
    }
}

async fn names_are_unique_where_they_must_be(bench: &Bench) {
    bench.instance("sales", &[]).await;
    let create = |account, name, domain| async move {
        bench
            .call(&root(account), "CreateInstance", &instance_params(name, domain, &[]))
            .await
            .map_err(|error| error.code)
    };
    assert_eq!(create(ACCOUNT, "sales", "other").await.expect_err("taken"), "Exists.InstanceName");
    assert_eq!(create(ACCOUNT, "other", "SALES").await.expect_err("taken"), "Exists.DomainName");
    assert_eq!(create(OTHER_ACCOUNT, "other", "sales").await.expect_err("taken"), "Exists.DomainName");
    create(OTHER_ACCOUNT, "sales", "other").await.expect("a name is the account's own");
    let params = instance_params("sales", "third", &[]);
    assert_eq!(bench.refusal(&root(ACCOUNT), "CreateInstance", &params).await, refused("Exists.InstanceName", 409));
}

async fn of_two_concurrent_creators_one_gets_the_domain(bench: &Bench) {
    let params = instance_params("race", "race", &[]);
    let tasks = [ACCOUNT, OTHER_ACCOUNT].map(|account| bench.start(&root(account), "CreateInstance", &params));
    assert_eq!(losers(tasks.into()).await, ["Exists.DomainName"]);
    assert_eq!(bench.count("ccc_instances").await, 1);
}

async fn unfit_parameters_are_refused(bench: &Bench) {
    let wide = "组".repeat(33);
    let long = "a".repeat(257);
    for (name, value, code) in [
        ("Name", "", "MissingName"),
        ("DomainName", "", "MissingDomainName"),
        ("StorageMaxDays", "", "MissingStorageMaxDays"),
        ("StorageMaxSize", "", "MissingStorageMaxSize"),
        ("Name", " ", "Parameter.Format"),
        ("Name", &wide, "Parameter.Maximum"),
        ("Description", &long, "Parameter.Maximum"),
        ("DomainName", "no.dots", "Parameter.Format"),
        ("DomainName", "no_lines", "Parameter.Format"),
    ] {
        let params = instance_params("sales", "sales", &[(name, value)]);
        let refusal = bench.refusal(&root(ACCOUNT), "CreateInstance", &params).await;
        assert_eq!(refusal, refused(code, 400), "{name}={value}");
    }
    assert_eq!(bench.count("ccc_instances").await, 0);
}

async fn numbers_that_are_bound_elsewhere_are_listed(bench: &Bench) {
    bench.instance("first", &[("PhoneNumbers.1", "057126883072")]).await;
    let more = [
        ("PhoneNumber", "0571-26883072"),
        ("PhoneNumbers.1", "02112345678"),
        ("PhoneNumbers.2", "no number"),
        ("PhoneNumbers.3", "021-12345678"),
        ("PhoneNumbers.4", "02112345678"),
    ];
    let body = bench.body(&root(OTHER_ACCOUNT), "CreateInstance", &instance_params("second", "second", &more)).await;
    let instance = &body["Instance"];
    assert_eq!(instance["SuccessPhoneNumbers"]["SuccessPhoneNumber"], json!(["02112345678"]));
    assert_eq!(instance["FailPhoneNumbers"]["FailPhoneNumber"], json!(["0571-26883072", "no number", "021-12345678"]));
    assert_eq!(instance["PhoneNumbers"]["PhoneNumber"].as_array().map(Vec::len), Some(1));
}

async fn first_users_are_made_or_listed_as_failed(bench: &Bench) {
    let more = [
        ("UserObject.1", r#"{"loginName":"mei"}"#),
        ("UserObject.2", r#"{"LoginName":"lei"}"#),
        ("UserObject.3", r#"{"LoginName":"mei"}"#),
        ("UserObject.4", r#"{"LoginName":"Lei"}"#),
    ];
    let body = bench.body(&root(ACCOUNT), "CreateInstance", &instance_params("sales", "sales", &more)).await;
    assert_eq!(body["Instance"]["SuccessLoginNames"]["SuccessLoginName"], json!(["mei", "lei"]));
    assert_eq!(body["Instance"]["FailLoginNames"]["FailLoginName"], json!(["mei", "Lei"]));
    assert_eq!(bench.directory.made_names(), ["mei", "lei"]);
    for bad in ["[]", "{", r#"{"Name":"mei"}"#] {
        let params = instance_params("other", "other", &[("UserObject.1", bad)]);
        assert_eq!(bench.refusal(&root(ACCOUNT), "CreateInstance", &params).await, refused("Parameter.Format", 400));
    }
}

async fn a_failed_creation_leaves_nothing(bench: &Bench) {
    let params = instance_params("sales", "sales", &[("AdminRamId.1", "201"), ("AdminRamId.2", "999")]);
    assert_eq!(bench.refusal(&root(ACCOUNT), "CreateInstance", &params).await, refused("NotExist.User", 404));
    for table in ["ccc_instances", "ccc_users", "ccc_roles", "ccc_skill_groups", "ccc_config_items"] {
        assert_eq!(bench.count(table).await, 0, "{table}");
    }
    bench.instance("sales", &[]).await;
}

async fn callers_see_their_instances(bench: &Bench) {
    let first = bench.instance("first", &[("AdminRamId.1", "201"), ("PhoneNumber", "02112345678")]).await;
    let second = bench.instance("second", &[("AdminRamId.1", "202")]).await;
    bench.add_user(&second, "203", Role::Agent).await;
    for (caller, expected) in [
        (root(ACCOUNT), vec![first.clone(), second.clone()]),
        (role_session(ACCOUNT), vec![first.clone(), second.clone()]),
        (ram_user(ACCOUNT, "201"), vec![first.clone()]),
        (ram_user(ACCOUNT, "203"), vec![second.clone()]),
        (ram_user(ACCOUNT, "204"), vec![]),
        (root(OTHER_ACCOUNT), vec![]),
        (ram_user(OTHER_ACCOUNT, "201"), vec![]),
    ] {
        let body = bench.body(&caller, "ListInstancesOfUser", &[]).await;
        let listed: Vec<Value> = body["Instances"]["CallCenterInstance"].as_array().expect("a list").clone();
        assert_eq!(listed.iter().map(|instance| text(instance, "InstanceId")).collect::<Vec<_>>(), expected);
        for instance in listed {
            let id = text(&instance, "InstanceId");
            assert_eq!(bench.body(&caller, "GetInstance", &[("InstanceId", &id)]).await["Instance"], instance);
        }
    }
}

#[tokio::test]
async fn a_restart_finds_everything_again() {
    let mut bench = Bench::on_sqlite().await;
    survives_a_restart(&mut bench).await;
}

#[tokio::test]
async fn a_restart_finds_everything_again_on_postgres() {
    if let Some(mut bench) = Bench::on_postgres("a_restart_finds_everything_again").await {
        survives_a_restart(&mut bench).await;
        bench.drop_schema().await;
    }
}

async fn survives_a_restart(bench: &mut Bench) {
    let id = bench.instance("sales", &[("AdminRamId.1", "201"), ("PhoneNumber", "02112345678")]).await;
    bench.center.set_config(&id, "AllowHangup", "0").await.expect("set");
    let group = [("InstanceId", id.as_str()), ("Name", "Billing")];
    bench.body(&ram_user(ACCOUNT, "201"), "CreateSkillGroup", &group).await;
    let params = [("InstanceId", id.as_str())];
    let operations = ["GetInstance", "ListConfig", "ListSkillGroups", "ListInstancesOfUser"];
    let mut before = Vec::new();
    for operation in operations {
        before.push(bench.body(&ram_user(ACCOUNT, "201"), operation, &params).await);
    }
    bench.restart().await;
    for (operation, before) in operations.into_iter().zip(before) {
        assert_eq!(bench.body(&ram_user(ACCOUNT, "201"), operation, &params).await, before, "{operation}");
    }
    let refusal = bench.refusal(&root(ACCOUNT), "CreateSkillGroup", &group).await;
    assert_eq!(refusal, refused("Exists.SkillGroupName", 409));
}
