//! The report operations: shapes, parameters, refusals.

use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, OTHER_ACCOUNT, ram_user, refused, role_session, root};
use super::on_both_databases;
use crate::Role;
use crate::activity::{Activity, BreakReason, ContactType, Direction, Kind, QueueOutcome, ReleaseReason};

on_both_databases!(
    an_agents_report_is_whole,
    a_skill_groups_report_is_whole,
    the_instances_report_is_whole,
    agents_without_activity_have_rows_only_when_asked_for,
    pages_end_where_the_list_ends,
    unfit_parameters_are_refused,
    only_leaders_see_reports,
    intervals_are_cut,
    an_agent_sees_his_own_days,
    numbers_are_measured_over_the_account,
);

/// 2023-11-14 00:00:00 UTC+8: the day before the bench's clock, which stands at 06:13:20.
const YESTERDAY_MS: i64 = 1_699_891_200_000;
const TODAY_MS: i64 = YESTERDAY_MS + 86_400_000;
const DAY: &str = "2023-11-14 00:00:00";

async fn group(bench: &Bench, instance: &str, name: &str) -> String {
    let params = [("InstanceId", instance), ("Name", name)];
    let body = bench.body(&root(ACCOUNT), "CreateSkillGroup", &params).await;
    body["SkillGroupId"].as_str().expect("an id").to_owned()
}

/// One inbound call of user 201 from 08:00:00 of a day: 15 s in the queue of which 4 ring, 100 s talk, 10 s work.
fn working_day(day_ms: i64, group: &str) -> Vec<Activity> {
    let at = |seconds: i64, kind: Kind| {
        Activity::at(day_ms + (8 * 3_600 + seconds) * 1_000, kind).of_contact("c1").of_agent("201").in_group(group)
    };
    let shift = |seconds: i64, kind: Kind| Activity::at(day_ms + (8 * 3_600 + seconds) * 1_000, kind).of_agent("201");
    vec![
        shift(0, Kind::AgentCheckedIn { skill_group_ids: vec![group.to_owned()] }),
        shift(0, Kind::AgentReady),
        at(
            49,
            Kind::ContactStarted {
                contact_type: ContactType::Inbound,
                calling_number: "13800000000".to_owned(),
                called_number: "02112345678".to_owned(),
                center_number: "02112345678".to_owned(),
            },
        ),
        at(50, Kind::FlowEntered { contact_flow_id: "f".to_owned() }),
        at(51, Kind::Queued { skill_group_name: "Billing".to_owned() }),
        at(62, Kind::AgentRinging { agent_name: "梅".to_owned(), direction: Direction::Inbound }),
        at(66, Kind::QueueLeft { outcome: QueueOutcome::Answered }),
        at(66, Kind::AgentTalking { direction: Direction::Inbound }),
        at(66, Kind::Established),
        at(166, Kind::Released { reason: ReleaseReason::Normal, side: None, cause: String::new() }),
        at(166, Kind::AgentCallEnded),
        at(166, Kind::AgentWrapUp { direction: Direction::Inbound }),
        shift(176, Kind::AgentOnBreak { reason: BreakReason::Asked }),
        shift(200, Kind::AgentCheckedOut),
    ]
}

async fn desk(bench: &Bench) -> (String, String) {
    let instance = bench.instance("sales", &[]).await;
    bench.add_user(&instance, "201", Role::Agent).await;
    bench.add_user(&instance, "202", Role::Manager).await;
    let billing = group(bench, &instance, "Billing").await;
    bench.center.record(&instance, &working_day(YESTERDAY_MS, &billing)).await.expect("appended");
    (instance, billing)
}

fn satisfaction() -> Value {
    json!({"SatisfactionIndex": 0, "SatisfactionSurveysOffered": 0, "SatisfactionSurveysResponded": 0})
}

fn joined(parts: &[Value]) -> Value {
    let fields = parts.iter().filter_map(Value::as_object).flatten();
    Value::Object(fields.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn expected_overall() -> Value {
    let occupancy: Value = serde_json::from_str(&f64::from(110_f32 / 200_f32).to_string()).expect("a number");
    joined(&[
        satisfaction(),
        json!({
            "AverageReadyTime": 62, "AverageTalkTime": 100, "AverageWorkTime": 10, "MaxReadyTime": 62,
            "MaxTalkTime": 100, "MaxWorkTime": 10, "OccupancyRate": occupancy, "TotalBreakTime": 24, "TotalCalls": 1,
            "TotalLoggedInTime": 200, "TotalReadyTime": 62, "TotalTalkTime": 100, "TotalWorkTime": 10,
        }),
    ])
}

fn expected_inbound(max_talk: Value) -> Value {
    joined(&[
        satisfaction(),
        json!({
            "AverageRingTime": 4, "AverageTalkTime": 100, "AverageWorkTime": 10, "CallsHandled": 1, "CallsOffered": 1,
            "HandleRate": 1, "MaxRingTime": 4, "MaxTalkTime": max_talk, "MaxWorkTime": 10, "ServiceLevel20": 1,
            "TotalRingTime": 4, "TotalTalkTime": 100, "TotalWorkTime": 10,
        }),
    ])
}

fn expected_outbound(max_work: Value) -> Value {
    joined(&[
        satisfaction(),
        json!({
            "AnswerRate": 0, "AverageDialingTime": 0, "AverageTalkTime": 0, "AverageWorkTime": 0, "CallsAnswered": 0,
            "CallsDialed": 0, "MaxDialingTime": 0, "MaxTalkTime": 0, "MaxWorkTime": max_work, "TotalDialingTime": 0,
            "TotalTalkTime": 0, "TotalWorkTime": 0,
        }),
    ])
}

fn expected_queue() -> Value {
    json!({
        "AbandonedInQueueOfQueueCount": 0, "AnsweredByAgentOfQueueCount": 1,
        "AnsweredByAgentOfQueueMaxWaitTimeDuration": 15, "AnsweredByAgentOfQueueWaitTimeDuration": 15,
        "GiveUpByAgentOfQueueCount": 0, "InComingQueueOfQueueCount": 1, "OverFlowInQueueOfQueueCount": 0,
        "QueueMaxWaitTimeDuration": 15, "QueueWaitTimeDuration": 15,
    })
}

async fn ask(bench: &Bench, operation: &str, instance: &str, more: &[(&str, &str)]) -> serde_json::Map<String, Value> {
    let mut params = vec![("InstanceId", instance)];
    params.extend_from_slice(more);
    bench.body(&root(ACCOUNT), operation, &params).await
}

async fn an_agents_report_is_whole(bench: &Bench) {
    let (instance, billing) = desk(bench).await;
    let range = [("StartTime", DAY), ("EndTime", DAY)];
    let body = ask(bench, "ListAgentSummaryReports", &instance, &range).await;
    let overall = joined(&[
        expected_overall(),
        json!({
            "FirstLogInTime": "2023-11-14 08:00:00", "LastLogOutTime": "2023-11-14 08:03:20", "OneTransferCalls": 0,
        }),
    ]);
    let row = json!({
        "AgentId": "201", "AgentName": "用户 201", "InstanceId": instance, "LoginName": "user201",
        "SkillGroupIds": "", "SkillGroupNames": "", "Inbound": expected_inbound(json!(100)),
        "Outbound": expected_outbound(json!("0")), "Overall": overall,
    });
    let expected = json!({"PageNumber": 1, "PageSize": 10, "TotalCount": 1, "List": {"AgentSummaryReport": [row]}});
    assert_eq!(body["PagedAgentSummaryReport"], expected);
    // All his work was for the one group.
    let of_group =
        ask(bench, "ListAgentSummaryReports", &instance, &[range[0], range[1], ("SkillGroupId", &billing)]).await;
    assert_eq!(of_group["PagedAgentSummaryReport"], expected);
}

async fn a_skill_groups_report_is_whole(bench: &Bench) {
    let (instance, billing) = desk(bench).await;
    let range = [("StartTime", DAY), ("EndTime", DAY), ("SkillGroupIds", billing.as_str())];
    let body = ask(bench, "ListSkillGroupSummaryReports", &instance, &range).await;
    let row = json!({
        "InstanceId": instance, "SkillGroupId": billing, "SkillGroupName": "Billing",
        "Inbound": joined(&[expected_inbound(json!("100")), expected_queue()]),
        "Outbound": expected_outbound(json!(0)), "Overall": expected_overall(),
    });
    let expected =
        json!({"PageNumber": 1, "PageSize": 10, "TotalCount": 1, "List": {"SkillGroupSummaryReport": [row]}});
    assert_eq!(body["PagedSkillGroupSummaryReport"], expected);
    // Without ids every group has a row, also the one that did nothing.
    let all = ask(bench, "ListSkillGroupSummaryReports", &instance, &range[..2]).await;
    assert_eq!(all["PagedSkillGroupSummaryReport"]["TotalCount"], 2);
    // Today nothing happened; the list has another name there, and the row more figures.
    let today = ask(bench, "ListSkillGroupSummaryReportsSinceMidnight", &instance, &[("SkillGroups", &billing)]).await;
    let row = &today["PagedSkillGroupSummaryReport"]["List"]["SkillGroupSummaryReport"][0];
    assert_eq!(row["Inbound"]["CallsServiceLevel30"], 0);
    assert_eq!(row["Inbound"]["MaxTalkTime"], "0");
    assert!(row["Timestamp"].as_str().is_some_and(|text| text.starts_with("2023-11-15 06:13:")), "{row}");
}

async fn the_instances_report_is_whole(bench: &Bench) {
    let (instance, _) = desk(bench).await;
    let range = [("StartTime", DAY), ("EndTime", DAY)];
    let body = ask(bench, "GetInstanceSummaryReport", &instance, &range).await;
    let line = json!({
        "AverageWaitTime": 15, "CallsAbandonedInIVR": 0, "CallsAbandonedInQueue": 0, "CallsIncomingIVR": 1,
        "CallsIncomingLine": 1, "CallsIncomingQueue": 1, "MaxWaitTime": 15, "TotalWaitTime": 15,
    });
    let expected = json!({
        "InstanceId": instance, "Inbound": joined(&[expected_inbound(json!("100")), line]),
        "Outbound": expected_outbound(json!(0)), "Overall": expected_overall(),
    });
    assert_eq!(body["InstanceSummaryReport"], expected);
}

async fn agents_without_activity_have_rows_only_when_asked_for(bench: &Bench) {
    let (instance, _) = desk(bench).await;
    let range = [("StartTime", DAY), ("EndTime", DAY), ("AgentIds", " 202,201,202,")];
    let body = ask(bench, "ListAgentSummaryReports", &instance, &range).await;
    let rows = body["PagedAgentSummaryReport"]["List"]["AgentSummaryReport"].as_array().expect("rows").clone();
    let ids: Vec<&Value> = rows.iter().map(|row| &row["AgentId"]).collect();
    assert_eq!(ids, ["202", "201"]);
    assert_eq!(rows[0]["Overall"]["TotalLoggedInTime"], 0);
    assert_eq!(rows[0]["Overall"].get("FirstLogInTime"), None);
    assert_eq!(rows[0]["LoginName"], "user202");
}

async fn pages_end_where_the_list_ends(bench: &Bench) {
    let (instance, _) = desk(bench).await;
    for (page, size, found) in [("1", "1", 1), ("2", "1", 1), ("3", "1", 0), ("2147483647", "100", 0), ("1", "100", 2)]
    {
        let params =
            [("StartTime", DAY), ("EndTime", DAY), ("AgentIds", "201,202"), ("PageNumber", page), ("PageSize", size)];
        let report = ask(bench, "ListAgentSummaryReports", &instance, &params).await["PagedAgentSummaryReport"].clone();
        assert_eq!(report["List"]["AgentSummaryReport"].as_array().map(Vec::len), Some(found), "{page} of {size}");
        assert_eq!(report["TotalCount"], 2);
    }
}

async fn unfit_parameters_are_refused(bench: &Bench) {
    let (instance, _) = desk(bench).await;
    let many = |count: usize| (0..count).map(|n| format!("2{n:02}")).collect::<Vec<_>>().join(",");
    let (fifty, fifty_one) = (many(50), many(51));
    let format = refused("Parameter.Format", 400);
    let invalid = refused("Parameter.Invalid", 400);
    let maximum = refused("Parameter.Maximum", 400);
    for (operation, list, unknown) in [
        ("ListAgentSummaryReports", "AgentIds", refused("NotExist.User", 404)),
        ("ListSkillGroupSummaryReports", "SkillGroupIds", refused("NotExist.SkillGroup", 404)),
        ("ListAgentSummaryReportsByInterval", "AgentIds", refused("NotExist.User", 404)),
        ("ListSkillGroupSummaryReportsByInterval", "SkillGroupIds", refused("NotExist.SkillGroup", 404)),
    ] {
        for (more, expected) in [
            (vec![("StartTime", "2023-11-14")], format.clone()),
            (vec![("StartTime", "2023-11-14T00:00:00Z")], format.clone()),
            (vec![("EndTime", "1699891200000")], format.clone()),
            (vec![("StartTime", "2023-11-15 00:00:00")], invalid.clone()),
            (vec![("StartTime", "2023-05-14 00:00:00")], invalid.clone()),
            (vec![(list, fifty_one.as_str())], maximum.clone()),
            (vec![(list, fifty.as_str())], unknown.clone()),
            (vec![(list, "unknown")], unknown),
        ] {
            let mut params = vec![("InstanceId", instance.as_str())];
            let given = |name: &str| more.iter().any(|(given, _): &(&str, &str)| *given == name);
            params.extend(["StartTime", "EndTime"].into_iter().filter(|name| !given(name)).map(|name| (name, DAY)));
            params.extend(more.iter().copied());
            assert_eq!(bench.refusal(&root(ACCOUNT), operation, &params).await, expected, "{operation} {more:?}");
        }
    }
    let params = [("InstanceId", instance.as_str()), ("StartTime", DAY), ("EndTime", DAY), ("SkillGroupId", "unknown")];
    let refusal = bench.refusal(&root(ACCOUNT), "ListAgentSummaryReports", &params).await;
    assert_eq!(refusal, refused("NotExist.SkillGroup", 404));
    // Six months ago is not too long ago, and the day after tomorrow not too late.
    let range = [("StartTime", "2023-05-15 00:00:00"), ("EndTime", "2023-11-17 00:00:00")];
    let body = ask(bench, "ListAgentSummaryReports", &instance, &range).await;
    assert_eq!(body["PagedAgentSummaryReport"]["TotalCount"], 1);
}

async fn only_leaders_see_reports(bench: &Bench) {
    let (instance, _) = desk(bench).await;
    let params = [("InstanceId", instance.as_str()), ("StartTime", DAY), ("EndTime", DAY)];
    for operation in ["ListAgentSummaryReports", "ListSkillGroupSummaryReports", "GetInstanceSummaryReport"] {
        bench.body(&ram_user(ACCOUNT, "202"), operation, &params).await;
        bench.body(&role_session(ACCOUNT), operation, &params).await;
        for (caller, expected) in [
            (ram_user(ACCOUNT, "201"), refused("NoPermission.User", 403)),
            (ram_user(ACCOUNT, "203"), refused("NoPermission.User", 403)),
            (root(OTHER_ACCOUNT), refused("NotExist.Instance", 404)),
        ] {
            assert_eq!(bench.refusal(&caller, operation, &params).await, expected, "{operation}");
        }
    }
}

async fn intervals_are_cut(bench: &Bench) {
    let (instance, billing) = desk(bench).await;
    bench.center.record(&instance, &working_day(TODAY_MS - 7_200_000, &billing)).await.expect("appended");
    let range = [("StartTime", DAY), ("EndTime", "2023-11-15 00:00:00")];
    let body = ask(bench, "ListAgentSummaryReportsByInterval", &instance, &range).await;
    let agent = &body["PagedAgentSummaryReport"]["List"]["AgentTimeIntervalReport"][0];
    assert_eq!(agent["AgentId"], "201");
    let days = agent["IntervalList"]["AgentSummaryReport"].as_array().expect("rows");
    let column = |field: fn(&Value) -> Value| days.iter().map(field).collect::<Vec<_>>();
    assert_eq!(column(|row| row["Timestamp"].clone()), ["2023-11-14 00:00:00", "2023-11-15 00:00:00"]);
    assert_eq!(column(|row| row["Overall"]["TotalTalkTime"].clone()), [100, 100]);
    assert_eq!(column(|row| row["Outbound"]["MaxWorkTime"].clone()), [0, 0]);

    let range = [("StartTime", DAY), ("EndTime", DAY), ("Interval", "Minute5")];
    let body = ask(bench, "ListSkillGroupSummaryReportsByInterval", &instance, &range).await;
    let groups = body["PagedSkillGroupSummaryReport"]["List"]["SkillGroupTimeIntervalReport"].as_array().expect("rows");
    let group = groups.iter().find(|group| group["SkillGroupId"] == billing.as_str()).expect("the group");
    let spans = group["IntervalList"]["SkillGroupSummaryReport"].as_array().expect("rows").clone();
    assert_eq!(spans.len(), 288);
    assert_eq!(spans[96]["Timestamp"], "2023-11-14 08:00:00");
    assert_eq!(spans[96]["Inbound"]["MaxTalkTime"], 100);
    assert_eq!(spans[97]["Overall"]["TotalLoggedInTime"], 0);

    let today = [("StartTime", "2023-11-15 00:00:00"), ("EndTime", "2023-11-15 00:00:00"), ("Interval", "Minute5")];
    let body = ask(bench, "GetInstanceSummaryReportByInterval", &instance, &today).await;
    let spans = body["InstanceTimeIntervalReport"]["IntervalList"]["InstanceSummaryReport"].as_array().expect("rows");
    // 06:13 lies in the 75th span.
    assert_eq!(spans.len(), 75);
    assert_eq!(spans[72]["Inbound"]["CallsHandled"], 1);
    let long = [("StartTime", "2023-11-01 00:00:00"), ("EndTime", DAY), ("Interval", "Minute5")];
    let params: Vec<_> = [("InstanceId", instance.as_str())].into_iter().chain(long).collect();
    let refusal = bench.refusal(&root(ACCOUNT), "GetInstanceSummaryReportByInterval", &params).await;
    assert_eq!(refusal, refused("Parameter.Invalid", 400));
}

async fn an_agent_sees_his_own_days(bench: &Bench) {
    let (instance, _) = desk(bench).await;
    let page = [("PageNumber", "1"), ("PageSize", "10")];
    let own =
        [("InstanceId", instance.as_str()), ("StartDate", "2023-11-13"), ("EndDate", "2023-11-14"), page[0], page[1]];
    let body = bench.body(&ram_user(ACCOUNT, "201"), "GenerateAgentStatisticReport", &own).await;
    assert_eq!(body["DataList"]["TotalCount"], 2);
    let row = &body["DataList"]["List"]["GenerateAgentStatistic"][1];
    assert_eq!(row["RecordDate"], "2023-11-14");
    assert_eq!((&row["Inbound"]["HandleRate"], &row["OccupancyRate"]), (&json!(100), &json!(55)));
    assert_eq!((&row["Inbound"]["TotalHoldTime"], &row["Overall"]["TotalCalls"]), (&json!(0), &json!(1)));
    // Another's figures need a leader.
    let other = [own[0], own[1], own[2], own[3], own[4], ("AgentId", "202")];
    let refusal = bench.refusal(&ram_user(ACCOUNT, "201"), "GenerateAgentStatisticReport", &other).await;
    assert_eq!(refusal, refused("NoPermission.User", 403));
    bench.body(&root(ACCOUNT), "GenerateAgentStatisticReport", &other).await;
    let refusal = bench.refusal(&role_session(ACCOUNT), "GenerateAgentStatisticReport", &own).await;
    assert_eq!(refusal, refused("MissingAgentId", 400));

    let by_login =
        [own[0], ("StartDay", "2023-11-14"), ("EndDay", "2023-11-14"), page[0], page[1], ("UserId", "user201")];
    let body = bench.body(&ram_user(ACCOUNT, "202"), "GetAgentData", &by_login).await;
    let row = &body["DataList"]["List"][0];
    assert_eq!((&row["AgentId"], &row["TotalBreakTime"]), (&json!("201"), &json!(24)));
    let unknown = [by_login[0], by_login[1], by_login[2], page[0], page[1], ("UserId", "nobody")];
    let refusal = bench.refusal(&root(ACCOUNT), "GetAgentData", &unknown).await;
    assert_eq!(refusal, refused("NotExist.User", 404));
}

async fn numbers_are_measured_over_the_account(bench: &Bench) {
    let (instance, _) = desk(bench).await;
    let other = bench.instance("other", &[]).await;
    bench.center.record(&other, &working_day(YESTERDAY_MS, "g")).await.expect("appended");
    let day = [("IntervalType", "Day"), ("Year", "2023"), ("Month", "11"), ("Day", "14")];
    let body = bench.body(&root(ACCOUNT), "GetCallMeasureSummaryReport", &day).await;
    let sums = |calls: i64, minutes: i64| {
        json!({
            "InboundCount": calls, "InboundDurationByMinute": minutes, "OutboundCount": 0, "OutboundDurationByMinute": 0,
        })
    };
    let date = json!({"Year": 2023, "Month": 11, "Day": 14});
    assert_eq!(body["SummaryReport"], joined(&[sums(2, 4), date.clone()]));
    let row = joined(&[sums(2, 4), date, json!({"Number": "02112345678"})]);
    let reports = json!({"PageNumber": 1, "PageSize": 10, "TotalCount": 1, "List": {"NumberReport": [row]}});
    assert_eq!(body["NumberReports"], reports);
    // A leader of one instance sees that one alone; an agent, and another account, nothing.
    let led = bench.body(&ram_user(ACCOUNT, "202"), "GetCallMeasureSummaryReport", &day).await;
    assert_eq!(led["SummaryReport"]["InboundCount"], 1);
    let refusal = bench.refusal(&ram_user(ACCOUNT, "201"), "GetCallMeasureSummaryReport", &day).await;
    assert_eq!(refusal, refused("NoPermission.User", 403));
    let foreign = bench.body(&root(OTHER_ACCOUNT), "GetCallMeasureSummaryReport", &day).await;
    assert_eq!(foreign["SummaryReport"]["InboundCount"], 0);

    let listed = bench.body(&root(ACCOUNT), "ListCallMeasureSummaryReports", &[("IntervalType", "Month")]).await;
    let months = listed["CallMeasureSummaryReportList"]["CallMeasureSummaryReport"].as_array().expect("rows");
    assert_eq!(months.len(), 6);
    assert_eq!(months[5], joined(&[sums(2, 4), json!({"Year": "2023", "Month": "11"})]));
    let listed = bench.body(&root(ACCOUNT), "ListCallMeasureSummaryReports", &[("IntervalType", "DAY")]).await;
    let days = listed["CallMeasureSummaryReportList"]["CallMeasureSummaryReport"].as_array().expect("rows");
    assert_eq!((days.len(), &days[28]["InboundCount"], &days[28]["Day"]), (30, &json!(2), &json!("14")));

    for (params, expected) in [
        (vec![day[0], day[1], day[2]], refused("MissingDay", 400)),
        (vec![("IntervalType", "Week"), day[1], day[2]], refused("Parameter.Enumeration", 400)),
        (vec![day[0], day[1], day[2], ("Day", "31")], refused("Parameter.Invalid", 400)),
        (vec![day[0], ("Year", "2020"), day[2], day[3]], refused("Parameter.Invalid", 400)),
    ] {
        let refusal = bench.refusal(&root(ACCOUNT), "GetCallMeasureSummaryReport", &params).await;
        assert_eq!(refusal, expected, "{params:?}");
    }
    let _ = instance;
}
