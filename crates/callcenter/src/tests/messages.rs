use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use sms::{Key, Message, Outcome, Provider, Receipt, Rejection, Report, State};
use tokio::sync::mpsc;

use super::bench::{ACCOUNT, Bench, ram_user, refused, root, text};
use super::on_both_databases;
use crate::activity::{Activity, ContactType, Kind, SurveyMedium};
use crate::{CallCenter, Role, activity};

on_both_databases!(
    configs_are_kept_per_instance,
    a_message_is_stored_rendered_and_listed,
    unfit_sendings_are_refused_and_store_nothing,
    a_survey_is_offered_once,
    outcomes_and_reports_reach_the_rows,
    quality_samples_are_read_back,
);

async fn create_config(bench: &Bench, instance: &str, scenario: &str, template: &str) -> i64 {
    let params = [
        ("InstanceId", instance),
        ("Name", "missed call"),
        ("SignName", "云谷"),
        ("TemplateCode", "SMS_1"),
        ("Description", template),
        ("Scenario", scenario),
    ];
    bench.body(&root(ACCOUNT), "CreateSmsConfig", &params).await["SmsConfig"]["Id"].as_i64().expect("an id")
}

async fn send(bench: &Bench, instance: &str, config: i64, numbers: &str, parameters: &str) -> String {
    let config = config.to_string();
    let params = [
        ("InstanceId", instance),
        ("ConfigId", config.as_str()),
        ("PhoneNumbers", numbers),
        ("TemplateParam", parameters),
    ];
    text(&Value::Object(bench.body(&root(ACCOUNT), "SendPredefinedShortMessage", &params).await), "BizId")
}

async fn list(bench: &Bench, instance: &str, filter: &[(&str, &str)]) -> Value {
    let params = [&[("InstanceId", instance)], filter].concat();
    bench.body(&root(ACCOUNT), "ListShortMessages", &params).await["ShortMessages"].clone()
}

async fn configs_are_kept_per_instance(bench: &Bench) {
    let (instance, other) = (bench.instance("sales", &[]).await, bench.instance("support", &[]).await);
    assert_eq!(create_config(bench, &instance, "3", "你好").await, 1);
    assert_eq!(create_config(bench, &instance, "1", "请评价").await, 2);
    let found = async |instance: &str, scenario: &str| {
        let params = [("InstanceId", instance), ("Scenario.1", scenario)];
        bench.body(&root(ACCOUNT), "GetSmsConfig", &params).await["SmsConfigs"]["SmsConfig"].clone()
    };
    assert_eq!(found(&instance, "1").await[0]["Description"], "请评价");
    assert_eq!(found(&instance, "2").await, json!([]));
    assert_eq!(found(&other, "1").await, json!([]));
    let changed = [("InstanceId", instance.as_str()), ("ConfigId", "2"), ("Description", "评价")];
    let body = bench.body(&root(ACCOUNT), "ModifySmsConfig", &changed).await;
    assert_eq!((&body["SmsConfig"]["Description"], &body["SmsConfig"]["SignName"]), (&json!("评价"), &json!("云谷")));
    let one = [("InstanceId", instance.as_str()), ("ConfigId", "2")];
    bench.body(&root(ACCOUNT), "DeleteSmsConfig", &one).await;
    let gone = refused("NotExist.SmsConfig", 404);
    assert_eq!(bench.refusal(&root(ACCOUNT), "DeleteSmsConfig", &one).await, gone);
    assert_eq!(bench.refusal(&root(ACCOUNT), "ModifySmsConfig", &changed).await, gone);
    assert_eq!(create_config(bench, &instance, "1", "again").await, 3, "an id is never given twice");
    bench.add_user(&instance, "201", Role::Manager).await;
    let refusal = bench.refusal(&ram_user(ACCOUNT, "201"), "DeleteSmsConfig", &one).await;
    assert_eq!(refusal, refused("NoPermission.User", 403));
}

async fn a_message_is_stored_rendered_and_listed(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let config = create_config(bench, &instance, "3", "您好，${name}").await;
    let one = send(bench, &instance, config, "13800000001", r#"{"name":"王芳"}"#).await;
    let batch = send(bench, &instance, config, "13800000001,138-0000-0002, 13800000001", r#"{"name":"李"}"#).await;
    assert_eq!(list(bench, &instance, &[]).await["TotalCount"], 3);
    let found = list(bench, &instance, &[("BizId", &one)]).await;
    let message = &found["List"]["ShortMessage"][0];
    assert_eq!((&message["Text"], &message["State"]), (&json!("【云谷】您好，王芳"), &json!("Delivered")));
    assert_eq!((&message["Provider"], &message["PhoneNumber"]), (&json!("sink"), &json!("13800000001")));
    assert_eq!(list(bench, &instance, &[("BizId", &batch)]).await["TotalCount"], 2);
    assert_eq!(list(bench, &instance, &[("State", "Failed")]).await["TotalCount"], 0);
    let page = list(bench, &instance, &[("PageSize", "2"), ("PageNumber", "2")]).await;
    assert_eq!(page["List"]["ShortMessage"].as_array().map(Vec::len), Some(1));
}

async fn unfit_sendings_are_refused_and_store_nothing(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    create_config(bench, &instance, "3", "您好，${name}").await;
    let many = vec!["13800000001"; 1_001].join(",");
    let format = refused("Parameter.Format", 400);
    for (config, numbers, parameters, expected) in [
        ("9", "13800000001", r#"{"name":"x"}"#, refused("NotExist.SmsConfig", 404)),
        ("1", "nobody", r#"{"name":"x"}"#, format.clone()),
        ("1", ", ,", r#"{"name":"x"}"#, refused("MissingPhoneNumbers", 400)),
        ("1", many.as_str(), r#"{"name":"x"}"#, refused("Parameter.Maximum", 400)),
        ("1", "13800000001", r#"{"other":"x"}"#, format.clone()),
        ("1", "13800000001", "[1]", format.clone()),
        ("1", "13800000001", "{", format.clone()),
    ] {
        let params = [
            ("InstanceId", instance.as_str()),
            ("ConfigId", config),
            ("PhoneNumbers", numbers),
            ("TemplateParam", parameters),
        ];
        let refusal = bench.refusal(&root(ACCOUNT), "SendPredefinedShortMessage", &params).await;
        assert_eq!(refusal, expected, "{config} {parameters}");
    }
    assert_eq!(bench.count("ccc_short_messages").await, 0);
}

async fn a_survey_is_offered_once(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let params = [
        ("InstanceId", instance.as_str()),
        ("Acid", "1000000001"),
        ("ContactType", "0"),
        ("PhoneNumbers", "13800000001"),
    ];
    let launch = "LaunchShortMessageAppraise";
    assert_eq!(bench.refusal(&root(ACCOUNT), launch, &params).await, refused("NotExist.Contact", 404));
    let number = "13800000001".to_owned();
    let started = Kind::ContactStarted {
        contact_type: ContactType::Inbound,
        calling_number: number.clone(),
        called_number: "02112345678".to_owned(),
        center_number: "02112345678".to_owned(),
    };
    let talking = Kind::AgentTalking { direction: activity::Direction::Inbound };
    let rows = [
        Activity::at(1, started).of_contact("1000000001"),
        Activity::at(2, talking).of_contact("1000000001").of_agent("201").in_group("g1"),
    ];
    bench.center.record(&instance, &rows).await.expect("recorded");
    assert_eq!(bench.refusal(&root(ACCOUNT), launch, &params).await, refused("NotExist.SmsConfig", 404));
    create_config(bench, &instance, "1", "请评价").await;
    bench.body(&root(ACCOUNT), launch, &params).await;
    bench.body(&root(ACCOUNT), launch, &params).await;
    assert_eq!(bench.count("ccc_short_messages").await, 1);
    let mut connection = bench.center.database.pool().acquire().await.expect("a connection");
    let rows = activity::rows::of_contact(&mut connection, &instance, "1000000001").await.expect("rows");
    let offered: Vec<_> = rows.iter().filter(|row| matches!(row.activity.kind, Kind::SurveyOffered { .. })).collect();
    assert_eq!(offered.len(), 1);
    assert_eq!(offered[0].activity.kind, Kind::SurveyOffered { medium: SurveyMedium::ShortMessage });
    assert_eq!(offered[0].activity.agent_id.as_deref(), Some("201"));
    assert_eq!(offered[0].activity.skill_group_id.as_deref(), Some("g1"));
}

/// Last digit 1: two parts; 2: refused; 3: no answer; 4: refused twice as busy, then taken.
#[derive(Default)]
struct Scripted {
    asked: AtomicUsize,
}

impl Provider for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn submit<'a>(&'a self, message: &'a Message) -> std::pin::Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let busy = |retryable| Outcome::Rejected(Rejection { code: "C".to_owned(), text: "no".to_owned(), retryable });
        let outcome = match message.number.as_bytes().last() {
            Some(b'1') => Outcome::Accepted(vec![format!("{}a", message.number), format!("{}b", message.number)]),
            Some(b'2') => busy(false),
            Some(b'3') => Outcome::Unknown("no answer in time".to_owned()),
            _ if asked.is_multiple_of(3) => Outcome::Accepted(vec!["late".to_owned()]),
            _ => busy(true),
        };
        Box::pin(async { outcome })
    }
}

async fn outcomes_and_reports_reach_the_rows(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    create_config(bench, &instance, "3", "你好").await;
    let provider = Arc::new(Scripted { asked: AtomicUsize::new(1) });
    let database = bench.center.database.clone();
    let center = CallCenter::open(database, Arc::clone(&bench.center.ram_users)).await.expect("the call centre opens");
    let center = Arc::new(center.with_short_messages(provider));
    let (reports, receiver) = mpsc::channel(8);
    let following = tokio::spawn(Arc::clone(&center).follow_reports(receiver));
    let send = async |number: &str| {
        let params = [("InstanceId", instance.as_str()), ("ConfigId", "1"), ("PhoneNumbers", number)];
        bench.call_on(&center, &root(ACCOUNT), "SendPredefinedShortMessage", &params).await
    };
    // A receipt that overtakes its answer waits for it.
    let receipt = |reference: &str, state| {
        Report::Receipt(Receipt { key: Key::Reference(reference.to_owned()), state, code: "000".to_owned() })
    };
    reports.send(receipt("13800000001a", State::Delivered)).await.expect("followed");
    assert_eq!(send("13800000004").await.expect("taken at the third attempt").body["BizId"], "late");
    assert_eq!(send("13800000001").await.expect("taken").body["BizId"], "13800000001a");
    let refusal = send("13800000002").await.expect_err("refused");
    assert_eq!((refusal.code.as_ref(), refusal.http_status), ("InternalService.Common", 500));
    let unknown = send("13800000003").await.expect("perhaps taken").body["BizId"].as_str().expect("ours").to_owned();

    reports.send(receipt("13800000001b", State::Delivered)).await.expect("followed");
    let states = async |number: &str| {
        let found = list(bench, &instance, &[("PhoneNumber", number)]).await;
        text(&found["List"]["ShortMessage"][0], "State")
    };
    let becomes = async |number: &str, expected: &str| {
        for _ in 0..100 {
            if states(number).await == expected {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{number} is {} and not {expected}", states(number).await);
    };
    becomes("13800000001", "Delivered").await;
    assert_eq!(states("13800000002").await, "Failed");
    assert_eq!(states("13800000003").await, "Unknown");
    let found = list(bench, &instance, &[("BizId", &unknown)]).await;
    let id = text(&found["List"]["ShortMessage"][0], "MessageId");
    let outcome = Outcome::Accepted(vec!["r3".to_owned()]);
    reports.send(Report::Answered { id, outcome }).await.expect("followed");
    reports.send(receipt("r3", State::Failed)).await.expect("followed");
    becomes("13800000003", "Failed").await;
    drop(reports);
    following.await.expect("it ends with its driver");
}

async fn quality_samples_are_read_back(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let stats = r#"[{"type":"inbound-rtp","kind":"audio","packetsLost":2,"jitter":0.004,"bytesReceived":16000}]"#;
    let padded = format!("{stats}{}", " ".repeat(64 * 1024));
    let call = |stats: &str, operation: &'static str| {
        let stats = stats.to_owned();
        let instance = instance.clone();
        async move {
            let params = [
                ("InstanceId", instance.as_str()),
                ("CallId", "call-1"),
                ("CallStartTime", "1700000000000"),
                ("CallerNumber", "02112345678"),
                ("CalleeNumber", "13800000001"),
                ("RecordTime", "1700000002000"),
                ("Stats", stats.as_str()),
                ("TenantId", "acc1"),
                ("Uid", "201"),
            ];
            bench.call(&root(ACCOUNT), operation, &params).await
        }
    };
    for operation in ["SaveWebRTCStats", "SaveStats"] {
        assert_eq!(call(&padded, operation).await.expect("stored").body["RowCount"], 1);
    }
    let refusal = call("packetsLost=2", "SaveWebRTCStats").await.expect_err("no JSON");
    assert_eq!((refusal.code.as_ref(), refusal.http_status), ("Parameter.Format", 400));
    let params = [("InstanceId", instance.as_str()), ("CallId", "call-1")];
    let body = bench.body(&root(ACCOUNT), "ListCallQuality", &params).await;
    assert_eq!(body["QualitySamples"]["TotalCount"], 2);
    let sample = &body["QualitySamples"]["List"]["QualitySample"][0];
    assert_eq!((&sample["PacketsLost"], &sample["ReceivedBitsPerSecond"]), (&json!(2), &json!(64_000)));
    assert_eq!(sample["JitterMs"], json!(4.0));
    assert!(sample.get("Codec").is_none());
}
