use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, ram_user, refused, root};
use super::on_both_databases;
use crate::{CallCenterError, Role};

on_both_databases!(
    items_come_as_requested,
    without_items_all_are_listed,
    unreadable_items_are_refused,
    a_set_value_is_seen_at_once,
    only_known_settings_can_be_set,
    one_item_by_name,
    an_administrator_sets_items,
);

async fn list(bench: &Bench, instance: &str, items: &[(&str, &str)]) -> Value {
    let mut params = vec![("InstanceId", instance)];
    params.extend_from_slice(items);
    bench.body(&root(ACCOUNT), "ListConfig", &params).await["ConfigItems"]["ConfigItem"].clone()
}

async fn items_come_as_requested(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let items = [
        ("ConfigItem.10", r#"{"Name":"AllowHangup","DimensionName":"instance"}"#),
        ("ConfigItem.2", r#"{"name":"AutoAnswerCall","DimensionName":"instance"}"#),
        ("ConfigItem.3", r#"{"Name":"NoSuchItem","DimensionName":"instance"}"#),
        ("ConfigItem.4", r#"{"Name":"AllowHangup","DimensionName":"user"}"#),
        ("ConfigItem.5.Name", "enableRecord"),
        ("ConfigItem.5.DimensionName", "instance"),
        ("ConfigItem.6.Name", "enableRecord"),
        ("ConfigItem.6.DimensionName", "skillGroup"),
        ("ConfigItem.7", r#"{"NAME":"ShowCalledID"}"#),
    ];
    let expected = json!([
        {"Name": "AutoAnswerCall", "Value": "-1"},
        {"Name": "enableRecord", "Value": "0"},
        {"Name": "ShowCalledID", "Value": "1"},
        {"Name": "AllowHangup", "Value": "1"},
    ]);
    assert_eq!(list(bench, &instance, &items).await, expected);
    let unknown = [("ConfigItem.1", r#"{"Name":"NoSuchItem","DimensionName":"instance"}"#)];
    assert_eq!(list(bench, &instance, &unknown).await, json!([]));
}

async fn without_items_all_are_listed(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let names: Vec<Value> =
        list(bench, &instance, &[]).await.as_array().expect("a list").iter().map(|item| item["Name"].clone()).collect();
    let expected = json!([
        "AllowHangup",
        "ShowCalledID",
        "ShowCalleeID",
        "AutoAnswerCall",
        "AudioDownload",
        "AllowChooseSkillGroup",
        "enableRecord",
        "SettingWorkbenchLogLevel",
        "SatisfactionSurvey",
        "SmsSatisfactionSurvey"
    ]);
    assert_eq!(Value::Array(names), expected);
}

async fn unreadable_items_are_refused(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    for (parameter, value) in [
        ("ConfigItem.1", "AllowHangup"),
        ("ConfigItem.1", "{\"Name\":"),
        ("ConfigItem.1", "[]"),
        ("ConfigItem.1", "{}"),
        ("ConfigItem.1", r#"{"Name":1}"#),
        ("ConfigItem.1.DimensionName", "instance"),
    ] {
        let params = [("InstanceId", instance.as_str()), (parameter, value)];
        let refusal = bench.refusal(&root(ACCOUNT), "ListConfig", &params).await;
        assert_eq!(refusal, refused("Parameter.Format", 400), "{value}");
    }
}

async fn a_set_value_is_seen_at_once(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let item = [("ConfigItem.1", r#"{"Name":"AllowHangup","DimensionName":"instance"}"#)];
    let reader = async {
        // Readers fill the memory again and again while it is being forgotten.
        for _ in 0..400 {
            list(bench, &instance, &item).await;
        }
    };
    let writer = async {
        for round in 0..20 {
            let value = format!("{}", round % 2);
            bench.center.set_config(&instance, "AllowHangup", &value).await.expect("set");
            assert_eq!(list(bench, &instance, &item).await, json!([{"Name": "AllowHangup", "Value": value}]));
        }
    };
    tokio::join!(reader, writer);
}

async fn only_known_settings_can_be_set(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let set = |instance, name, value| bench.center.set_config(instance, name, value);
    assert!(matches!(set(&instance, "NoSuchItem", "1").await, Err(CallCenterError::UnknownConfigItem(_))));
    assert!(matches!(set("nowhere", "AllowHangup", "1").await, Err(CallCenterError::UnknownInstance(_))));
    let long = "x".repeat(16 * 1024 + 1);
    let refusal = set(&instance, "SatisfactionSurvey", &long).await;
    assert!(matches!(refusal, Err(CallCenterError::ConfigValueTooLong { length: 16_385, .. })));
}

async fn one_item_by_name(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let get = async |name: &str, object_type: &str, object_id: &str| {
        let params =
            [("InstanceId", instance.as_str()), ("Name", name), ("ObjectType", object_type), ("ObjectId", object_id)];
        bench.call(&root(ACCOUNT), "GetConfig", &params).await.map(|answer| answer.body["ConfigItem"].clone())
    };
    let hangup = json!({"Name": "AllowHangup", "Value": "1"});
    assert_eq!(get("AllowHangup", "INSTANCE", "").await.expect("found"), hangup);
    assert_eq!(get("AllowHangup", "instance", &instance).await.expect("found"), hangup);
    for (name, object_type, object_id, expected) in [
        ("NoSuchItem", "instance", "", "NotExist.ConfigItem"),
        ("allowhangup", "instance", "", "NotExist.ConfigItem"),
        ("AllowHangup", "instance", "elsewhere", "NotExist.ConfigItem"),
        ("AllowHangup", "user", "", "Parameter.Enumeration"),
    ] {
        assert_eq!(get(name, object_type, object_id).await.expect_err("refused").code, expected, "{name}");
    }
}

async fn an_administrator_sets_items(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    bench.add_user(&instance, "202", Role::Manager).await;
    let set = async |caller, name, value: &str| {
        let params = [("InstanceId", instance.as_str()), ("Name", name), ("Value", value)];
        bench
            .call(&caller, "SetConfigItem", &params)
            .await
            .map_err(|error| (error.code.into_owned(), error.http_status))
    };
    let answer = set(root(ACCOUNT), "AllowHangup", "0").await.expect("set");
    assert_eq!(answer.event_data.get("PreviousValue"), Some(&json!("1")));
    let item = [("ConfigItem.1", r#"{"Name":"AllowHangup","DimensionName":"instance"}"#)];
    assert_eq!(list(bench, &instance, &item).await, json!([{"Name": "AllowHangup", "Value": "0"}]));
    let wide = "宽".repeat(6_000);
    for (name, value, code, status) in [
        ("NoSuchItem", "1", "NotExist.ConfigItem", 404),
        ("AllowHangup", "yes", "Parameter.Enumeration", 400),
        ("AutoAnswerCall", "soon", "Parameter.Format", 400),
        ("SatisfactionSurvey", "{", "Parameter.Format", 400),
        ("SettingWorkbenchLogLevel", &wide, "Parameter.Maximum", 400),
    ] {
        assert_eq!(set(root(ACCOUNT), name, value).await.expect_err("refused"), refused(code, status), "{name}");
    }
    let refusal = set(ram_user(ACCOUNT, "202"), "AllowHangup", "1").await.expect_err("refused");
    assert_eq!(refusal, refused("NoPermission.User", 403));
    let unfit = bench.center.set_config(&instance, "AllowHangup", "2").await;
    assert!(matches!(unfit, Err(CallCenterError::ConfigValueUnfit { .. })));
    assert_eq!(list(bench, &instance, &item).await, json!([{"Name": "AllowHangup", "Value": "0"}]));
}
