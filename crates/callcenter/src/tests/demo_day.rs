use serde_json::Value;

use super::bench::{ACCOUNT, Bench, ram_user, refused, root, text};
use super::on_both_databases;
use crate::Role;
use crate::activity::{Activity, Kind, rows};
use crate::day::Day;

on_both_databases!(a_day_is_generated_once_and_marked, demo_and_real_data_do_not_meet, a_day_needs_people_and_a_number,);

/// 2026-03-02 in UTC+8.
const DAY: &str = "2026-03-02";
const DAY_START_MS: i64 = 1_772_380_800_000;

async fn staffed(bench: &Bench) -> String {
    let instance = bench.instance("sales", &[("PhoneNumber", "02112345678")]).await;
    let users =
        [bench.add_user(&instance, "201", Role::Agent).await, bench.add_user(&instance, "202", Role::Agent).await];
    let params = [
        ("InstanceId", instance.as_str()),
        ("Name", "Billing"),
        ("UserId.1", &users[0]),
        ("SkillLevel.1", "5"),
        ("UserId.2", &users[1]),
        ("SkillLevel.2", "5"),
    ];
    bench.body(&root(ACCOUNT), "CreateSkillGroup", &params).await;
    instance
}

fn demo_day<'a>(instance: &'a str, date: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("InstanceId", instance), ("Date", date), ("Seed", "7")]
}

async fn a_day_is_generated_once_and_marked(bench: &Bench) {
    let instance = staffed(bench).await;
    let answer = bench.call(&root(ACCOUNT), "GenerateDemoDay", &demo_day(&instance, DAY)).await.expect("generated");
    assert_eq!(answer.event_data["DemoData"], true);
    let generated = &answer.body["DemoDay"];
    assert_eq!((generated["Date"].as_str(), generated["Seed"].as_i64()), (Some(DAY), Some(7)));
    assert_eq!(generated["Activities"].as_i64(), Some(bench.count("ccc_activity").await));

    let mut connection = bench.center.store().acquire().await.expect("a connection");
    let day = Day::of_ms(DAY_START_MS);
    let found = rows::between(&mut connection, &instance, day.start_ms(), day.end_ms()).await.expect("they read back");
    assert_eq!(generated["Activities"].as_u64(), Some(found.len() as u64));
    assert!(found.iter().filter_map(|row| row.activity.contact_id.as_ref()).all(|id| id.starts_with('9')));
    let body = bench.body(&root(ACCOUNT), "GetInstance", &[("InstanceId", &instance)]).await;
    assert_eq!(text(&body["Instance"], "InstanceDescription").trim_end(), "[demo data]");

    let again = bench.refusal(&root(ACCOUNT), "GenerateDemoDay", &demo_day(&instance, DAY)).await;
    assert_eq!(again, refused("Exists.DemoDay", 409));
    let before = bench.count("ccc_activity").await;
    bench.body(&root(ACCOUNT), "GenerateDemoDay", &demo_day(&instance, "2026-03-03")).await;
    assert!(bench.count("ccc_activity").await > before + 100);
    let body = bench.body(&root(ACCOUNT), "GetInstance", &[("InstanceId", &instance)]).await;
    assert_eq!(text(&body["Instance"], "InstanceDescription").matches("demo").count(), 1);
}

async fn demo_and_real_data_do_not_meet(bench: &Bench) {
    let instance = staffed(bench).await;
    bench.body(&root(ACCOUNT), "GenerateDemoDay", &demo_day(&instance, DAY)).await;
    let call = [("InstanceId", instance.as_str()), ("Caller", "13812345678"), ("Callee", "13912345678")];
    let refusal = bench.refusal(&root(ACCOUNT), "StartBack2BackCall", &call).await;
    assert_eq!(refusal, refused("Permission.DemoInstance", 403));
    assert_eq!(bench.count("ccc_dialled_calls").await, 0);

    let real = bench.instance("real", &[("PhoneNumber", "02187654321")]).await;
    let row = Activity::at(DAY_START_MS, Kind::AgentReady).of_agent("201");
    bench.center.record(&real, &[row]).await.expect("recorded");
    let refusal = bench.refusal(&root(ACCOUNT), "GenerateDemoDay", &demo_day(&real, DAY)).await;
    assert_eq!(refusal, refused("Permission.RealInstance", 403));
    let body = bench.body(&root(ACCOUNT), "GetInstance", &[("InstanceId", &real)]).await;
    assert_eq!(body["Instance"]["InstanceDescription"], Value::from(""));
}

async fn a_day_needs_people_and_a_number(bench: &Bench) {
    let instance = bench.instance("sales", &[("PhoneNumber", "02112345678")]).await;
    let refusal = bench.refusal(&root(ACCOUNT), "GenerateDemoDay", &demo_day(&instance, DAY)).await;
    assert_eq!(refusal, refused("Parameter.Invalid", 400));
    let refusal = bench.refusal(&root(ACCOUNT), "GenerateDemoDay", &demo_day(&instance, "9999-01-01")).await;
    assert_eq!(refusal, refused("Parameter.Invalid", 400));
    bench.add_user(&instance, "201", Role::Manager).await;
    let refusal = bench.refusal(&ram_user(ACCOUNT, "201"), "GenerateDemoDay", &demo_day(&instance, DAY)).await;
    assert_eq!(refusal, refused("NoPermission.User", 403));
    assert_eq!((bench.count("ccc_demo_days").await, bench.count("ccc_activity").await), (0, 0));
}
