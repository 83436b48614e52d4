use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::bench::{ACCOUNT, Bench, losers, ram_user, refused, root};
use super::on_both_databases;
use crate::activity::{Activity, Appended, BreakReason, Kind, LegSide, ReleaseReason, rows};
use crate::{AdmittedCall, Calling, Clock, Dialler, Party, Progress, Role, Signal, Then};

on_both_databases!(
    a_double_call_without_a_trunk_fails_and_says_so,
    the_call_of_an_agents_telephone_is_his,
    a_call_that_succeeds_is_told_in_rows,
    refused_calls_leave_nothing,
    the_last_line_goes_to_one_caller,
    cool_downs_end,
    a_hung_up_call_frees_its_line,
    a_lost_call_is_ended_by_the_system,
    calls_of_a_former_process_are_ended,
    dial_ex_knows_its_targets,
);

/// 2026-03-01 12:00:00 UTC+8.
const NOON_MS: i64 = 1_772_337_600_000;

#[derive(Default)]
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A dialler that leaves its calls to the test.
#[derive(Default)]
struct Held(Mutex<Vec<(AdmittedCall, Progress)>>);

impl Dialler for Held {
    fn dial(&self, call: AdmittedCall, progress: Progress) {
        self.0.lock().push((call, progress));
    }
}

impl Held {
    fn take(&self) -> (AdmittedCall, Progress) {
        self.0.lock().pop().expect("a call was dialled")
    }
}

struct Stage {
    bench: Bench,
    dialler: Arc<Held>,
    clock: Arc<HandClock>,
    instance: String,
}

async fn stage(bench: &Bench) -> Stage {
    let (dialler, clock) = (Arc::new(Held::default()), Arc::new(HandClock(AtomicI64::new(NOON_MS))));
    let calling = Calling { dialler: dialler.clone(), clock: clock.clone(), seed: Some(7) };
    let bench = bench.calling(calling).await;
    let instance =
        bench.instance("sales", &[("PhoneNumbers.1", "02112345678"), ("PhoneNumbers.2", "4001234567")]).await;
    Stage { bench, dialler, clock, instance }
}

fn double_call<'a>(instance: &'a str, caller: &'a str, callee: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("InstanceId", instance), ("Caller", caller), ("Callee", callee)]
}

async fn start(bench: &Bench, instance: &str, caller: &str, callee: &str) -> Map<String, Value> {
    bench.body(&root(ACCOUNT), "StartBack2BackCall", &double_call(instance, caller, callee)).await
}

/// The rows of the instance's only or last contact, when the call is over.
async fn rows_of(bench: &Bench, instance: &str, contact: &str) -> Vec<Appended> {
    let mut connection = bench.center.store().acquire().await.expect("a connection");
    for _ in 0..500 {
        let found = rows::of_contact(&mut connection, instance, contact).await.expect("rows");
        if found.iter().any(|row| matches!(row.activity.kind, Kind::Released { .. })) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the call does not end");
}

fn told(rows: &[Appended]) -> Vec<Value> {
    let row = |row: &Appended| serde_json::to_value(&row.activity.kind).expect("a kind is JSON");
    rows.iter().map(row).collect()
}

fn names(rows: &[Appended]) -> Vec<String> {
    told(rows).iter().map(|kind| kind["kind"].as_str().expect("a name").to_owned()).collect()
}

async fn a_double_call_without_a_trunk_fails_and_says_so(bench: &Bench) {
    let instance = bench.instance("sales", &[("PhoneNumber", "02112345678")]).await;
    let params = double_call(&instance, "+86 138-1234-5678", "02187654321");
    let answer = bench.call(&root(ACCOUNT), "StartBack2BackCall", &params).await.expect("accepted");
    let field = |name: &str| answer.body[name].as_str().expect("a text").to_owned();
    assert_eq!((field("StatusCode"), field("StatusDesc")), ("200".to_owned(), "Okay".to_owned()));
    let (task, time) = (field("TaskId"), field("TimeStamp"));
    assert_eq!((task.len(), time.len()), (18, 13));
    assert!(task[..13] <= *time, "{task} {time}");
    let [(resource, contact)] = answer.references.as_slice() else { panic!("one reference: {:?}", answer.references) };
    assert_eq!((*resource, contact.len()), ("ACS::CCC::Contact", 10));
    assert_eq!(answer.event_data["ContactId"], contact.as_str());

    let rows = rows_of(bench, &instance, contact).await;
    let expected = serde_json::json!([
        {"kind": "contact_started", "contact_type": "Back2Back", "calling_number": "13812345678",
         "called_number": "02187654321", "center_number": "02112345678"},
        {"kind": "leg_dialing", "leg": "caller", "number": "13812345678"},
        {"kind": "leg_ended", "leg": "caller", "cause": "no trunk configured"},
        {"kind": "released", "reason": "failed", "side": null, "cause": "no trunk configured"},
    ]);
    assert_eq!(Value::Array(told(&rows)), expected);
    assert!(rows.iter().all(|row| row.activity.agent_id.is_none()));

    let store = bench.center.store();
    let mut connection = store.acquire().await.expect("a connection");
    let mapped = crate::call::rows::contact_of_task(&mut connection, &instance, &task).await.expect("rows");
    assert_eq!(mapped.as_ref(), Some(contact));
}

async fn the_call_of_an_agents_telephone_is_his(bench: &Bench) {
    let Stage { bench, dialler, clock, instance } = stage(bench).await;
    bench.add_user(&instance, "201", Role::Agent).await;
    start(&bench, &instance, "+8613800000000", "13912345678").await;
    let (call, progress) = dialler.take();
    progress.tell(Signal::Dialing { leg: LegSide::Caller, number: call.first.number.clone() }).await;
    progress.tell(Signal::Answered { leg: LegSide::Caller }).await;
    progress.tell(Signal::Dialing { leg: LegSide::Callee, number: "13912345678".to_owned() }).await;
    progress.tell(released(ReleaseReason::Busy, Some(LegSide::Callee))).await;
    let rows = rows_of(&bench, &instance, &call.contact_id).await;
    let of_agent: Vec<&Appended> = rows.iter().filter(|row| row.activity.agent_id.as_deref() == Some("201")).collect();
    let expected = serde_json::json!([
        {"kind": "agent_dialing", "agent_name": "用户 201"},
        {"kind": "agent_call_ended"},
    ]);
    let of_agent: Vec<Value> = of_agent.into_iter().flat_map(|row| told(std::slice::from_ref(row))).collect();
    assert_eq!(Value::Array(of_agent), expected);

    // Who was ready is ready again, who was on a break stays there.
    for (kind, callee, last) in [
        (Kind::AgentReady, "13912345671", "agent_ready"),
        (Kind::AgentOnBreak { reason: BreakReason::Asked }, "13912345672", "agent_on_break"),
    ] {
        let now_ms = clock.0.fetch_add(1_000, Ordering::Relaxed) + 1_000;
        let check_in = Kind::AgentCheckedIn { skill_group_ids: Vec::new() };
        let before = [check_in, kind].map(|kind| Activity::at(now_ms - 1, kind).of_agent("201"));
        bench.center.record(&instance, &before).await.expect("recorded");
        start(&bench, &instance, "13800000000", callee).await;
        let (call, progress) = dialler.take();
        progress.tell(Signal::Dialing { leg: LegSide::Caller, number: call.first.number.clone() }).await;
        progress.tell(released(ReleaseReason::NoAnswer, None)).await;
        rows_of(&bench, &instance, &call.contact_id).await;
        let mut connection = bench.center.store().acquire().await.expect("a connection");
        let all = rows::between(&mut connection, &instance, now_ms - 1, now_ms + 1).await.expect("rows");
        assert_eq!(names(&all).last().map(String::as_str), Some(last));
    }

    // His extension is his too, and no short number.
    let mut connection = bench.center.store().acquire().await.expect("a connection");
    let extension: String = sqlx::query_scalar("SELECT extension FROM ccc_users WHERE ram_user_id = '201'")
        .fetch_one(&mut *connection)
        .await
        .expect("he has one");
    start(&bench, &instance, &extension, "13912345673").await;
    let (call, _progress) = dialler.take();
    assert_eq!(call.first.number, extension);

    // Of two users with one telephone nobody is meant, unless one of them calls.
    bench.add_user(&instance, "202", Role::Agent).await;
    for (caller, callee, agent) in
        [(root(ACCOUNT), "13912345679", None), (ram_user(ACCOUNT, "202"), "13912345670", Some("202"))]
    {
        bench.body(&caller, "StartBack2BackCall", &double_call(&instance, "13800000000", callee)).await;
        let (call, progress) = dialler.take();
        progress.tell(Signal::Dialing { leg: LegSide::Caller, number: call.first.number.clone() }).await;
        progress.tell(released(ReleaseReason::NoAnswer, None)).await;
        let rows = rows_of(&bench, &instance, &call.contact_id).await;
        assert_eq!(rows.iter().find_map(|row| row.activity.agent_id.as_deref()), agent);
    }
}

fn released(reason: ReleaseReason, side: Option<LegSide>) -> Signal {
    Signal::Released { reason, side, cause: String::new() }
}

async fn a_call_that_succeeds_is_told_in_rows(bench: &Bench) {
    let Stage { bench, dialler, clock, instance } = stage(bench).await;
    bench.add_user(&instance, "201", Role::Agent).await;
    start(&bench, &instance, "13800000000", "13912345678").await;
    let (call, progress) = dialler.take();
    assert_eq!(call.first, Party { side: LegSide::Caller, number: "13800000000".to_owned() });
    assert_eq!(call.then, Then::Dial(Party { side: LegSide::Callee, number: "13912345678".to_owned() }));
    assert_eq!((call.instance_id.as_str(), call.shown_number.as_str()), (instance.as_str(), "02112345678"));
    let (caller, callee) = (LegSide::Caller, LegSide::Callee);
    for (second, signal) in [
        (0, Signal::Dialing { leg: caller, number: "13800000000".to_owned() }),
        (1, Signal::Ringing { leg: caller }),
        (4, Signal::Answered { leg: caller }),
        (4, Signal::Dialing { leg: callee, number: "13912345678".to_owned() }),
        (5, Signal::Ringing { leg: callee }),
        (9, Signal::Answered { leg: callee }),
        (9, Signal::Joined),
        (20, Signal::Held { leg: caller }),
        (30, Signal::Retrieved { leg: caller }),
        (69, Signal::LegEnded { leg: callee, cause: "BYE".to_owned() }),
        (69, released(ReleaseReason::Normal, Some(callee))),
        (70, Signal::LegEnded { leg: caller, cause: "BYE".to_owned() }),
        (71, Signal::Joined),
    ] {
        clock.0.store(NOON_MS + second * 1_000, Ordering::Relaxed);
        progress.tell(signal).await;
    }
    drop(progress);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let rows = rows_of(&bench, &instance, &call.contact_id).await;
    let expected = [
        "contact_started",
        "leg_dialing",
        "agent_dialing",
        "leg_ringing",
        "leg_answered",
        "leg_dialing",
        "leg_ringing",
        "leg_answered",
        "established",
        "agent_talking",
        "leg_held",
        "leg_retrieved",
        "leg_ended",
        "released",
        "agent_call_ended",
        "leg_ended",
    ];
    assert_eq!(names(&rows), expected);
    let seconds: Vec<i64> = rows.iter().map(|row| (row.activity.at_ms - NOON_MS) / 1_000).collect();
    assert_eq!(seconds, [0, 0, 0, 1, 4, 4, 5, 9, 9, 9, 20, 30, 69, 69, 69, 70]);
}

async fn refused_calls_leave_nothing(bench: &Bench) {
    let Stage { bench, dialler, instance, .. } = stage(bench).await;
    let elsewhere = bench.instance("other", &[("PhoneNumber", "02187654321")]).await;
    let good = ("13812345678", "13912345678");
    for ((caller, callee), more, expected) in [
        (("nobody", good.1), None, refused("Parameter.Format", 400)),
        ((good.0, "12"), None, refused("Parameter.Format", 400)),
        ((good.0, "+8613812345678"), None, refused("Permission.Loop", 403)),
        ((good.0, "021-12345678"), None, refused("Permission.Loop", 403)),
        (("4001234567", good.1), None, refused("Permission.Loop", 403)),
        (good, Some(("CallCenterNumber", "02187654321")), refused("NotExist.PhoneNumber", 404)),
        (good, Some(("CallCenterNumber", "4001234567")), refused("NotExist.PhoneNumber", 404)),
        (good, Some(("WorkflowId", "flow-1")), refused("Parameter.Invalid", 400)),
        ((good.0, "110"), None, refused("Permission.Destination", 403)),
        ((good.0, "+12127365000"), None, refused("Permission.Destination", 403)),
        (("10086", good.1), None, refused("Permission.Destination", 403)),
        (("16812345", good.1), None, refused("Permission.Destination", 403)),
    ] {
        let mut params = double_call(&instance, caller, callee);
        params.extend(more);
        assert_eq!(bench.refusal(&root(ACCOUNT), "StartBack2BackCall", &params).await, expected, "{params:?}");
    }
    let stranger = double_call(&elsewhere, good.0, good.1);
    bench.add_user(&instance, "201", Role::Agent).await;
    let refusal = bench.refusal(&ram_user(ACCOUNT, "201"), "StartBack2BackCall", &stranger).await;
    assert_eq!(refusal, refused("NoPermission.User", 403));
    assert!(dialler.0.lock().is_empty());
    assert_eq!((bench.count("ccc_dialled_calls").await, bench.count("ccc_activity").await), (0, 0));
}

async fn the_last_line_goes_to_one_caller(bench: &Bench) {
    let Stage { bench, dialler, clock, instance } = stage(bench).await;
    bench.execute("UPDATE ccc_phone_numbers SET trunks = 2").await;
    let callees: Vec<String> = (0..4).map(|digit| format!("1391234567{digit}")).collect();
    let tasks = callees
        .iter()
        .map(|callee| bench.start(&root(ACCOUNT), "StartBack2BackCall", &double_call(&instance, "13812345678", callee)))
        .collect();
    assert_eq!(losers(tasks).await, ["ServiceUnavailable"; 2]);
    let (call, progress) = dialler.take();
    progress.tell(released(ReleaseReason::NoAnswer, None)).await;
    rows_of(&bench, &instance, &call.contact_id).await;
    start(&bench, &instance, "13812345678", "13912345675").await;
    let full = double_call(&instance, "13812345678", "13912345676");
    assert_eq!(bench.refusal(&root(ACCOUNT), "StartBack2BackCall", &full).await, refused("ServiceUnavailable", 503));
    // The rate is another reason, and has an end of its own.
    bench.execute("UPDATE ccc_phone_numbers SET trunks = 20").await;
    for digit in [7, 8] {
        start(&bench, &instance, "13812345678", &format!("1391234567{digit}")).await;
    }
    let sixth = double_call(&instance, "13812345678", "13912345679");
    let error = bench.call(&root(ACCOUNT), "StartBack2BackCall", &sixth).await.expect_err("five a second");
    assert_eq!((error.code.as_ref(), error.http_status, error.retry_after_ms), ("Throttling.User", 429, Some(1_000)));
    clock.0.fetch_add(1_000, Ordering::Relaxed);
    start(&bench, &instance, "13812345678", "13912345679").await;
}

async fn cool_downs_end(bench: &Bench) {
    let Stage { bench, clock, instance, .. } = stage(bench).await;
    start(&bench, &instance, "13812345678", "13912345678").await;
    let cooling = refused("Permission.CoolDown", 403);
    for (after_ms, caller, callee, expected) in [
        (4_999, "13812345679", "+8613912345678", Err(cooling.clone())),
        (5_000, "13812345679", "13912345678", Ok(())),
        (29_999, "013812345678", "13912345678", Err(cooling)),
        (30_000, "13812345678", "13912345678", Ok(())),
    ] {
        clock.0.store(NOON_MS + after_ms, Ordering::Relaxed);
        let outcome = bench.call(&root(ACCOUNT), "StartBack2BackCall", &double_call(&instance, caller, callee)).await;
        let outcome = outcome.map(|_| ()).map_err(|error| (error.code.into_owned(), error.http_status));
        assert_eq!(outcome, expected, "{after_ms}");
    }
}

async fn a_hung_up_call_frees_its_line(bench: &Bench) {
    let Stage { bench, dialler, instance, .. } = stage(bench).await;
    start(&bench, &instance, "13812345678", "13912345678").await;
    let (call, progress) = dialler.take();
    let dialling = tokio::spawn(async move {
        progress.cancelled().await;
        progress.tell(released(ReleaseReason::CallerLeft, Some(LegSide::Caller))).await;
    });
    assert!(bench.center.hang_up(&instance, &call.contact_id));
    assert!(!bench.center.hang_up(&instance, "1000000000"));
    dialling.await.expect("cancelled");
    let rows = rows_of(&bench, &instance, &call.contact_id).await;
    assert_eq!(names(&rows), ["contact_started", "released"]);
    for _ in 0..500 {
        if !bench.center.hang_up(&instance, &call.contact_id) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the call stays known");
}

async fn a_lost_call_is_ended_by_the_system(bench: &Bench) {
    let Stage { bench, dialler, instance, .. } = stage(bench).await;
    start(&bench, &instance, "13812345678", "13912345678").await;
    let (call, progress) = dialler.take();
    drop(progress);
    let rows = rows_of(&bench, &instance, &call.contact_id).await;
    let last = told(&rows).pop().expect("rows");
    assert_eq!((last["reason"].as_str(), last["cause"].as_str()), (Some("system"), Some("the dialler lost the call")));
}

async fn calls_of_a_former_process_are_ended(bench: &Bench) {
    let Stage { bench, dialler, instance, .. } = stage(bench).await;
    bench.add_user(&instance, "201", Role::Agent).await;
    start(&bench, &instance, "13800000000", "13912345678").await;
    let (call, _progress) = dialler.take();
    let next = bench.calling(Calling::default()).await;
    let rows = rows_of(&next, &instance, &call.contact_id).await;
    assert_eq!(names(&rows), ["contact_started", "released", "agent_call_ended"]);
    let released = told(&rows).remove(1);
    assert_eq!(
        (released["reason"].as_str(), released["cause"].as_str()),
        (Some("system"), Some("the server was started again"))
    );
    let length_s = (rows[1].activity.at_ms - NOON_MS) / 1_000;
    assert!((0..=4 * 3_600).contains(&length_s), "{length_s}");
    let again = next.calling(Calling::default()).await;
    assert_eq!(rows_of(&again, &instance, &call.contact_id).await.len(), 3, "ended once");
}

async fn dial_ex_knows_its_targets(bench: &Bench) {
    let Stage { bench, dialler, instance, .. } = stage(bench).await;
    bench.add_user(&instance, "201", Role::Agent).await;
    let groups = bench.body(&root(ACCOUNT), "ListSkillGroups", &[("InstanceId", &instance)]).await;
    let group = &groups["SkillGroups"]["SkillGroup"][0];
    let queue = group["AccQueueName"].as_str().expect("a queue").to_owned();
    let group_id = group["SkillGroupId"].as_str().expect("an id").to_owned();
    for (mode, route, callee, expected) in [
        ("1", "201@sales", "13912345671", Ok(Then::Agent("201".to_owned()))),
        ("2", queue.as_str(), "13912345672", Ok(Then::Queue(group_id))),
        ("1", "201@SALES", "13912345673", Err(refused("NotExist.User", 404))),
        ("1", "999@sales", "13912345673", Err(refused("NotExist.User", 404))),
        ("2", "unknown@sales", "13912345673", Err(refused("NotExist.SkillGroup", 404))),
        ("0", "unknown", "13912345673", Err(refused("NotExist.ContactFlow", 404))),
    ] {
        let params = [
            ("InstanceId", instance.as_str()),
            ("AnswerMode", mode),
            ("RoutPoint", route),
            ("Caller", "02112345678"),
            ("Callee", callee),
        ];
        match (bench.call(&root(ACCOUNT), "DialEx", &params).await, expected) {
            (Ok(_), Ok(then)) => {
                let (call, _progress) = dialler.take();
                let first = Party { side: LegSide::Callee, number: callee.to_owned() };
                assert_eq!((call.first, call.then), (first, then));
            }
            (Err(error), Err(expected)) => assert_eq!((error.code.into_owned(), error.http_status), expected),
            (outcome, expected) => panic!("{mode} {route}: {outcome:?}, not {expected:?}"),
        }
    }
}
