//! Regions of numbers and the choice of caller numbers.

use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, ram_user, refused, root, text};
use super::numbers::listed;
use super::on_both_databases;
use crate::Role;

on_both_databases!(
    a_number_has_its_region,
    near_numbers_are_picked_first,
    groups_must_exist_and_their_numbers_must_dial,
    given_numbers_are_picked_too,
    numbers_are_checked,
);

async fn a_number_has_its_region(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    bench.add_user(&instance, "201", Role::Agent).await;
    for (given, province, city) in [
        ("13812345678", "江苏", "连云港"),
        ("+86 571-26883072", "浙江", "杭州"),
        ("17010000000", "", ""),
        ("4001234567", "", ""),
        ("95188", "", ""),
    ] {
        let params = [("InstanceId", instance.as_str()), ("Number", given)];
        let answer = bench.call(&ram_user(ACCOUNT, "201"), "GetNumberRegionInfo", &params).await.expect("answered");
        assert_eq!(answer.body["PhoneNumber"], json!({"City": city, "Number": given, "Province": province}));
        let version = answer.event_data["NumberRegionTable"].as_str().expect("a text");
        assert!(version.starts_with("libphonenumber "), "{version}");
    }
    for (number, code) in [("", "MissingNumber"), ("nobody", "Parameter.Format"), ("12", "Parameter.Format")] {
        let params = [("InstanceId", instance.as_str()), ("Number", number)];
        if !number.is_empty() {
            assert_eq!(bench.refusal(&root(ACCOUNT), "GetNumberRegionInfo", &params).await, refused(code, 400));
        }
    }
}

struct Floor {
    instance: String,
    sales: String,
    service: String,
}

/// Two groups: sales dials with Hangzhou and Wenzhou, service with Hangzhou, Beijing and a 400 number.
async fn floor(bench: &Bench) -> Floor {
    let more = [
        ("PhoneNumbers.1", "057126880001"),
        ("PhoneNumbers.2", "057788880001"),
        ("PhoneNumbers.3", "01065520001"),
        ("PhoneNumbers.4", "4001234567"),
        ("PhoneNumbers.5", "02112345678"),
    ];
    let instance = bench.instance("sales", &more).await;
    let numbers = listed(bench, &instance).await;
    let mut groups = Vec::new();
    for (name, of_group) in [
        ("Sales", ["057126880001", "057788880001"].as_slice()),
        ("Service", &["057126880001", "01065520001", "4001234567"]),
    ] {
        let ids: Vec<String> = numbers
            .iter()
            .filter(|number| of_group.contains(&number["Number"].as_str().unwrap_or_default()))
            .map(|number| text(number, "PhoneNumberId"))
            .collect();
        let names: Vec<String> = (1..=ids.len()).map(|n| format!("OutboundPhoneNumberId.{n}")).collect();
        let mut params = vec![("InstanceId", instance.as_str()), ("Name", name)];
        params.extend(names.iter().map(String::as_str).zip(ids.iter().map(String::as_str)));
        let body = bench.body(&root(ACCOUNT), "CreateSkillGroup", &params).await;
        groups.push(body["SkillGroupId"].as_str().expect("an id").to_owned());
    }
    Floor { instance, service: groups.remove(1), sales: groups.remove(0) }
}

async fn pick(bench: &Bench, floor: &Floor, groups: &[&str], count: &str) -> Vec<Value> {
    let names: Vec<String> = (1..=groups.len()).map(|n| format!("SkillGroupId.{n}")).collect();
    let mut params = vec![("InstanceId", floor.instance.as_str()), ("CalleeNumber", "0571-81234567"), ("Count", count)];
    params.extend(names.iter().map(String::as_str).zip(groups.iter().copied()));
    let body = bench.body(&root(ACCOUNT), "PickGlobalOutboundNumbers", &params).await;
    body["DialNumberPairs"]["DialNumberPair"].as_array().expect("a list").clone()
}

fn callers(pairs: &[Value]) -> Vec<&str> {
    pairs.iter().map(|pair| pair["Caller"]["Number"].as_str().expect("a number")).collect()
}

async fn near_numbers_are_picked_first(bench: &Bench) {
    let floor = floor(bench).await;
    let both = [floor.sales.as_str(), floor.service.as_str()];
    let pairs = pick(bench, &floor, &both, "10").await;
    assert_eq!(callers(&pairs), ["057126880001", "057788880001", "01065520001"]);
    let expected = json!({
        "Callee": {"City": "杭州", "Number": "0571-81234567", "Province": "浙江"},
        "Caller": {"City": "温州", "Number": "057788880001", "Province": "浙江"},
    });
    assert_eq!(pairs[1], expected);
    assert_eq!(callers(&pick(bench, &floor, &both, "2").await), ["057126880001", "057788880001"]);
    assert_eq!(callers(&pick(bench, &floor, &[&floor.service], "5").await), ["057126880001", "01065520001"]);
    assert_eq!(pick(bench, &floor, &both, "").await.len(), 1, "one if Count is absent");
}

async fn groups_must_exist_and_their_numbers_must_dial(bench: &Bench) {
    let floor = floor(bench).await;
    let other = bench.instance("other", &[]).await;
    let groups = bench.body(&root(ACCOUNT), "ListSkillGroups", &[("InstanceId", &other)]).await;
    let foreign = text(&groups["SkillGroups"]["SkillGroup"][0], "SkillGroupId");
    for group in ["unknown", &foreign] {
        let params = [
            ("InstanceId", floor.instance.as_str()),
            ("CalleeNumber", "13800138000"),
            ("SkillGroupId.1", &floor.sales),
            ("SkillGroupId.2", group),
        ];
        let refusal = bench.refusal(&root(ACCOUNT), "PickGlobalOutboundNumbers", &params).await;
        assert_eq!(refusal, refused("NotExist.SkillGroup", 404));
    }
    let groups = bench.body(&root(ACCOUNT), "ListSkillGroups", &[("InstanceId", &floor.instance)]).await;
    let default = text(&groups["SkillGroups"]["SkillGroup"][0], "SkillGroupId");
    assert!(pick(bench, &floor, &[&default], "5").await.is_empty(), "no candidate is no error");
    let params =
        [("InstanceId", floor.instance.as_str()), ("CalleeNumber", "nobody"), ("SkillGroupId.1", &floor.sales)];
    let refusal = bench.refusal(&root(ACCOUNT), "PickGlobalOutboundNumbers", &params).await;
    assert_eq!(refusal, refused("Parameter.Format", 400));
}

async fn given_numbers_are_picked_too(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let given = [
        ("InstanceId", instance.as_str()),
        ("CalleeNumber", "13812345678"),
        ("CandidateNumber.1", "010-65520001"),
        ("CandidateNumber.2", "nobody"),
        ("CandidateNumber.3", "025-81234567"),
        ("CandidateNumber.4", "02581234567"),
        ("Count", "10"),
    ];
    let body = bench.body(&root(ACCOUNT), "PickOutboundNumbers", &given).await;
    let pairs = body["DialNumberPairs"]["DialNumberPair"].as_array().expect("a list").clone();
    assert_eq!(callers(&pairs), ["025-81234567", "010-65520001"]);
    let body = bench.body(&root(ACCOUNT), "PickLocalNumber", &given).await;
    assert_eq!(body["Data"], pairs[0]);
    let body = bench.body(&root(ACCOUNT), "PickLocalNumber", &[given[0], given[1], given[3]]).await;
    assert_eq!(body.get("Data"), None);
}

async fn numbers_are_checked(bench: &Bench) {
    let floor = floor(bench).await;
    for (callee, caller, callee_ok, caller_ok) in [
        ("13800138000", "0571-26880001", true, json!(true)),
        ("13800138000", "4001234567", true, json!(false)),
        ("13800138000", "057126880009", true, json!(false)),
        ("13800138000", "nobody", true, json!(false)),
        ("nobody", "", false, Value::Null),
        ("40012345", "", false, Value::Null),
        // The dialling rules refuse these by default.
        ("110", "", false, Value::Null),
        ("+12127365000", "", false, Value::Null),
    ] {
        let params = [("InstanceId", floor.instance.as_str()), ("Callee", callee), ("Caller", caller)];
        let body = bench.body(&root(ACCOUNT), "CheckNumberAvaliable", &params).await;
        assert_eq!(body["CalleeAvaliable"]["Avaliable"], json!(callee_ok), "{callee}");
        assert_eq!(body["CalleeAvaliable"].get("Reason").is_none(), callee_ok);
        let found = body.get("CallerAvaliable").map_or(Value::Null, |caller| caller["Avaliable"].clone());
        assert_eq!(found, caller_ok, "{caller}");
    }
}
