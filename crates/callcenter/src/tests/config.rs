use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, refused, root};
use super::on_both_databases;
use crate::CallCenterError;

on_both_databases!(
    items_come_as_requested,
    without_items_all_are_listed,
    unreadable_items_are_refused,
    a_set_value_is_seen_at_once,
    only_known_settings_can_be_set,
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
