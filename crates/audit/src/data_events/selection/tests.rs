use openapi::{Access, DataPlace};
use proptest::prelude::*;

use super::*;

const ARN: &str = "acs:oss:cn-shanghai:105:audit/2026/a.json";

fn call<'a>(event_name: &'a str, access: Access, region: &'a str, resource_arn: &'a str) -> DataCall<'a> {
    DataCall {
        account_id: "105",
        service_name: "Oss",
        event_name,
        access,
        place: Some(DataPlace { region, resource_arn }),
    }
}

fn selection(text: &str) -> DataEventSelection {
    let selectors = parse(text).expect("selectors");
    DataEventSelection { selectors, is_all_regions: false, regions: vec!["cn-shanghai".to_owned()], deliveries: vec![] }
}

#[test]
fn bad_selectors_are_told() {
    for text in [
        "",
        "{}",
        "[]",
        r#"[{"ReadWriteType":"All"}]"#,
        r#"[{"ServiceName":"Oss","ReadWriteType":"Both"}]"#,
        r#"[{"ServiceName":"Oss","Colour":"red"}]"#,
        r#"[{"ServiceName":"Oss","ResourceArn":{"Equals":["bucket"]}}]"#,
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn services_kinds_names_and_resources() {
    let get = call("GetObject", Access::Read, "cn-shanghai", ARN);
    let put = call("PutObject", Access::Write, "cn-shanghai", ARN);
    for (text, of_get, of_put) in [
        (r#"[{"ServiceName":"Oss"}]"#, true, true),
        (r#"[{"ServiceName":"Sls"}]"#, false, false),
        (r#"[{"ServiceName":"Oss","ReadWriteType":"Write"}]"#, false, true),
        (r#"[{"ServiceName":"Oss","EventName":{"Equals":["GetObject","HeadObject"]}}]"#, true, false),
        (r#"[{"ServiceName":"Oss","EventName":{"NotEquals":["GetObject"]}}]"#, false, true),
        (r#"[{"ServiceName":"Oss","EventName":{"Equals":["GetObject"],"NotEquals":["GetObject"]}}]"#, false, false),
        (r#"[{"ServiceName":"Oss","ResourceArn":{"Equals":["acs:oss:*:*:x/*","acs:oss:*:*:audit/*"]}}]"#, true, true),
        (r#"[{"ServiceName":"Oss","ResourceArn":{"NotEquals":["acs:oss:*:*:audit/*"]}}]"#, false, false),
        (r#"[{"ServiceName":"Sls"},{"ServiceName":"Oss","ReadWriteType":"Read"}]"#, true, false),
    ] {
        let selection = selection(text);
        assert_eq!((selection.takes(&get), selection.takes(&put)), (of_get, of_put), "{text}");
    }
}

#[test]
fn regions_count_and_have_projects() {
    let mut selection = selection(r#"[{"ServiceName":"Oss"}]"#);
    let elsewhere = call("GetObject", Access::Read, "cn-beijing", ARN);
    assert!(!selection.takes(&elsewhere));
    selection.is_all_regions = true;
    assert!(selection.takes(&elsewhere));
    assert_eq!(selection.project_region("cn-beijing"), None);
    selection.deliveries = ["cn-home", "cn-shanghai"].map(delivery).to_vec();
    assert_eq!(selection.project_region("cn-shanghai"), Some("cn-shanghai"));
    assert_eq!(selection.project_region("cn-beijing"), Some("cn-home"));
}

fn delivery(region: &str) -> DataDelivery {
    DataDelivery {
        region: region.to_owned(),
        project_arn: String::new(),
        create_time_ms: 0,
        error_code: String::new(),
        problem: String::new(),
    }
}

fn condition(values: &'static [&'static str]) -> impl Strategy<Value = Option<Condition>> {
    let some_of = move || proptest::collection::vec(proptest::sample::select(values).prop_map(str::to_owned), 0..3);
    proptest::option::of((some_of(), some_of()).prop_map(|(equals, not_equals)| Condition { equals, not_equals }))
}

fn selector() -> impl Strategy<Value = DataEventSelector> {
    let names = &["GetObject", "PutObject", "ListObjects"];
    let arns = &["acs:oss:*:*:a/*", "acs:oss:cn-a:1:a/x", "acs:oss:cn-b:1:*", "acs:oss:*:2:b"];
    (
        proptest::sample::select(&["Oss", "Sls"]),
        proptest::sample::select(EventRw::NAMES),
        condition(names),
        condition(arns),
    )
        .prop_map(|(service, rw, event_name, resource_arn)| DataEventSelector {
            service_name: service.to_owned(),
            read_write_type: rw.to_owned(),
            event_name,
            resource_arn,
        })
}

proptest! {
    /// The rule said in words; and without a place a call is refused only if it is refused in every place.
    #[test]
    fn a_call_is_taken_by_the_rule(
        selectors in proptest::collection::vec(selector(), 1..4),
        regions in proptest::collection::vec(proptest::sample::select(&["cn-a", "cn-b"]), 0..2),
        is_all_regions in any::<bool>(),
        service in proptest::sample::select(&["Oss", "Sls"]),
        name in proptest::sample::select(&["GetObject", "PutObject", "ListObjects"]),
        is_write in any::<bool>(),
        region in proptest::sample::select(&["cn-a", "cn-b"]),
        arn in proptest::sample::select(&["acs:oss:cn-a:1:a/x", "acs:oss:cn-b:1:c/y", "acs:oss:cn-a:2:b", "acs:log:cn-a:1:a/x"]),
    ) {
        let access = if is_write { Access::Write } else { Access::Read };
        let regions: Vec<String> = regions.into_iter().map(str::to_owned).collect();
        let selection = DataEventSelection { selectors, is_all_regions, regions, deliveries: vec![] };
        let call = DataCall {
            account_id: "1",
            service_name: service,
            event_name: name,
            access,
            place: Some(DataPlace { region, resource_arn: arn }),
        };
        let fits = |condition: &Option<Condition>, is_it: &dyn Fn(&str) -> bool| match condition {
            None => true,
            Some(condition) => {
                let is_named = condition.equals.is_empty() || condition.equals.iter().any(|value| is_it(value));
                is_named && condition.not_equals.iter().all(|value| !is_it(value))
            }
        };
        let wanted = (is_all_regions || selection.regions.iter().any(|wanted| wanted == region))
            && selection.selectors.iter().any(|selector| {
                selector.service_name == service
                    && (selector.read_write_type == "All" || selector.read_write_type == access.as_str())
                    && fits(&selector.event_name, &|value| value == name)
                    && fits(&selector.resource_arn, &|value| matches(value, arn, Pattern::Arn))
            });
        prop_assert_eq!(selection.takes(&call), wanted);
        if wanted {
            let is_possible = selection.takes(&DataCall { place: None, ..call });
            prop_assert!(is_possible);
        }
    }
}
