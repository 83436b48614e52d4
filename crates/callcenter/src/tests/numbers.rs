//! Numbers from buying to giving up.

use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, OTHER_ACCOUNT, ram_user, refused, root, text};
use super::on_both_databases;
use crate::Role;

on_both_databases!(
    numbers_are_bought_listed_and_released,
    only_the_owner_binds_and_releases,
    a_bulk_call_sorts_the_numbers,
    a_bulk_call_with_bad_parameters_changes_nothing,
    one_number_is_added_or_refused,
    a_number_is_modified,
    a_removed_number_stays_owned,
    numbers_of_a_new_instance_are_owned,
    numbers_are_listed_with_everything,
    a_user_sees_the_numbers_of_his_groups,
    tags_come_and_go,
    roles_are_needed,
);

pub(super) async fn buy(bench: &Bench, numbers: &[&str]) {
    let names: Vec<String> = (1..=numbers.len()).map(|n| format!("PhoneNumber.{n}")).collect();
    let params: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(numbers.iter().copied()).collect();
    let body = bench.body(&root(ACCOUNT), "BuyPhoneNumbers", &params).await;
    assert_eq!(body["FailedPhoneNumbers"]["FailedPhoneNumber"], json!([]));
}

pub(super) async fn listed(bench: &Bench, instance: &str) -> Vec<Value> {
    let params = [("InstanceId", instance), ("OutboundOnly", "false")];
    let body = bench.body(&root(ACCOUNT), "ListPhoneNumbers", &params).await;
    body["PhoneNumbers"]["PhoneNumber"].as_array().expect("a list").clone()
}

async fn owned(bench: &Bench) -> Vec<Value> {
    let body = bench.body(&root(ACCOUNT), "ListOwnedPhoneNumbers", &[]).await;
    body["PhoneNumbers"]["List"]["PhoneNumber"].as_array().expect("a list").clone()
}

async fn flow_id(bench: &Bench, instance: &str, index: usize) -> String {
    let body = bench.body(&root(ACCOUNT), "ListContactFlows", &[("InstanceId", instance)]).await;
    text(&body["ContactFlows"]["ContactFlow"][index], "ContactFlowId")
}

async fn group(bench: &Bench, instance: &str, name: &str) -> String {
    let body = bench.body(&root(ACCOUNT), "CreateSkillGroup", &[("InstanceId", instance), ("Name", name)]).await;
    body["SkillGroupId"].as_str().expect("an id").to_owned()
}

async fn role(bench: &Bench, instance: &str, name: &str) -> String {
    let body = bench.body(&root(ACCOUNT), "ListRoles", &[("InstanceId", instance)]).await;
    let roles = body["Roles"]["Role"].as_array().expect("a list");
    text(roles.iter().find(|role| role["RoleName"] == name).expect("a role"), "RoleId")
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|value| value.as_str().expect("a text")).collect()
}

async fn numbers_are_bought_listed_and_released(bench: &Bench) {
    let params = [
        ("PhoneNumber.1", "0571-2688 3072"),
        ("PhoneNumber.2", "nobody"),
        ("PhoneNumber.3", "+8657126883072"),
        ("PhoneNumber.4", "021-12345678"),
    ];
    let answer = bench.call(&root(ACCOUNT), "BuyPhoneNumbers", &params).await.expect("bought");
    assert_eq!(texts(&answer.body["PhoneNumbers"]["PhoneNumber"]), ["057126883072", "02112345678"]);
    assert_eq!(texts(&answer.body["FailedPhoneNumbers"]["FailedPhoneNumber"]), ["nobody", "+8657126883072"]);
    assert_eq!(answer.references.len(), 2);

    let again = bench.body(&root(OTHER_ACCOUNT), "BuyPhoneNumbers", &[("PhoneNumber.1", "02112345678")]).await;
    assert_eq!(texts(&again["FailedPhoneNumbers"]["FailedPhoneNumber"]), ["02112345678"]);

    let numbers = owned(bench).await;
    assert_eq!(
        numbers,
        [
            json!({"Number": "02112345678", "InArrears": false, "BoughtTime": 1_700_000_000_000_i64,
                "Province": "上海", "City": "上海"}),
            json!({"Number": "057126883072", "InArrears": false, "BoughtTime": 1_700_000_000_000_i64,
                "Province": "浙江", "City": "杭州"}),
        ]
    );
    let page = [("PageNumber", "2"), ("PageSize", "1")];
    let body = bench.body(&root(ACCOUNT), "ListOwnedPhoneNumbers", &page).await;
    assert_eq!(body["PhoneNumbers"]["TotalCount"], 2);
    assert_eq!(body["PhoneNumbers"]["List"]["PhoneNumber"], json!([numbers[1]]));

    let release = [("PhoneNumber.1", "021-12345678"), ("PhoneNumber.2", "4001234567")];
    let refusal = bench.refusal(&root(ACCOUNT), "ReleasePhoneNumbers", &release).await;
    assert_eq!(refusal, refused("NotExist.PhoneNumber", 404));
    assert_eq!(owned(bench).await.len(), 2, "all or none");
    bench.body(&root(ACCOUNT), "ReleasePhoneNumbers", &release[..1]).await;
    assert_eq!(owned(bench).await.len(), 1);
}

async fn only_the_owner_binds_and_releases(bench: &Bench) {
    buy(bench, &["02112345678"]).await;
    let theirs =
        bench.body(&root(OTHER_ACCOUNT), "CreateInstance", &super::bench::instance_params("x", "x", &[])).await;
    let theirs = text(&theirs["Instance"], "InstanceId");
    let params = [("InstanceId", theirs.as_str()), ("PhoneNumber", "02112345678"), ("Usage", "Inbound")];
    let refusal = bench.refusal(&root(OTHER_ACCOUNT), "AddPhoneNumber", &params).await;
    assert_eq!(refusal, refused("NotExist.PhoneNumber", 404));
    for (operation, params) in [
        ("ReleasePhoneNumbers", [("PhoneNumber.1", "02112345678"), ("", "")]),
        ("SetPhoneNumberArrears", [("PhoneNumber", "02112345678"), ("InArrears", "true")]),
    ] {
        let refusal = bench.refusal(&root(OTHER_ACCOUNT), operation, &params).await;
        assert_eq!(refusal, refused("NotExist.PhoneNumber", 404), "{operation}");
    }
    let taken = super::bench::instance_params("y", "y", &[("PhoneNumber", "02112345678")]);
    let body = bench.body(&root(OTHER_ACCOUNT), "CreateInstance", &taken).await;
    assert_eq!(texts(&body["Instance"]["FailPhoneNumbers"]["FailPhoneNumber"]), ["02112345678"]);
}

async fn a_bulk_call_sorts_the_numbers(bench: &Bench) {
    let elsewhere = bench.instance("elsewhere", &[("PhoneNumber", "02100000001")]).await;
    let instance = bench.instance("sales", &[]).await;
    buy(bench, &["057126883072", "057126883073", "01065520001"]).await;
    bench
        .body(&root(ACCOUNT), "SetPhoneNumberArrears", &[("PhoneNumber", "010-65520001"), ("InArrears", "true")])
        .await;
    let (flow, sales) = (flow_id(bench, &instance, 0).await, group(bench, &instance, "Sales").await);
    let params = [
        ("InstanceId", instance.as_str()),
        ("PhoneNumber.1", "0571-26883073"),
        ("PhoneNumber.2", "0571-26883072"),
        ("PhoneNumber.3", "01065520001"),
        ("PhoneNumber.4", "021-00000001"),
        ("PhoneNumber.5", "02100000009"),
        ("PhoneNumber.6", "nobody"),
        ("PhoneNumber.7", "0571-26883073"),
        ("Usage", "Bidirection"),
        ("ContactFlowId", &flow),
        ("SkillGroupId.1", &sales),
        ("SkillGroupId.2", &sales),
    ];
    let answer = bench.call(&root(ACCOUNT), "AddBulkPhoneNumbers", &params).await.expect("partly done is done");
    let body = &answer.body;
    assert_eq!(texts(&body["ArrearagePhoneNumbers"]["ArrearagePhoneNumber"]), ["01065520001"]);
    assert_eq!(texts(&body["FailedPhoneNumbers"]["FailedPhoneNumber"]), ["02100000009", "nobody"]);
    assert_eq!(texts(&body["UserdPhoneNumbers"]["UserdPhoneNumber"]), ["021-00000001"]);
    let added = body["PhoneNumbers"]["PhoneNumber"].as_array().expect("a list");
    let number = |index: usize, number: &str| {
        json!({
            "AllowOutbound": true, "InstanceId": instance, "Number": number, "PhoneNumberDescription": "",
            "PhoneNumberId": added[index]["PhoneNumberId"], "RemainingTime": 0, "TestOnly": false, "Trunks": 10,
            "Usage": "Bidirection",
            "ContactFlow": {
                "ContactFlowDescription": "Greets and forwards to the default skill group", "ContactFlowId": flow,
                "ContactFlowName": "Welcome", "InstanceId": instance, "Type": "Mainflow",
            },
            "SkillGroups": {"SkillGroup": [{"SkillGroupId": sales, "SkillGroupName": "Sales"}]},
        })
    };
    assert_eq!(*added, [number(0, "057126883072"), number(1, "057126883073")]);
    assert_eq!(answer.references.len(), 2);
    assert_eq!((listed(bench, &instance).await.len(), listed(bench, &elsewhere).await.len()), (2, 1));

    let again = bench.body(&root(ACCOUNT), "AddBulkPhoneNumbers", &params).await;
    assert_eq!(
        texts(&again["UserdPhoneNumbers"]["UserdPhoneNumber"]),
        ["0571-26883073", "0571-26883072", "021-00000001"]
    );
    assert_eq!(again["PhoneNumbers"]["PhoneNumber"], json!([]));
}

async fn a_bulk_call_with_bad_parameters_changes_nothing(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let other = bench.instance("other", &[]).await;
    buy(bench, &["057126883072", "4001234567"]).await;
    let (foreign_flow, foreign_group) = (flow_id(bench, &other, 0).await, group(bench, &other, "Theirs").await);
    let survey = flow_id(bench, &instance, 1).await;
    let good = [("InstanceId", instance.as_str()), ("PhoneNumber.1", "057126883072"), ("Usage", "Inbound")];
    for (more, expected) in [
        (vec![("Usage", "")], refused("Parameter.Enumeration", 400)),
        (vec![("Usage", "inbound")], refused("Parameter.Enumeration", 400)),
        (vec![("Usage", "Bidirection"), ("PhoneNumber.2", "400-123-4567")], refused("Parameter.Enumeration", 400)),
        (vec![("Usage", "Outboung"), ("PhoneNumber.2", "+864001234567")], refused("Parameter.Enumeration", 400)),
        (vec![("ContactFlowId", "unknown")], refused("NotExist.ContactFlow", 404)),
        (vec![("ContactFlowId", &foreign_flow)], refused("NotExist.ContactFlow", 404)),
        (vec![("ContactFlowId", &survey)], refused("Parameter.Invalid", 400)),
        (vec![("SkillGroupId.1", "unknown")], refused("NotExist.SkillGroup", 404)),
        (vec![("SkillGroupId.1", &foreign_group)], refused("NotExist.SkillGroup", 404)),
        (vec![("InstanceId", "unknown")], refused("NotExist.Instance", 404)),
    ] {
        let mut params = good.to_vec();
        params.extend(more.iter().map(|(name, value): &(&str, &str)| (*name, *value)));
        let refusal = bench.refusal(&root(ACCOUNT), "AddBulkPhoneNumbers", &params).await;
        assert_eq!(refusal, expected, "{more:?}");
    }
    assert_eq!(bench.count("ccc_phone_numbers").await, 0);
    bench.body(&root(ACCOUNT), "AddBulkPhoneNumbers", &good).await;
    assert_eq!(bench.count("ccc_phone_numbers").await, 1);
}

async fn one_number_is_added_or_refused(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    buy(bench, &["057126883072", "4001234567", "01065520001"]).await;
    bench.body(&root(ACCOUNT), "SetPhoneNumberArrears", &[("PhoneNumber", "01065520001"), ("InArrears", "true")]).await;
    let flow = flow_id(bench, &instance, 0).await;
    let add = |number: &'static str, usage: &'static str, flow: Option<String>| {
        let instance = instance.clone();
        async move {
            let mut params = vec![("InstanceId", instance.as_str()), ("PhoneNumber", number), ("Usage", usage)];
            params.extend(flow.as_deref().map(|flow| ("ContactFlowId", flow)));
            bench.call(&root(ACCOUNT), "AddPhoneNumber", &params).await
        }
    };
    for (number, usage, code) in [
        ("nobody", "Inbound", "Parameter.Format"),
        ("02112345678", "Inbound", "NotExist.PhoneNumber"),
        ("4001234567", "Outbound", "Parameter.Enumeration"),
        ("01065520001", "Inbound", "Arrearage.PhoneNumber"),
    ] {
        assert_eq!(add(number, usage, None).await.expect_err("refused").code, code, "{number} {usage}");
    }
    let added = add("0571-2688-3072", "Outboung", Some(flow.clone())).await.expect("added").body["PhoneNumber"].clone();
    assert_eq!((&added["Usage"], &added["AllowOutbound"]), (&json!("Outbound"), &json!(true)));
    assert_eq!(added.get("ContactFlow"), None, "an outbound number has no flow");
    assert_eq!(add("+86 571 26883072", "Inbound", None).await.expect_err("used").code, "Exists.PhoneNumber");

    let added = add("4001234567", "Inbound", Some(flow.clone())).await.expect("added").body["PhoneNumber"].clone();
    assert_eq!((&added["AllowOutbound"], &added["ContactFlow"]["ContactFlowId"]), (&json!(false), &json!(flow)));

    bench
        .body(&root(ACCOUNT), "SetPhoneNumberArrears", &[("PhoneNumber", "01065520001"), ("InArrears", "False")])
        .await;
    add("01065520001", "Inbound", None).await.expect("paid");
}

async fn a_number_is_modified(bench: &Bench) {
    let more = [("PhoneNumbers.1", "057126883072"), ("PhoneNumbers.2", "4001234567")];
    let instance = bench.instance("sales", &more).await;
    let numbers = listed(bench, &instance).await;
    let (city, toll_free) = (text(&numbers[0], "PhoneNumberId"), text(&numbers[1], "PhoneNumberId"));
    let (flow, sales) = (flow_id(bench, &instance, 0).await, group(bench, &instance, "Sales").await);
    let modify = |id: &str, usage: &'static str, more: Vec<(&'static str, String)>| {
        let (id, instance) = (id.to_owned(), instance.clone());
        async move {
            let mut params = vec![("InstanceId", instance.as_str()), ("PhoneNumberId", id.as_str()), ("Usage", usage)];
            params.extend(more.iter().map(|(name, value)| (*name, value.as_str())));
            bench.call(&root(ACCOUNT), "ModifyPhoneNumber", &params).await.map(|answer| {
                let number = answer.body["PhoneNumber"].clone();
                let groups = number["SkillGroups"]["SkillGroup"].as_array().map_or(0, Vec::len);
                (number["Usage"].clone(), number["ContactFlow"]["ContactFlowId"].clone(), groups)
            })
        }
    };
    let with_group = |group: &str| vec![("SkillGroupId.1", group.to_owned())];
    let flow_of = |flow: &str| vec![("ContactFlowId", flow.to_owned())];
    assert_eq!(modify(&city, "Bidirection", with_group(&sales)).await, Ok((json!("Bidirection"), json!(flow), 1)));
    assert_eq!(modify(&city, "Outbound", vec![]).await, Ok((json!("Outbound"), Value::Null, 1)));
    assert_eq!(modify(&city, "Inbound", vec![]).await, Ok((json!("Inbound"), Value::Null, 0)));
    assert_eq!(modify(&city, "Bidirection", flow_of(&flow)).await, Ok((json!("Bidirection"), json!(flow), 0)));
    for (id, usage, more, code) in [
        (toll_free.as_str(), "Bidirection", vec![], "Parameter.Enumeration"),
        ("unknown", "Inbound", vec![], "NotExist.PhoneNumber"),
        (&city, "Inbound", flow_of("unknown"), "NotExist.ContactFlow"),
        (&city, "Outbound", with_group("unknown"), "NotExist.SkillGroup"),
    ] {
        assert_eq!(modify(id, usage, more).await.expect_err("refused").code, code);
    }
    let city = listed(bench, &instance).await.remove(0);
    assert_eq!((&city["Usage"], &city["ContactFlow"]["ContactFlowId"]), (&json!("Bidirection"), &json!(flow)));
}

async fn a_removed_number_stays_owned(bench: &Bench) {
    let instance = bench.instance("sales", &[("PhoneNumbers.1", "057126883072")]).await;
    let other = bench.instance("other", &[]).await;
    let id = text(&listed(bench, &instance).await[0], "PhoneNumberId");
    let refusal = bench.refusal(&root(ACCOUNT), "ReleasePhoneNumbers", &[("PhoneNumber.1", "057126883072")]).await;
    assert_eq!(refusal, refused("InUse.PhoneNumber", 400));
    let elsewhere = [("InstanceId", other.as_str()), ("PhoneNumberId", &id)];
    let refusal = bench.refusal(&root(ACCOUNT), "RemovePhoneNumber", &elsewhere).await;
    assert_eq!(refusal, refused("NotExist.PhoneNumber", 404));
    let here = [("InstanceId", instance.as_str()), ("PhoneNumberId", &id)];
    bench.body(&root(ACCOUNT), "RemovePhoneNumber", &here).await;
    assert_eq!(bench.refusal(&root(ACCOUNT), "RemovePhoneNumber", &here).await, refused("NotExist.PhoneNumber", 404));
    let add = [("InstanceId", other.as_str()), ("PhoneNumber", "057126883072"), ("Usage", "Outbound")];
    bench.body(&root(ACCOUNT), "AddPhoneNumber", &add).await;
    assert_eq!((listed(bench, &instance).await.len(), listed(bench, &other).await.len()), (0, 1));
}

async fn numbers_of_a_new_instance_are_owned(bench: &Bench) {
    buy(bench, &["02112345678", "01065520001"]).await;
    bench.body(&root(ACCOUNT), "SetPhoneNumberArrears", &[("PhoneNumber", "01065520001"), ("InArrears", "true")]).await;
    let more =
        [("PhoneNumbers.1", "02112345678"), ("PhoneNumbers.2", "057126883072"), ("PhoneNumbers.3", "01065520001")];
    let params = super::bench::instance_params("sales", "sales", &more);
    let instance = bench.body(&root(ACCOUNT), "CreateInstance", &params).await["Instance"].clone();
    assert_eq!(texts(&instance["SuccessPhoneNumbers"]["SuccessPhoneNumber"]), ["02112345678", "057126883072"]);
    assert_eq!(texts(&instance["FailPhoneNumbers"]["FailPhoneNumber"]), ["01065520001"]);
    let bound: Vec<Value> = owned(bench).await.iter().map(|number| number["InstanceId"].clone()).collect();
    assert_eq!(bound, [Value::Null, instance["InstanceId"].clone(), instance["InstanceId"].clone()]);
}

async fn numbers_are_listed_with_everything(bench: &Bench) {
    let more = [("PhoneNumbers.1", "057126883072"), ("PhoneNumbers.2", "4001234567")];
    let instance = bench.instance("sales", &more).await;
    let flow = flow_id(bench, &instance, 0).await;
    let numbers = listed(bench, &instance).await;
    assert_eq!(
        (&numbers[0]["Province"], &numbers[0]["City"], &numbers[0]["ContactFlow"]["ContactFlowId"]),
        (&json!("浙江"), &json!("杭州"), &json!(flow))
    );
    assert_eq!((&numbers[1]["Province"], &numbers[1]["City"]), (&json!(""), &json!("")));
    assert_eq!(numbers[1]["SkillGroups"], json!({"SkillGroup": []}));
    let params = [("InstanceId", instance.as_str()), ("OutboundOnly", "TRUE")];
    let body = bench.body(&root(ACCOUNT), "ListPhoneNumbers", &params).await;
    assert_eq!(body["PhoneNumbers"]["PhoneNumber"], json!([numbers[0]]));
}

async fn a_user_sees_the_numbers_of_his_groups(bench: &Bench) {
    let more =
        [("PhoneNumbers.1", "057126883072"), ("PhoneNumbers.2", "01065520001"), ("PhoneNumbers.3", "02112345678")];
    let instance = bench.instance("sales", &more).await;
    let numbers = listed(bench, &instance).await;
    let id = |number: &str| {
        let found = numbers.iter().find(|found| found["Number"] == number).expect("bound");
        text(found, "PhoneNumberId")
    };
    let user = bench.add_user(&instance, "201", Role::Agent).await;
    for (name, first, second) in [("A", "057126883072", "01065520001"), ("B", "01065520001", "057126883072")] {
        let params = [
            ("InstanceId", instance.as_str()),
            ("Name", name),
            ("UserId.1", &user),
            ("SkillLevel.1", "5"),
            ("OutboundPhoneNumberId.1", &id(first)),
            ("OutboundPhoneNumberId.2", &id(second)),
        ];
        bench.body(&root(ACCOUNT), "CreateSkillGroup", &params).await;
    }
    let ask = [("InstanceId", instance.as_str()), ("UserId", &user)];
    let caller = ram_user(ACCOUNT, "201");
    let body = bench.body(&caller, "ListOutboundPhoneNumberOfUser", &ask).await;
    assert_eq!(texts(&body["NumberList"]["Number"]), ["01065520001", "057126883072"]);
    let first = &body["OutboundPhoneNumbers"]["PhoneNumber"][0];
    assert_eq!((&first["PrivateFlag"], &first["City"]), (&json!(false), &json!("北京")));
    let page = [ask[0], ask[1], ("PageNumber", "2"), ("PageSize", "1")];
    let body = bench.body(&caller, "ListOutboundPhoneNumberOfUser", &page).await;
    assert_eq!(texts(&body["NumberList"]["Number"]), ["057126883072"]);
    let own = [
        ask[0],
        ("UserId", &user),
        ("DisplayName", "梅"),
        ("Email", "mei@example.com"),
        ("Phone", "13800000000"),
        ("PrivateOutboundNumberId", &id("02112345678")),
        ("RoleId.1", &role(bench, &instance, "Agent").await),
    ];
    bench.body(&root(ACCOUNT), "ModifyUser", &own).await;
    let body = bench.body(&caller, "ListOutboundPhoneNumberOfUser", &ask).await;
    let numbers = body["OutboundPhoneNumbers"]["PhoneNumber"].as_array().expect("a list");
    let private: Vec<&Value> = numbers.iter().filter(|number| number["PrivateFlag"] == true).collect();
    assert_eq!(private.iter().map(|number| text(number, "Number")).collect::<Vec<_>>(), ["02112345678"]);

    let unknown = [ask[0], ("UserId", "201")];
    let refusal = bench.refusal(&caller, "ListOutboundPhoneNumberOfUser", &unknown).await;
    assert_eq!(refusal, refused("NotExist.User", 404));
}

async fn tags_come_and_go(bench: &Bench) {
    let more = [("PhoneNumbers.1", "057126883072"), ("PhoneNumbers.2", "4001234567")];
    let instance = bench.instance("sales", &more).await;
    let (first, sales) = (("InstanceId", instance.as_str()), group(bench, &instance, "Sales").await);
    let tag = [
        first,
        ("PhoneNumberList.1", "0571-26883072"),
        ("PhoneNumberList.2", "400-123-4567"),
        ("ServiceTag", "east"),
        ("Provider", "移动"),
        ("RegionNameProvince", "江苏"),
        ("Concurrency", "30"),
        ("Type", "1"),
    ];
    let unknown = [first, ("PhoneNumberList.1", "02112345678"), ("ServiceTag", "east")];
    let refusal = bench.refusal(&root(ACCOUNT), "AddPhoneTags", &unknown).await;
    assert_eq!(refusal, refused("NotExist.PhoneNumber", 404));
    let bind = [first, ("ServiceTag", "east"), ("SkillGroupIdList.1", &sales)];
    let refusal = bench.refusal(&root(ACCOUNT), "ModifyPhoneTags", &bind).await;
    assert_eq!(refusal, refused("NotExist.PhoneTag", 404));
    bench.body(&root(ACCOUNT), "AddPhoneTags", &tag).await;
    let refusal = bench
        .refusal(&root(ACCOUNT), "ModifyPhoneTags", &[first, ("ServiceTag", "east"), ("SkillGroupIdList.1", "x")])
        .await;
    assert_eq!(refusal, refused("NotExist.SkillGroup", 404));
    bench.body(&root(ACCOUNT), "ModifyPhoneTags", &bind).await;

    let list = |more: Vec<(&'static str, &'static str)>| {
        let instance = instance.clone();
        async move {
            let mut params = vec![("InstanceId", instance.as_str()), ("CurrentPage", "1"), ("PageSize", "10")];
            params.push(("OutboundOnly", "false"));
            params.extend(more);
            let body = bench.body(&root(ACCOUNT), "ListPhoneTags", &params).await;
            let numbers = body["PhoneNumbers"]["List"].as_array().expect("a bare list").clone();
            assert_eq!(body["PhoneNumbers"]["PageNumber"], 1);
            (numbers, body["PhoneNumbers"]["TotalCount"].as_i64().expect("a number"))
        }
    };
    let (numbers, total) = list(vec![]).await;
    assert_eq!((numbers.len(), total), (2, 2));
    let fixed = &numbers[0];
    assert_eq!((&fixed["Province"], &fixed["City"]), (&json!("江苏"), &json!("杭州")));
    assert_eq!((&fixed["Concurrency"], &fixed["Type"]), (&json!(30), &json!(1)));
    assert_eq!(fixed["SkillGroupIdList"], json!([sales]));
    assert_eq!(list(vec![("OutboundOnly", "true")]).await.1, 1);
    assert_eq!(list(vec![("Number", "1234")]).await.1, 1);
    assert_eq!(list(vec![("NumberGroupIds.1", "west")]).await.1, 0);
    assert_eq!(list(vec![("NumberGroupIds.1", "west"), ("NumberGroupIds.2", "east")]).await.1, 2);

    bench.body(&root(ACCOUNT), "DeletePhoneTags", &[first, ("PhoneNumberList.1", "057126883072")]).await;
    assert_eq!(list(vec![]).await.1, 1);
    let refusal = bench.refusal(&root(ACCOUNT), "DeletePhoneTags", &[first, ("PhoneNumberList.1", "110")]).await;
    assert_eq!(refusal, refused("NotExist.PhoneNumber", 404));
}

async fn roles_are_needed(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    bench.add_user(&instance, "201", Role::Agent).await;
    bench.add_user(&instance, "202", Role::Manager).await;
    let params = [
        ("InstanceId", instance.as_str()),
        ("PhoneNumber", "1"),
        ("PhoneNumber.1", "1"),
        ("Usage", "Inbound"),
        ("PhoneNumberId", "x"),
        ("OutboundOnly", "false"),
        ("PhoneNumberList.1", "1"),
        ("ServiceTag", "x"),
        ("Name", "x"),
        ("Type", "Mainflow"),
        ("Canvas", "{}"),
        ("Content", "{}"),
        ("ContactFlowVersionId", "x"),
        ("CurrentPage", "1"),
        ("PageNumber", "1"),
        ("PageSize", "1"),
    ];
    for operation in [
        "AddBulkPhoneNumbers",
        "AddPhoneNumber",
        "ModifyPhoneNumber",
        "RemovePhoneNumber",
        "ListPhoneNumbers",
        "AddPhoneTags",
        "ModifyPhoneTags",
        "DeletePhoneTags",
        "ListPhoneTags",
        "ListContactFlows",
        "CreateContactFlow",
        "CommitContactFlowVersionModification",
        "PublishContactFlowVersion",
        "CreateVoiceAppraise",
        "ListVoiceAppraise",
        "CreateMedia",
        "DeleteMedia",
        "ListMedias",
    ] {
        for user in ["201", "202", "209"] {
            let refusal = bench.refusal(&ram_user(ACCOUNT, user), operation, &params).await;
            assert_eq!(refusal, refused("NoPermission.User", 403), "{operation} by {user}");
        }
    }
}
