use serde_json::json;

use super::bench::{ACCOUNT, Bench, OTHER_ACCOUNT, ram_user, refused, root};
use super::office::Office;
use super::on_both_databases;
use crate::Role;
use crate::activity::{Activity, Direction, Kind};

on_both_databases!(
    a_deleted_instance_is_gone_with_all_it_had,
    of_two_deleters_one_wins,
    an_instance_with_a_call_stays,
    limits_are_set_by_administrators,
);

async fn a_deleted_instance_is_gone_with_all_it_had(bench: &Bench) {
    let office = Office::open(bench).await;
    let kept = bench.instance("kept", &[("PhoneNumbers.1", "02187654321")]).await;
    let user = office.import("201").await;
    let more = [("Name", "Billing"), ("UserId.1", user.as_str()), ("SkillLevel.1", "4")];
    office.body("CreateSkillGroup", &more).await;
    let ready = Activity::at(1, Kind::AgentReady).of_agent("201");
    bench.center.record(&office.instance, &[ready]).await.expect("recorded");
    bench.add_user(&office.instance, "202", Role::Manager).await;
    let params = office.params(&[]);
    assert_eq!(
        bench.refusal(&ram_user(ACCOUNT, "202"), "DeleteInstance", &params).await,
        refused("NoPermission.User", 403)
    );
    assert_eq!(bench.refusal(&root(OTHER_ACCOUNT), "DeleteInstance", &params).await, refused("NotExist.Instance", 404));

    let answer = bench.call(&root(ACCOUNT), "DeleteInstance", &params).await.expect("deleted");
    assert_eq!(answer.event_data.get("DomainName"), Some(&json!("sales")));
    for operation in ["GetInstance", "ListConfig", "DeleteInstance", "CreateSkillGroup"] {
        assert_eq!(
            office.refusal(operation, &[("Name", "Billing")]).await,
            refused("NotExist.Instance", 404),
            "{operation}"
        );
    }
    for (table, left) in [
        ("ccc_instances", 1),
        ("ccc_users", 1),
        ("ccc_roles", 3),
        ("ccc_user_roles", 1),
        ("ccc_phone_numbers", 1),
        ("ccc_skill_groups", 1),
        ("ccc_skill_levels", 0),
        ("ccc_activity", 0),
        ("ccc_config_items", crate::CONFIG_ITEMS.len() as i64),
    ] {
        assert_eq!(bench.count(table).await, left, "{table}");
    }
    bench.body(&root(ACCOUNT), "GetInstance", &[("InstanceId", &kept)]).await;
    // Names and numbers are free again.
    Office::open(bench).await;
}

async fn of_two_deleters_one_wins(bench: &Bench) {
    for _ in 0..5 {
        let office = Office::open(bench).await;
        let tasks = [1, 2].map(|_| bench.start(&root(ACCOUNT), "DeleteInstance", &office.params(&[])));
        assert_eq!(super::bench::losers(tasks.into()).await, ["NotExist.Instance"]);
    }
}

async fn an_instance_with_a_call_stays(bench: &Bench) {
    let office = Office::open(bench).await;
    office.import("201").await;
    let talking = Activity::at(1, Kind::AgentTalking { direction: Direction::Outbound }).of_agent("201");
    bench.center.record(&office.instance, &[talking]).await.expect("recorded");
    assert_eq!(office.refusal("DeleteInstance", &[]).await, refused("InUse.Instance", 400));
    let over = Activity::at(2, Kind::AgentCallEnded).of_agent("201");
    bench.center.record(&office.instance, &[over]).await.expect("recorded");
    office.body("DeleteInstance", &[]).await;
}

async fn limits_are_set_by_administrators(bench: &Bench) {
    let office = Office::open(bench).await;
    let limits = office.body("SetInstanceLimits", &[("MaxUsers", "2")]).await;
    assert_eq!(limits, json!({"MaxUsers": 2, "MaxOnlineAgents": 100}));
    let limits = office.body("SetInstanceLimits", &[("MaxOnlineAgents", "500")]).await;
    assert_eq!(limits, json!({"MaxUsers": 2, "MaxOnlineAgents": 500}));
    assert_eq!(office.body("GetInstance", &[]).await["Instance"]["MaxOnlineAgents"], 500);
    office.import("201").await;
    let refusal = office.refusal("AssignUsers", &[("UserRamId.1", "202")]).await;
    assert_eq!(refusal, refused("LimitExceeded.CccUser", 400));
    office.body("SetInstanceLimits", &[("MaxUsers", "3")]).await;
    office.import("202").await;
    assert_eq!(office.refusal("SetInstanceLimits", &[]).await, refused("Parameter.Invalid", 400));
    bench.add_user(&office.instance, "203", Role::Manager).await;
    let params = office.params(&[("MaxUsers", "1000")]);
    assert_eq!(
        bench.refusal(&ram_user(ACCOUNT, "203"), "SetInstanceLimits", &params).await,
        refused("NoPermission.User", 403)
    );
}
