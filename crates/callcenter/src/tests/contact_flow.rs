//! Contact flows, their lock, and the voice survey.

use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, ram_user, refused, root, text};
use super::on_both_databases;
use crate::Role;

on_both_databases!(
    a_new_instance_has_a_welcome_flow,
    a_flow_is_created_edited_and_published,
    one_user_edits_at_a_time,
    a_forgotten_lock_is_free_again,
    unfit_parameters_are_refused,
    an_instance_holds_so_many_flows,
    route_points_are_unique,
    the_survey_is_switched_on_and_off,
    old_instances_get_their_flows,
);

async fn flows(bench: &Bench, instance: &str) -> Vec<Value> {
    let body = bench.body(&root(ACCOUNT), "ListContactFlows", &[("InstanceId", instance)]).await;
    body["ContactFlows"]["ContactFlow"].as_array().expect("a list").clone()
}

async fn create(bench: &Bench, instance: &str, name: &str) -> Value {
    let params =
        [("InstanceId", instance), ("Name", name), ("Type", "Mainflow"), ("Canvas", "<c/>"), ("Content", "{}")];
    bench.body(&root(ACCOUNT), "CreateContactFlow", &params).await["ContactFlow"].clone()
}

fn version_of(flow: &Value) -> &Value {
    &flow["Versions"]["ContactFlowVersion"][0]
}

async fn a_new_instance_has_a_welcome_flow(bench: &Bench) {
    let more = [("PhoneNumbers.1", "02112345678"), ("PhoneNumbers.2", "4001234567")];
    let instance = bench.instance("sales", &more).await;
    let flows = flows(bench, &instance).await;
    let numbers = bench.body(&root(ACCOUNT), "GetInstance", &[("InstanceId", &instance)]).await;
    let expected = json!({
        "AppliedVersion": "20231115061320", "ContactFlowDescription": "Greets and forwards to the default skill group",
        "ContactFlowId": flows[0]["ContactFlowId"], "ContactFlowName": "Welcome", "InstanceId": instance,
        "Type": "Mainflow", "PhoneNumbers": numbers["Instance"]["PhoneNumbers"],
        "Versions": {"ContactFlowVersion": [{
            "ContactFlowVersionDescription": "", "ContactFlowVersionId": version_of(&flows[0])["ContactFlowVersionId"],
            "LastModified": "2023-11-15 06:13:20", "LastModifiedBy": ACCOUNT, "Status": "Published",
            "Version": "20231115061320",
        }]},
    });
    assert_eq!(flows[0], expected);
    assert_eq!(
        (text(&flows[1], "ContactFlowName"), text(&flows[1], "Type")),
        ("SatisfactionSurvey".into(), "System".into())
    );
    assert_eq!((flows.len(), flows[1].get("AppliedVersion")), (2, None));
}

async fn a_flow_is_created_edited_and_published(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let created = create(bench, &instance, "Night").await;
    assert_eq!((version_of(&created)["Status"].clone(), created.get("AppliedVersion")), (json!("Draft"), None));
    assert_eq!((&version_of(&created)["Canvas"], &version_of(&created)["Content"]), (&json!("<c/>"), &json!("{}")));
    let id = text(version_of(&created), "ContactFlowVersionId");
    let base = [("InstanceId", instance.as_str()), ("ContactFlowVersionId", &id)];
    let listed = || async { flows(bench, &instance).await.remove(2) };
    assert_eq!(version_of(&listed().await).get("Canvas"), None, "lists do not show the texts");

    let edit = [base[0], base[1], ("Canvas", "<d/>"), ("Content", "[1]")];
    let answer = bench.call(&root(ACCOUNT), "CommitContactFlowVersionModification", &edit).await.expect("saved");
    let saved = &answer.body["ContactFlowVersion"];
    assert_eq!(
        (&saved["Status"], &saved["Content"], &saved["LockedBy"]),
        (&json!("Draft"), &json!("[1]"), &json!("root"))
    );
    assert_eq!(answer.references, [("ACS::CCC::ContactFlow", text(&created, "ContactFlowId"))]);
    assert_eq!(version_of(&listed().await)["LockedBy"], "root");

    bench.body(&root(ACCOUNT), "PublishContactFlowVersion", &[base[0], base[1], ("UseTianGong", "true")]).await;
    let flow = listed().await;
    assert_eq!(
        (&flow["AppliedVersion"], &version_of(&flow)["Status"]),
        (&version_of(&flow)["Version"], &json!("Published"))
    );
    assert_eq!(version_of(&flow).get("LockedBy"), None, "publishing frees the lock");

    bench.body(&root(ACCOUNT), "CommitContactFlowVersionModification", &edit).await;
    assert_eq!(version_of(&listed().await)["Status"], "Updated");
}

async fn one_user_edits_at_a_time(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    bench.add_user(&instance, "201", Role::Admin).await;
    let id = text(version_of(&create(bench, &instance, "Night").await), "ContactFlowVersionId");
    let base = [("InstanceId", instance.as_str()), ("ContactFlowVersionId", &id)];
    let edit = [base[0], base[1], ("Canvas", "<d/>"), ("Content", "[1]")];
    let (first, second) = (ram_user(ACCOUNT, "201"), root(ACCOUNT));
    bench.body(&first, "CommitContactFlowVersionModification", &edit).await;
    bench.body(&first, "CommitContactFlowVersionModification", &edit).await;
    let in_use = refused("InUse.ContactFlowVersion", 400);
    assert_eq!(bench.refusal(&second, "CommitContactFlowVersionModification", &edit).await, in_use);
    assert_eq!(bench.refusal(&second, "PublishContactFlowVersion", &base).await, in_use);
    let flow = flows(bench, &instance).await.remove(2);
    assert_eq!(
        (&version_of(&flow)["LockedBy"], &version_of(&flow)["LastModifiedBy"]),
        (&json!("user201"), &json!("201"))
    );
    bench.body(&first, "PublishContactFlowVersion", &base).await;
    bench.body(&second, "CommitContactFlowVersionModification", &edit).await;
    assert_eq!(bench.refusal(&first, "CommitContactFlowVersionModification", &edit).await, in_use);
}

async fn a_forgotten_lock_is_free_again(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    bench.add_user(&instance, "201", Role::Admin).await;
    let id = text(version_of(&create(bench, &instance, "Night").await), "ContactFlowVersionId");
    let edit =
        [("InstanceId", instance.as_str()), ("ContactFlowVersionId", &id), ("Canvas", "<d/>"), ("Content", "[1]")];
    bench.body(&ram_user(ACCOUNT, "201"), "CommitContactFlowVersionModification", &edit).await;
    // 30 minutes later, as far as the row can tell.
    bench.execute("UPDATE ccc_contact_flow_versions SET locked_until_ms = locked_until_ms - 1800000").await;
    assert_eq!(version_of(&flows(bench, &instance).await[2]).get("LockedBy"), None);
    bench.body(&root(ACCOUNT), "CommitContactFlowVersionModification", &edit).await;
    assert_eq!(version_of(&flows(bench, &instance).await[2])["LockedBy"], "root");
}

async fn unfit_parameters_are_refused(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let other = bench.instance("other", &[]).await;
    let foreign = flows(bench, &other).await.remove(0);
    let (foreign_flow, foreign_version) =
        (text(&foreign, "ContactFlowId"), text(version_of(&foreign), "ContactFlowVersionId"));
    let wide = "流".repeat(33);
    for (name, code) in [(" ", "Parameter.Format"), (&wide, "Parameter.Maximum"), ("Welcome", "Exists.ContactFlowName")]
    {
        let params = [
            ("InstanceId", instance.as_str()),
            ("Name", name),
            ("Type", "Mainflow"),
            ("Canvas", "{}"),
            ("Content", "{}"),
        ];
        let error = bench.call(&root(ACCOUNT), "CreateContactFlow", &params).await.expect_err("refused");
        assert_eq!(error.code, code);
    }
    for version in ["unknown", &foreign_version] {
        let params =
            [("InstanceId", instance.as_str()), ("ContactFlowVersionId", version), ("Canvas", "{}"), ("Content", "{}")];
        for operation in ["CommitContactFlowVersionModification", "PublishContactFlowVersion", "CreateVoiceAppraise"] {
            let refusal = bench.refusal(&root(ACCOUNT), operation, &params).await;
            assert_eq!(refusal, refused("NotExist.ContactFlowVersion", 404), "{operation}");
        }
    }
    for flow in ["unknown", &foreign_flow] {
        let params = [("InstanceId", instance.as_str()), ("ContactFlowId", flow)];
        let refusal = bench.refusal(&root(ACCOUNT), "GetRoutePoint", &params).await;
        assert_eq!(refusal, refused("NotExist.ContactFlow", 404));
    }
    assert_eq!(flows(bench, &instance).await.len(), 2);
}

async fn an_instance_holds_so_many_flows(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    // Two are there already.
    for number in 2..crate::limits::MAX_CONTACT_FLOWS_PER_INSTANCE {
        create(bench, &instance, &format!("Flow {number}")).await;
    }
    let params = [
        ("InstanceId", instance.as_str()),
        ("Name", "One too many"),
        ("Type", "Subflow"),
        ("Canvas", "{}"),
        ("Content", "{}"),
    ];
    let refusal = bench.refusal(&root(ACCOUNT), "CreateContactFlow", &params).await;
    assert_eq!(refusal, refused("LimitExceeded.ContactFlow", 400));
    assert_eq!(bench.count("ccc_contact_flow_versions").await, crate::limits::MAX_CONTACT_FLOWS_PER_INSTANCE);
}

async fn route_points_are_unique(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    create(bench, &instance, "Night").await;
    let mut points = Vec::new();
    for flow in flows(bench, &instance).await {
        let params = [("InstanceId", instance.as_str()), ("ContactFlowId", &text(&flow, "ContactFlowId"))];
        let body = bench.body(&root(ACCOUNT), "GetRoutePoint", &params).await;
        assert_eq!((&body["StatusCode"], &body["StatusDesc"]), (&json!("200"), &json!("Okay")));
        points.push(body["RoutePoint"].as_str().expect("a text").to_owned());
    }
    assert_eq!(points, ["90000001", "90000002", "90000003"]);
}

async fn the_survey_is_switched_on_and_off(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let first = ("InstanceId", instance.as_str());
    let extensions = || async {
        let params = [first, ("ServiceType", "SatisfactionSurvey")];
        let body = bench.body(&root(ACCOUNT), "GetServiceExtensions", &params).await;
        body["ServiceExtensions"]["ServiceExtension"].clone()
    };
    assert_eq!(extensions().await, json!([]));
    let shown = bench.body(&root(ACCOUNT), "ListVoiceAppraise", &[first]).await;
    let version = text(version_of(&shown["ContactFlow"]), "ContactFlowVersionId");
    let content = r#"{"Notice":"请为本次服务评分","Keys":["1","2"]}"#;
    let on = [first, ("ContactFlowVersionId", version.as_str()), ("Content", content)];
    bench.body(&root(ACCOUNT), "CreateVoiceAppraise", &on).await;
    assert_eq!(extensions().await, json!([{"Name": "SatisfactionSurvey", "Number": "90000002"}]));
    let shown = bench.body(&root(ACCOUNT), "ListVoiceAppraise", &[first]).await;
    assert_eq!(shown["Notice"], "请为本次服务评分");
    assert_eq!(version_of(&shown["ContactFlow"])["Content"], content);
    assert_eq!(version_of(&shown["ContactFlow"])["Status"], "Published");
    let item = [first, ("ConfigItem.1", r#"{"Name":"SatisfactionSurvey","DimensionName":"instance"}"#)];
    let config = bench.body(&root(ACCOUNT), "ListConfig", &item).await;
    let value = text(&config["ConfigItems"]["ConfigItem"][0], "Value");
    let flow = text(&shown["ContactFlow"], "ContactFlowId");
    assert_eq!(serde_json::from_str::<Value>(&value).ok(), Some(json!({"Enabled": true, "ContactFlowId": flow})));

    let off = [on[0], on[1], ("Content", "{}"), ("IsAppraise", "false")];
    bench.body(&root(ACCOUNT), "CreateVoiceAppraise", &off).await;
    assert_eq!(extensions().await, json!([]));
    assert_eq!(bench.body(&root(ACCOUNT), "ListVoiceAppraise", &[first]).await.get("Notice"), None);
    let other = bench.body(&root(ACCOUNT), "GetServiceExtensions", &[first, ("ServiceType", "Voicemail")]).await;
    assert_eq!(other["ServiceExtensions"]["ServiceExtension"], json!([]));
}

async fn old_instances_get_their_flows(bench: &Bench) {
    let instance = bench.instance("sales", &[("PhoneNumbers.1", "02112345678")]).await;
    bench.execute("DELETE FROM ccc_contact_flows").await;
    assert!(flows(bench, &instance).await.is_empty());
    for _ in 0..2 {
        crate::contact_flow::give_to_all_instances(&bench.center.database, 1_700_000_000_000).await.expect("given");
        let flows = flows(bench, &instance).await;
        assert_eq!(flows.len(), 2);
        assert_eq!(flows[0]["PhoneNumbers"]["PhoneNumber"][0]["Number"], "02112345678");
    }
}
