//! The call history through its operations.

use serde_json::{Map, Value, json};

use super::bench::{ACCOUNT, Bench, ram_user, refused, root};
use super::on_both_databases;
use crate::Role;
use crate::activity::{Activity, ContactType, Direction, Kind, LegSide, QueueOutcome, ReleaseReason};

on_both_databases!(
    a_record_is_shown_whole,
    filters_and_pages,
    unfit_parameters_are_refused,
    a_survey_is_offered_once,
    an_agent_sees_his_own_recent_calls,
    a_call_is_told_step_by_step,
    only_leaders_see_the_history,
);

/// The bench's clock begins here: 2023-11-15 06:13:20 in UTC+8.
const NOW_MS: i64 = 1_700_000_000_000;
const MINUTE_MS: i64 = 60_000;

/// An answered call from a customer, a minute long, handled by an agent of a group.
fn answered(contact: &str, customer: &str, center: &str, agent: (&str, &str), at_ms: i64) -> Vec<Activity> {
    let row = |after_ms, kind| Activity::at(at_ms + after_ms, kind).of_contact(contact);
    let own = |after_ms, kind| row(after_ms, kind).of_agent(agent.0).in_group("g1");
    vec![
        row(
            0,
            Kind::ContactStarted {
                contact_type: ContactType::Inbound,
                calling_number: customer.to_owned(),
                called_number: center.to_owned(),
                center_number: center.to_owned(),
            },
        ),
        row(1_000, Kind::Queued { skill_group_name: "账单".to_owned() }).in_group("g1"),
        own(3_000, Kind::AgentRinging { agent_name: agent.1.to_owned(), direction: Direction::Inbound }),
        row(9_000, Kind::QueueLeft { outcome: QueueOutcome::Answered }).in_group("g1"),
        row(9_000, Kind::Established),
        own(9_000, Kind::AgentTalking { direction: Direction::Inbound }),
        own(60_000, Kind::AgentCallEnded),
        row(
            60_000,
            Kind::Released { reason: ReleaseReason::Normal, side: Some(LegSide::Callee), cause: String::new() },
        ),
        own(60_000, Kind::AgentWrapUp { direction: Direction::Inbound }),
        Activity::at(at_ms + 75_000, Kind::AgentReady).of_agent(agent.0),
    ]
}

fn failed(contact: &str, callee: &str, reason: ReleaseReason, at_ms: i64) -> Vec<Activity> {
    let row = |after_ms, kind| Activity::at(at_ms + after_ms, kind).of_contact(contact);
    vec![
        row(
            0,
            Kind::ContactStarted {
                contact_type: ContactType::Back2Back,
                calling_number: "13900000000".to_owned(),
                called_number: callee.to_owned(),
                center_number: "02112345678".to_owned(),
            },
        ),
        row(5_000, Kind::Released { reason, side: None, cause: "SIP 486".to_owned() }),
    ]
}

async fn list(bench: &Bench, instance: &str, more: &[(&str, &str)]) -> Map<String, Value> {
    let mut params = vec![("InstanceId", instance), ("PageNumber", "1"), ("PageSize", "10")];
    for (name, value) in more {
        params.retain(|(known, _)| known != name);
        params.push((name, value));
    }
    let body = bench.body(&root(ACCOUNT), "ListCallDetailRecords", &params).await;
    body["CallDetailRecords"].as_object().expect("a page").clone()
}

fn ids(page: &Map<String, Value>) -> Vec<&str> {
    let records = page["List"]["CallDetailRecord"].as_array().expect("a list");
    records.iter().map(|record| record["ContactId"].as_str().expect("an id")).collect()
}

async fn a_record_is_shown_whole(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let at_ms = NOW_MS - 10 * MINUTE_MS;
    let mut rows = answered("1000000001", "13800000000", "02112345678", ("201", "梅"), at_ms);
    bench.center.record(&instance, &rows).await.expect("recorded");
    let page = list(bench, &instance, &[]).await;
    let mut record = json!({
        "ContactId": "1000000001", "ContactType": "Inbound", "ContactDisposition": "Success", "InstanceId": instance,
        "CallingNumber": "13800000000", "CalledNumber": "02112345678", "StartTime": at_ms, "Duration": 60,
        "AgentNames": "梅", "SkillGroupNames": "账单", "SkillGroupIdList": "g1",
        "SatisfactionDesc": "未发送", "Feedback": "",
        "Agents": {"CallDetailAgent": []}, "Recordings": {"Recording": []},
    });
    assert_eq!(page["List"], json!({"CallDetailRecord": [record]}));
    assert_eq!((&page["PageNumber"], &page["PageSize"], &page["TotalCount"]), (&json!(1), &json!(10), &json!(1)));

    bench.body(&root(ACCOUNT), "LaunchAppraise", &[("InstanceId", &instance), ("Acid", "1000000001")]).await;
    record["SatisfactionDesc"] = "未评价".into();
    record["Agents"] = json!({"CallDetailAgent": [{"AgentId": "201", "Satisfaction": "未评价", "Feedback": ""}]});
    assert_eq!(list(bench, &instance, &[]).await["List"], json!({"CallDetailRecord": [record]}));

    let later = |kind| Activity::at(NOW_MS + 1, kind).of_contact("1000000001").of_agent("201");
    let label = "不满意".to_owned();
    rows = vec![
        later(Kind::SurveyAnswered { key: 3, label, satisfied: false, feedback: "等待太久".to_owned() }),
        later(Kind::RecordingStored {
            file_name: "1699999409000000010000001.wav".to_owned(),
            agent_name: "梅".to_owned(),
            started_at_ms: at_ms + 9_000,
            duration_s: 51,
            sha256: "00".repeat(32),
        }),
    ];
    bench.center.record(&instance, &rows).await.expect("recorded");
    record["Satisfaction"] = 3.into();
    record["SatisfactionDesc"] = "不满意".into();
    record["Feedback"] = "等待太久".into();
    record["Agents"] =
        json!({"CallDetailAgent": [{"AgentId": "201", "Satisfaction": "不满意", "Feedback": "等待太久"}]});
    assert_eq!(
        list(bench, &instance, &[("WithRecording", "false")]).await["List"],
        json!({"CallDetailRecord": [record]})
    );
    record["Recordings"] = json!({"Recording": [{
        "AgentId": "201", "AgentName": "梅", "ContactId": "1000000001", "Duration": 51,
        "FileDescription": "20231115060329-梅", "FileName": "1699999409000000010000001.wav",
        "StartTime": at_ms + 9_000,
    }]});
    assert_eq!(list(bench, &instance, &[]).await["List"], json!({"CallDetailRecord": [record]}));
}

async fn filters_and_pages(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let at = |minutes: i64| NOW_MS - 100 * MINUTE_MS + minutes * MINUTE_MS;
    let calls = [
        answered("1000000001", "13800000000", "02112345678", ("201", "梅"), at(0)),
        answered("1000000002", "13700000000", "02187654321", ("202", "雷"), at(1)),
        failed("1000000003", "13800000000", ReleaseReason::Busy, at(2)),
        answered("1000000004", "13600000000", "02112345678", ("201", "梅"), at(3)),
        // Yesterday, and eight days ago.
        answered("1000000005", "13800000000", "02112345678", ("201", "梅"), NOW_MS - 24 * 60 * MINUTE_MS),
        answered("1000000006", "13800000000", "02112345678", ("201", "梅"), NOW_MS - 8 * 24 * 60 * MINUTE_MS),
    ];
    bench.center.record(&instance, &calls.concat()).await.expect("recorded");
    let other = bench.instance("other", &[]).await;
    bench.center.record(&other, &failed("1000000001", "1", ReleaseReason::Busy, at(0))).await.expect("recorded");

    // The bench's clock goes on by a millisecond a call.
    let (from, week) = (at(1).to_string(), (NOW_MS - 7 * 24 * 60 * MINUTE_MS + 60_000).to_string());
    let to = at(2).to_string();
    for (filters, expected) in [
        (vec![], vec!["1000000001", "1000000002", "1000000003", "1000000004"]),
        (vec![("OrderBy", "DESC")], vec!["1000000004", "1000000003", "1000000002", "1000000001"]),
        (
            vec![("StartTime", "0"), ("StopTime", "0"), ("OrderBy", "ASC"), ("PageSize", "2")],
            vec!["1000000001", "1000000002"],
        ),
        (vec![("StartTime", &from), ("StopTime", &to)], vec!["1000000002", "1000000003"]),
        (vec![("StartTime", &week), ("Criteria", "13800000000")], vec!["1000000005", "1000000001", "1000000003"]),
        (vec![("Criteria", "梅")], vec!["1000000001", "1000000004"]),
        (vec![("Criteria", "账单"), ("OrderBy", "desc")], vec!["1000000004", "1000000002", "1000000001"]),
        (vec![("Criteria", "02112345678")], vec![]),
        (vec![("Criteria", "账")], vec![]),
        (vec![("PhoneNumber", "02187654321")], vec!["1000000002"]),
        (vec![("PhoneNumber", "02112345678"), ("Criteria", "账单")], vec!["1000000001", "1000000004"]),
        (vec![("ContactType", "Back2Back, PrivacyDial")], vec!["1000000003"]),
        (vec![("ContactType", "Inbound,Back2Back"), ("ContactDisposition", "NoAnswer")], vec!["1000000003"]),
        (vec![("ContactDisposition", "Success"), ("Criteria", "雷")], vec!["1000000002"]),
        (vec![("ContactDisposition", "Busy")], vec![]),
        (
            vec![("ContactId", "1000000006"), ("Criteria", "nobody"), ("StartTime", "5"), ("StopTime", "4")],
            vec!["1000000006"],
        ),
        (vec![("ContactId", "1000000099")], vec![]),
    ] {
        let page = list(bench, &instance, &filters).await;
        assert_eq!(ids(&page), expected, "{filters:?}");
        if !filters.iter().any(|(name, _)| *name == "PageSize") {
            assert_eq!(page["TotalCount"], json!(expected.len()), "{filters:?}");
        }
    }
    let first = list(bench, &instance, &[("PageSize", "3")]).await;
    let second = list(bench, &instance, &[("PageSize", "3"), ("PageNumber", "2")]).await;
    let beyond = list(bench, &instance, &[("PageSize", "100"), ("PageNumber", "2147483647")]).await;
    assert_eq!((ids(&first).len(), &first["TotalCount"]), (3, &json!(4)));
    assert_eq!((ids(&second), &second["TotalCount"]), (vec!["1000000004"], &json!(0)));
    assert_eq!((ids(&beyond), &beyond["TotalCount"]), (vec![], &json!(0)));
}

async fn unfit_parameters_are_refused(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let (start, stop) = (NOW_MS.to_string(), (NOW_MS - 1).to_string());
    let long = (NOW_MS - 7 * 24 * 60 * MINUTE_MS - 1).to_string();
    for (more, code) in [
        (vec![("StartTime", start.as_str()), ("StopTime", &stop)], "Parameter.Invalid"),
        (vec![("StartTime", &long), ("StopTime", &start)], "Parameter.Invalid"),
        (vec![("ContactType", "Inbound,Fax")], "Parameter.Enumeration"),
        (vec![("ContactDisposition", "success")], "Parameter.Enumeration"),
    ] {
        let mut params = vec![("InstanceId", instance.as_str()), ("PageNumber", "1"), ("PageSize", "10")];
        for (name, value) in &more {
            params.retain(|(known, _)| known != name);
            params.push((name, value));
        }
        let refusal = bench.refusal(&root(ACCOUNT), "ListCallDetailRecords", &params).await;
        assert_eq!(refusal, refused(code, 400), "{more:?}");
    }
}

async fn a_survey_is_offered_once(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let rows = answered("1000000001", "13800000000", "02112345678", ("201", "梅"), NOW_MS - MINUTE_MS);
    // The call is not over yet.
    bench.center.record(&instance, &rows[..6]).await.expect("recorded");
    let params = |acid| [("InstanceId", instance.as_str()), ("Acid", acid)];
    let answer = bench.call(&root(ACCOUNT), "LaunchAppraise", &params("1000000001")).await.expect("offered");
    assert_eq!(answer.references, [("ACS::CCC::Contact", "1000000001".to_owned())]);
    let before = bench.count("ccc_activity").await;
    bench.body(&root(ACCOUNT), "LaunchAppraise", &params("1000000001")).await;
    assert_eq!(bench.count("ccc_activity").await, before);
    let refusal = bench.refusal(&root(ACCOUNT), "LaunchAppraise", &params("1000000002")).await;
    assert_eq!(refusal, refused("NotExist.Contact", 404));
    assert_eq!(bench.count("ccc_activity").await, before);
}

async fn an_agent_sees_his_own_recent_calls(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    bench.add_user(&instance, "201", Role::Agent).await;
    let calls = [
        answered("1000000001", "13800000000", "02112345678", ("201", "梅"), NOW_MS - 60 * MINUTE_MS),
        answered("1000000002", "13700000000", "02112345678", ("202", "雷"), NOW_MS - 50 * MINUTE_MS),
        answered("1000000003", "13600000000", "02112345678", ("201", "梅"), NOW_MS - 40 * MINUTE_MS),
        answered("1000000004", "13600000000", "02112345678", ("201", "梅"), NOW_MS - 31 * 24 * 60 * MINUTE_MS),
    ];
    bench.center.record(&instance, &calls.concat()).await.expect("recorded");
    let params = [("InstanceId", instance.as_str()), ("PageNumber", "1"), ("PageSize", "10")];
    let body = bench.body(&ram_user(ACCOUNT, "201"), "ListRecentCallRecords", &params).await;
    let page = body["CallDetailRecords"].as_object().expect("a page");
    assert_eq!((ids(page), &page["TotalCount"]), (vec!["1000000003", "1000000001"], &json!(2)));
    let agents = &page["List"]["CallDetailRecord"][1]["Agents"];
    let expected = json!({"CallDetailAgent": [{
        "AgentId": "201", "AgentName": "梅", "ContactId": "1000000001", "SkillGroupName": "账单",
        "StartTime": NOW_MS - 60 * MINUTE_MS + 3_000, "QueueTime": 2, "RingTime": 6, "TalkTime": 51, "HoldTime": 0,
        "WorkTime": 15, "Satisfaction": "未发送", "Feedback": "",
    }]});
    assert_eq!(agents, &expected);

    let mut searched = params.to_vec();
    searched.push(("Criteria", "13800000000"));
    let body = bench.body(&ram_user(ACCOUNT, "201"), "ListRecentCallRecords", &searched).await;
    assert_eq!(ids(body["CallDetailRecords"].as_object().expect("a page")), ["1000000001"]);
    let body = bench.body(&root(ACCOUNT), "ListRecentCallRecords", &params).await;
    assert_eq!(body["CallDetailRecords"]["TotalCount"], json!(0));
}

async fn a_call_is_told_step_by_step(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let rows = answered("1000000001", "13800000000", "02112345678", ("201", "梅"), NOW_MS - MINUTE_MS);
    bench.center.record(&instance, &rows).await.expect("recorded");
    let params = |contact| [("InstanceId", instance.as_str()), ("ContactId", contact)];
    let body = bench.body(&root(ACCOUNT), "ListCallEventDetailByContactId", &params("1000000001")).await;
    let data = &body["Data"];
    let head = |name: &str| data[name].as_str().expect("text");
    assert_eq!((head("CallType"), head("Caller"), head("Callee")), ("Inbound", "13800000000", "02112345678"));
    assert_eq!(
        (head("StartTime"), head("ReleaseReason"), head("ReleaseAgent")),
        ("2023-11-15 06:12:20", "Normal", "梅")
    );
    let events = data["Events"]["CallEventDetail"].as_array().expect("a list");
    let names: Vec<&str> = events.iter().map(|event| event["Event"].as_str().expect("a name")).collect();
    let expected =
        ["Enqueue", "AgentRinging", "AssignAgent", "CallEstablished", "AgentTalk", "CallReleased", "AgentACW"];
    assert_eq!(names, expected);
    let talk = json!({
        "Event": "AgentTalk", "TimeStamp": "2023-11-15 06:12:29", "Duration": 51, "AgentName": "梅", "Status": "",
        "DetailData": {"EventType": "AgentTalk", "SkillGroup": "账单"},
    });
    assert_eq!(events[4], talk);
    assert_eq!(events[5]["DetailData"]["HangUper"], json!("Callee"));
    let refusal = bench.refusal(&root(ACCOUNT), "ListCallEventDetailByContactId", &params("1000000002")).await;
    assert_eq!(refusal, refused("NotExist.Contact", 404));
}

async fn only_leaders_see_the_history(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    bench.add_user(&instance, "201", Role::Agent).await;
    bench.add_user(&instance, "202", Role::Manager).await;
    let params = [("InstanceId", instance.as_str()), ("PageNumber", "1"), ("PageSize", "10")];
    let refusal = bench.refusal(&ram_user(ACCOUNT, "201"), "ListCallDetailRecords", &params).await;
    assert_eq!(refusal, refused("NoPermission.User", 403));
    bench.body(&ram_user(ACCOUNT, "202"), "ListCallDetailRecords", &params).await;
    let unknown = [("InstanceId", "unknown"), ("PageNumber", "1"), ("PageSize", "10")];
    let refusal = bench.refusal(&root(ACCOUNT), "ListCallDetailRecords", &unknown).await;
    assert_eq!(refusal, refused("NotExist.Instance", 404));
}
