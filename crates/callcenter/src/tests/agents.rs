//! Agents through their operations.

use serde_json::{Map, Value, json};

use super::bench::{ACCOUNT, Bench, ram_user, refused, root, text};
use super::on_both_databases;
use crate::Role;

on_both_databases!(
    an_answered_call,
    a_call_that_nobody_answers_goes_back,
    commands_that_do_not_fit_are_refused,
    an_agent_moves_himself_and_a_leader_others,
    states_end_by_themselves,
    events_have_the_words_of_the_wire,
    states_are_listed,
    a_leader_resets_his_own_people,
    no_more_agents_than_allowed,
);

/// An instance with a skill group and two members, 201 and 202; 203 leads.
struct Team {
    instance: String,
    group: String,
}

async fn team(bench: &Bench, domain_name: &str) -> Team {
    let instance = bench.instance(domain_name, &[("PhoneNumbers.1", number_of(domain_name))]).await;
    let users = [
        bench.add_user(&instance, "201", Role::Agent).await,
        bench.add_user(&instance, "202", Role::Agent).await,
        bench.add_user(&instance, "203", Role::Manager).await,
    ];
    let mut params = vec![("InstanceId", instance.as_str()), ("Name", "账单")];
    for (place, user) in users.iter().enumerate() {
        params.push((["UserId.1", "UserId.2", "UserId.3"][place], user));
        params.push((["SkillLevel.1", "SkillLevel.2", "SkillLevel.3"][place], "5"));
    }
    let body = bench.body(&root(ACCOUNT), "CreateSkillGroup", &params).await;
    let group = body["SkillGroupId"].as_str().expect("an id").to_owned();
    Team { instance, group }
}

fn number_of(domain_name: &str) -> &'static str {
    if domain_name == "sales" { "02112345678" } else { "02187654321" }
}

impl Team {
    async fn command(&self, bench: &Bench, agent: &str, command: &str, more: &[(&str, &str)]) -> Map<String, Value> {
        let mut params = vec![("InstanceId", self.instance.as_str()), ("Command", command)];
        params.extend_from_slice(more);
        bench.body(&ram_user(ACCOUNT, agent), "ChangeAgentState", &params).await
    }

    async fn refusal(&self, bench: &Bench, agent: &str, command: &str, more: &[(&str, &str)]) -> (String, u16) {
        let mut params = vec![("InstanceId", self.instance.as_str()), ("Command", command)];
        params.extend_from_slice(more);
        bench.refusal(&ram_user(ACCOUNT, agent), "ChangeAgentState", &params).await
    }

    async fn ask(&self, bench: &Bench, operation: &str, more: &[(&str, &str)]) -> Map<String, Value> {
        let mut params = vec![("InstanceId", self.instance.as_str())];
        params.extend_from_slice(more);
        bench.body(&root(ACCOUNT), operation, &params).await
    }

    async fn records(&self, bench: &Bench) -> Vec<Value> {
        let body = self.ask(bench, "ListCallDetailRecords", &[("PageNumber", "1"), ("PageSize", "10")]).await;
        body["CallDetailRecords"]["List"]["CallDetailRecord"].as_array().expect("a list").clone()
    }

    async fn state(&self, bench: &Bench, agent: &str) -> Option<String> {
        let body = self.ask(bench, "ListAgentStates", &[("AgentIds", agent)]).await;
        let list = body["Data"]["List"]["RealTimeAgentState"].as_array().expect("a list").clone();
        list.first().map(|agent| text(agent, "State"))
    }
}

const CALLER: (&str, &str) = ("Caller", "13800000000");
const OWN_NUMBER: (&str, &str) = ("CallCenterNumber", "02112345678");

async fn an_answered_call(bench: &Bench) {
    let team = team(bench, "sales").await;
    let body = team.command(bench, "201", "CheckIn", &[]).await;
    assert_eq!((&body["RamId"], &body["State"]), (&json!("201"), &json!("Break")));
    team.command(bench, "201", "Ready", &[]).await;
    let body = team.command(bench, "201", "Ring", &[CALLER, OWN_NUMBER]).await;
    let contact = body["ContactId"].as_str().expect("a contact").to_owned();
    assert_eq!((&body["State"], contact.len()), (&json!("Ringing"), 10));
    bench.wait_ms(4_000);
    assert_eq!(team.command(bench, "201", "Answer", &[]).await["State"], json!("Talking"));
    assert_eq!(team.records(bench).await, Vec::<Value>::new());
    bench.wait_ms(10_000);
    team.command(bench, "201", "Hold", &[]).await;
    bench.wait_ms(5_000);
    team.command(bench, "201", "Retrieve", &[]).await;
    let body = team.command(bench, "201", "Break", &[]).await;
    assert_eq!((&body["State"], &body["NextState"]), (&json!("Talking"), &json!("Break")));
    bench.wait_ms(5_000);
    let body = team.command(bench, "201", "Release", &[("ReleaseReason", "CustomerHangUp")]).await;
    assert_eq!(body["State"], json!("ACW"));

    let records = team.records(bench).await;
    assert_eq!(records.len(), 1);
    let shown = |name: &str| records[0][name].clone();
    assert_eq!((shown("ContactId"), shown("ContactType")), (json!(contact), json!("Inbound")));
    assert_eq!((shown("ContactDisposition"), shown("Duration")), (json!("Success"), json!(24)));
    assert_eq!((shown("CallingNumber"), shown("CalledNumber")), (json!("13800000000"), json!("02112345678")));
    assert_eq!((shown("AgentNames"), shown("SkillGroupNames")), (json!("用户 201"), json!("账单")));
    assert_eq!(shown("SkillGroupIdList"), json!(team.group));

    team.command(bench, "201", "EndWrapUp", &[]).await;
    assert_eq!(team.state(bench, "201").await.as_deref(), Some("Break"));
    let params = [("InstanceId", team.instance.as_str()), ("PageNumber", "1"), ("PageSize", "10")];
    let recent = bench.body(&ram_user(ACCOUNT, "201"), "ListRecentCallRecords", &params).await;
    let part = &recent["CallDetailRecords"]["List"]["CallDetailRecord"][0]["Agents"]["CallDetailAgent"][0];
    assert_eq!((&part["RingTime"], &part["TalkTime"], &part["HoldTime"]), (&json!(4), &json!(20), &json!(5)));

    let body = team.command(bench, "201", "Dial", &[("Callee", "13900000000"), OWN_NUMBER]).await;
    assert_eq!(body["State"], json!("Dialing"));
    let body = team.command(bench, "201", "Release", &[("ReleaseReason", "Busy")]).await;
    assert_eq!(body["State"], json!("Break"));
    let records = team.records(bench).await;
    let shown = |name: &str| records[1][name].clone();
    assert_eq!((shown("ContactType"), shown("ContactDisposition")), (json!("Outbound"), json!("NoAnswer")));
    assert_eq!((shown("SkillGroupNames"), shown("CalledNumber")), (json!("账单"), json!("13900000000")));
    team.command(bench, "201", "CheckOut", &[]).await;
    assert_eq!(team.state(bench, "201").await, None);
}

async fn a_call_that_nobody_answers_goes_back(bench: &Bench) {
    let team = team(bench, "sales").await;
    for agent in ["201", "202"] {
        team.command(bench, agent, "CheckIn", &[("SkillGroupId.1", &team.group)]).await;
        team.command(bench, agent, "Ready", &[]).await;
    }
    let body = team.command(bench, "201", "Ring", &[CALLER]).await;
    let contact = body["ContactId"].as_str().expect("a contact").to_owned();
    bench.wait_ms(31_000);
    assert_eq!(team.state(bench, "201").await.as_deref(), Some("Break"));
    let groups = team.ask(bench, "ListSkillGroupStates", &[("SkillGroupIds", &team.group)]).await;
    let group = &groups["Data"]["List"]["RealTimeSkillGroupState"][0];
    assert_eq!(
        (&group["WaitingCalls"], &group["ReadyAgents"], &group["BreakingAgents"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(group["LongestCall"], json!(1));

    team.command(bench, "202", "Ring", &[("ContactId", &contact)]).await;
    team.command(bench, "202", "Reject", &[]).await;
    team.command(bench, "201", "Ready", &[]).await;
    team.command(bench, "201", "Ring", &[("ContactId", &contact)]).await;
    let body = team.command(bench, "201", "Release", &[("ReleaseReason", "CustomerHangUp")]).await;
    assert_eq!(body["State"], json!("Ready"));
    let records = team.records(bench).await;
    assert_eq!((records.len(), &records[0]["ContactDisposition"]), (1, &json!("AbandonedRing")));
    assert_eq!(records[0]["AgentNames"], json!("用户 201,用户 202"));
    let refusal = team.refusal(bench, "201", "Ring", &[("ContactId", &contact)]).await;
    assert_eq!(refusal, refused("NotExist.Contact", 404));
}

async fn commands_that_do_not_fit_are_refused(bench: &Bench) {
    let team = team(bench, "sales").await;
    let unfit = refused("InvalidOperation.UserState", 400);
    for command in ["CheckOut", "Ready", "Break", "Answer", "Reject", "Hold", "Retrieve", "Release", "EndWrapUp"] {
        assert_eq!(team.refusal(bench, "201", command, &[]).await, unfit, "{command}");
    }
    assert_eq!(team.refusal(bench, "201", "Dial", &[("Callee", "13900000000")]).await, unfit);
    let group = refused("NotExist.SkillGroup", 404);
    assert_eq!(team.refusal(bench, "201", "CheckIn", &[("SkillGroupId.1", "unknown")]).await, group);
    team.command(bench, "201", "CheckIn", &[]).await;
    for (command, more, expected) in [
        ("Ring", vec![CALLER], unfit.clone()),
        ("Dial", vec![], refused("MissingCallee", 400)),
        ("Dial", vec![("Callee", "nobody")], refused("Parameter.Format", 400)),
        (
            "Dial",
            vec![("Callee", "13900000000"), ("CallCenterNumber", "02100000000")],
            refused("NotExist.PhoneNumber", 404),
        ),
        ("Dial", vec![("Callee", "13900000000"), ("SkillGroupId.1", "unknown")], group),
        ("Fly", vec![], refused("Parameter.Enumeration", 400)),
    ] {
        assert_eq!(team.refusal(bench, "201", command, &more).await, expected, "{command} {more:?}");
    }
    assert_eq!(bench.count("ccc_activity").await, 1);
}

async fn an_agent_moves_himself_and_a_leader_others(bench: &Bench) {
    let team = team(bench, "sales").await;
    let denied = refused("NoPermission.User", 403);
    assert_eq!(team.refusal(bench, "201", "CheckIn", &[("RamId", "202")]).await, denied);
    let body = team.command(bench, "203", "CheckIn", &[("RamId", "202")]).await;
    assert_eq!(body["RamId"], json!("202"));
    assert_eq!(team.refusal(bench, "204", "CheckIn", &[]).await, denied);
    assert_eq!(team.refusal(bench, "203", "CheckIn", &[("RamId", "204")]).await, refused("NotExist.User", 404));
    let params = [("InstanceId", team.instance.as_str()), ("Command", "CheckIn")];
    assert_eq!(bench.refusal(&root(ACCOUNT), "ChangeAgentState", &params).await, refused("MissingRamId", 400));
}

async fn states_end_by_themselves(bench: &Bench) {
    let team = team(bench, "sales").await;
    team.command(bench, "201", "CheckIn", &[]).await;
    team.command(bench, "201", "Ready", &[]).await;
    team.command(bench, "201", "Ring", &[CALLER]).await;
    team.command(bench, "201", "Answer", &[]).await;
    let released = team.command(bench, "201", "Release", &[]).await;
    let released_ms = released["StateTime"].as_i64().expect("a time");
    assert_eq!(bench.center.settle_agents(released_ms + 14_999).await.expect("settled"), 0);
    assert_eq!(bench.center.settle_agents(released_ms + 20_000).await.expect("settled"), 1);
    assert_eq!(bench.center.settle_agents(released_ms + 20_000).await.expect("settled"), 0);
    bench.wait_ms(30_000);
    assert_eq!(team.state(bench, "201").await.as_deref(), Some("Ready"));
    let rows = bench.count("ccc_activity").await;
    // The row has the time of the deadline.
    let span = [("StartTime", (released_ms + 15_000).to_string()), ("StopTime", (released_ms + 15_000).to_string())];
    let span: Vec<(&str, &str)> = span.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = team.ask(bench, "ListAgentEvents", &[span.as_slice(), &[("RamId.1", "201")]].concat()).await;
    assert_eq!(body["AgentEventList"]["AgentEvent"][0]["Event"], json!("等待"));
    assert_eq!(bench.count("ccc_activity").await, rows);
}

async fn events_have_the_words_of_the_wire(bench: &Bench) {
    let team = team(bench, "sales").await;
    let from = bench.now_ms().to_string();
    team.command(bench, "201", "CheckIn", &[("SkillGroupId.1", &team.group)]).await;
    for (command, more) in
        [("Ready", vec![]), ("Ring", vec![CALLER]), ("Answer", vec![]), ("Release", vec![]), ("Break", vec![])]
    {
        team.command(bench, "201", command, &more).await;
    }
    team.command(bench, "202", "CheckIn", &[]).await;
    team.command(bench, "201", "CheckOut", &[]).await;
    let words = |body: &Map<String, Value>| -> Vec<(i64, String)> {
        let list = body["AgentEventList"]["AgentEvent"].as_array().expect("a list");
        list.iter().map(|event| (event["RamId"].as_i64().expect("a number"), text(event, "Event"))).collect()
    };
    let body =
        team.ask(bench, "ListAgentEvents", &[("RamId.1", "201"), ("RamId.2", "202"), ("StartTime", &from)]).await;
    let expected = ["签入", "等待", "振铃", "通话", "结束", "处理", "小休"].map(|word| (201, word.to_owned()));
    let expected = [expected.as_slice(), &[(202, "签入".to_owned()), (201, "签出".to_owned())]].concat();
    assert_eq!(words(&body), expected);
    let first = &body["AgentEventList"]["AgentEvent"][1];
    let groups = json!({"SkillGroup": [{"SkillGroupId": team.group, "SkillGroupName": "账单"}]});
    assert_eq!((&first["SkillGroupIds"], &first["LoginName"]), (&groups, &json!("user201")));

    // As an earlier generation of clients asks.
    let body = team.ask(bench, "ListAgentEvents", &[("RamId", "201"), ("Event", "签出"), ("PageSize", "1")]).await;
    assert_eq!(words(&body), [(201, "签出".to_owned())]);
    let (hour, now) = ((bench.now_ms() - 3_600_001).to_string(), bench.now_ms().to_string());
    for (params, expected) in [
        (vec![], refused("MissingRamId", 400)),
        (vec![("RamId.1", "nobody")], refused("Parameter.Format", 400)),
        (vec![("RamId.1", "204")], refused("NotExist.User", 404)),
        (vec![("RamId.1", "201"), ("Event.1", "午休")], refused("Parameter.Enumeration", 400)),
        (vec![("RamId.1", "201"), ("StartTime", &hour), ("StopTime", &now)], refused("Parameter.Invalid", 400)),
        (vec![("RamId.1", "201"), ("StartTime", &now), ("StopTime", &hour)], refused("Parameter.Invalid", 400)),
    ] {
        let params = [&[("InstanceId", team.instance.as_str())], params.as_slice()].concat();
        assert_eq!(bench.refusal(&root(ACCOUNT), "ListAgentEvents", &params).await, expected, "{params:?}");
    }
}

async fn states_are_listed(bench: &Bench) {
    let team = team(bench, "sales").await;
    let from = bench.now_ms().to_string();
    team.command(bench, "201", "CheckIn", &[]).await;
    team.command(bench, "202", "CheckIn", &[]).await;
    team.command(bench, "202", "Ready", &[]).await;
    bench.wait_ms(5_000);
    let body = team.ask(bench, "ListAgentStates", &[("State", "Ready")]).await;
    let expected = json!([{
        "AgentId": "202", "AgentName": "用户 202", "LoginName": "user202", "Dn": body["Data"]["List"]["RealTimeAgentState"][0]["Dn"],
        "InstanceId": team.instance, "State": "Ready", "StateDuration": "5",
    }]);
    assert_eq!(body["Data"]["List"]["RealTimeAgentState"], expected);
    let body = team.ask(bench, "GetInstanceState", &[]).await;
    let counts = json!({"AgentStateCount": [{"State": "Break", "Count": 1}, {"State": "Ready", "Count": 1}]});
    assert_eq!(body["RealTimeInstanceState"]["AgentStateDistributions"], counts);
    let body = team.ask(bench, "ListRealTimeAgent", &[]).await;
    let users = body["Data"]["User"].as_array().expect("a list");
    assert_eq!((users.len(), &users[0]["RamId"], &users[0]["State"]), (1, &json!("202"), &json!("Ready")));
    assert_eq!(users[0]["SkillLevels"]["SkillLevel"][0]["Skill"]["SkillGroupName"], json!("账单"));

    team.command(bench, "202", "Dial", &[("Callee", "13900000000"), OWN_NUMBER]).await;
    let to = bench.now_ms().to_string();
    let params = [("RamId", "202"), ("StartTime", &from), ("EndTime", &to), ("PageNumber", "1"), ("PageSize", "10")];
    let body = team.ask(bench, "ListAgentStateLogs", &params).await;
    let list = body["AgentStateLogPage"]["List"].as_array().expect("a bare array");
    let states: Vec<(String, String)> = list.iter().map(|log| (text(log, "State"), text(log, "StateCode"))).collect();
    let expected = [("LoggedIn", "2"), ("Ready", "3"), ("Dialing", "8")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(states, expected);
    assert_eq!((&list[2]["CounterParty"], &list[2]["RamId"]), (&json!("13900000000"), &json!(202)));
    assert_eq!(list[2]["SkillGroupIds"], json!(team.group));

    bench.wait_ms(4 * 3_600_000);
    let body = team.ask(bench, "ListAgentStates", &[]).await;
    assert_eq!(body["Data"]["TotalCount"], json!(1), "only 202 moved, when dialling ended by itself");
}

async fn a_leader_resets_his_own_people(bench: &Bench) {
    let team = team(bench, "sales").await;
    bench.add_user(&team.instance, "205", Role::Agent).await;
    team.command(bench, "201", "CheckIn", &[]).await;
    team.command(bench, "201", "Ready", &[]).await;
    team.command(bench, "201", "Ring", &[CALLER]).await;
    team.command(bench, "201", "Answer", &[]).await;
    let params = |id| [("InstanceId", team.instance.as_str()), ("RamIdList.1", id)];
    let leader = ram_user(ACCOUNT, "203");
    assert_eq!(bench.refusal(&leader, "ResetUserStatus", &params("205")).await, refused("NoPermission.User", 403));
    bench.body(&root(ACCOUNT), "ResetUserStatus", &params("205")).await;
    assert_eq!(bench.refusal(&leader, "ResetUserStatus", &params("204")).await, refused("NotExist.User", 404));
    let answer = bench.call(&leader, "ResetUserStatus", &params("201")).await.expect("reset");
    assert_eq!(answer.references, [("ACS::CCC::User", "201".to_owned())]);
    assert_eq!(team.state(bench, "201").await, None);
    assert_eq!(team.records(bench).await[0]["ContactDisposition"], json!("Success"));
    let none = [("InstanceId", team.instance.as_str())];
    assert_eq!(bench.refusal(&leader, "ResetUserStatus", &none).await, refused("MissingRamIdList", 400));
}

async fn no_more_agents_than_allowed(bench: &Bench) {
    let team = team(bench, "sales").await;
    bench.execute("UPDATE ccc_instances SET max_online_agents = 1").await;
    team.command(bench, "201", "CheckIn", &[]).await;
    assert_eq!(team.refusal(bench, "202", "CheckIn", &[]).await, refused("LimitExceeded.OnlineAgent", 400));
    // Whoever is at work may change his groups.
    team.command(bench, "201", "CheckIn", &[("SkillGroupId.1", &team.group)]).await;
    team.command(bench, "201", "CheckOut", &[]).await;
    team.command(bench, "202", "CheckIn", &[]).await;
}
