use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, OTHER_ACCOUNT, ram_user, refused, role_session, root, text};
use super::office::Office;
use super::on_both_databases;
use crate::{LoginRefusal, Role};

on_both_databases!(
    login_data_is_of_the_caller,
    administrators_see_login_data_of_others,
    a_token_opens_for_its_user_only,
    credentials_of_a_relay_are_the_users_own,
    sign_ins_are_noted,
    notes_are_listed_by_user_and_time,
    faults_are_reported_and_listed,
    each_operation_needs_its_role,
);

/// An agent; his `UserId`.
async fn agent(office: &Office<'_>, ram_user_id: &str) -> String {
    office.import(ram_user_id).await
}

async fn login_data_is_of_the_caller(bench: &Bench) {
    let office = Office::open(bench).await;
    let id = agent(&office, "201").await;
    let params = office.params(&[]);
    let answer = bench.call(&ram_user(ACCOUNT, "201"), "RequestLoginInfo", &params).await.expect("login data");
    assert_eq!(answer.references, [("ACS::CCC::User", id.clone())]);
    let mut info = answer.body["LoginInfo"].clone();
    let extension = bench.extension(&id).await;
    let signed = text(&info, "SignData");
    assert!(signed.starts_with(&format!("{extension}:17000000")), "{signed}");
    for field in ["SignData", "Signature", "Roles"] {
        info.as_object_mut().expect("an object").shift_remove(field).expect("it was there");
    }
    let expected = json!({
        "AgentServerUrl": "wss://agents.example.com", "DisplayName": "用户 201", "Extension": extension,
        "PhoneNumber": "13800000000", "Region": "cn-shanghai", "TenantId": format!("acc{ACCOUNT}"), "UserName": "user201",
    });
    assert_eq!(info, expected, "WebRtcUrl is not configured and left out");
    assert_eq!(answer.body["LoginInfo"]["Roles"]["Role"][0]["RoleName"], "Agent");
    // The account is the primary user of an instance that it made itself.
    let own = office.body("RequestLoginInfo", &[]).await;
    assert_eq!(own["LoginInfo"]["UserName"], "root");
}

async fn administrators_see_login_data_of_others(bench: &Bench) {
    let office = Office::open(bench).await;
    let (mei, _) = (agent(&office, "201").await, agent(&office, "202").await);
    let params = office.params(&[("UserId", &mei)]);
    bench.body(&ram_user(ACCOUNT, "201"), "RequestLoginInfo", &params).await;
    let refusal = bench.refusal(&ram_user(ACCOUNT, "202"), "RequestLoginInfo", &params).await;
    assert_eq!(refusal, refused("NoPermission.User", 403));
    let answer = bench.call(&role_session(ACCOUNT), "RequestLoginInfo", &params).await.expect("login data");
    assert_eq!(answer.references, [("ACS::CCC::User", mei)]);
    assert_eq!(office.refusal("RequestLoginInfo", &[("UserId", "201")]).await, refused("NotExist.User", 404));
    // A session of a role is no user, so there is nobody whose token could be renewed.
    for operation in ["RefreshToken", "RequestLoginInfo"] {
        let refusal = bench.refusal(&role_session(ACCOUNT), operation, &office.params(&[])).await;
        assert_eq!(refusal, refused("NoPermission.User", 403), "{operation}");
    }
}

async fn a_token_opens_for_its_user_only(bench: &Bench) {
    let office = Office::open(bench).await;
    let id = agent(&office, "201").await;
    let answer = bench.call(&ram_user(ACCOUNT, "201"), "RefreshToken", &office.params(&[])).await.expect("a token");
    assert_eq!(answer.references, [("ACS::CCC::User", id.clone())]);
    let (data, signature) = (text(&answer.body["Token"], "SignData"), text(&answer.body["Token"], "Signature"));
    let issued_ms: i64 = data.split_once(':').and_then(|(_, ms)| ms.parse().ok()).expect("a moment");
    let user = bench.center.verify_login(&data, &signature, issued_ms + 1_000).await.expect("it holds");
    assert_eq!(
        (user.instance_id, user.user_id, user.ram_user_id),
        (office.instance.clone(), id.clone(), "201".to_owned())
    );
    assert_eq!(user.extension, bench.extension(&id).await);
    let late = bench.center.verify_login(&data, &signature, issued_ms + 3_600_000).await;
    assert!(matches!(late, Err(LoginRefusal::OutOfTime)));
    let forged = bench.center.verify_login(&data.replace(':', ":0"), &signature, issued_ms).await;
    assert!(matches!(forged, Err(LoginRefusal::Forged)));
    office.body("RemoveUsers", &[("UserId.1", &id)]).await;
    let gone = bench.center.verify_login(&data, &signature, issued_ms).await;
    assert!(matches!(gone, Err(LoginRefusal::UserGone)));
    agent(&office, "201").await;
    let gone = bench.center.verify_login(&data, &signature, issued_ms).await;
    assert!(matches!(gone, Err(LoginRefusal::UserGone)), "a new user has a new extension");
}

async fn credentials_of_a_relay_are_the_users_own(bench: &Bench) {
    let office = Office::open(bench).await;
    agent(&office, "201").await;
    agent(&office, "202").await;
    let servers = office.body("GetTURNServerList", &[]).await;
    assert_eq!(servers["TurnServerListConfig"], r#"[{"urls":["turn:relay.example.com:3478"]}]"#);
    let ask = async |caller, user_name: &str| {
        let outcome = bench.call(&caller, "GetTURNCredentials", &office.params(&[("UserName", user_name)])).await;
        let outcome = outcome.map(|answer| Value::Object(answer.body));
        outcome.map_err(|error| (error.code.into_owned(), error.http_status))
    };
    for name in ["0", "201"] {
        let credentials = ask(ram_user(ACCOUNT, "201"), name).await.expect("credentials");
        let user_name = text(&credentials, "Username");
        assert!(user_name.starts_with("17000") && user_name.ends_with(":201"), "{user_name}");
        assert_eq!(text(&credentials, "Password").len(), 28, "Base64 of 20 bytes");
    }
    let no_permission = refused("NoPermission.User", 403);
    assert_eq!(ask(ram_user(ACCOUNT, "201"), "202").await, Err(no_permission.clone()));
    assert!(text(&ask(root(ACCOUNT), "202").await.expect("credentials"), "Username").ends_with(":202"));
    assert_eq!(ask(root(ACCOUNT), "203").await, Err(refused("NotExist.User", 404)));
    assert_eq!(ask(role_session(ACCOUNT), "0").await, Err(no_permission));
}

async fn add_device(bench: &Bench, office: &Office<'_>, ram_user_id: &str, ip: &str) -> i64 {
    let params = office.params(&[
        ("BrowserVersion", "Chrome 140"),
        ("ClientIp", ip),
        ("ClientPort", "5060"),
        ("Remark", "办公室"),
    ]);
    let body = bench.body(&ram_user(ACCOUNT, ram_user_id), "AddAgentDevice", &params).await;
    body["AgentDeviceId"].as_i64().expect("a number")
}

async fn devices(office: &Office<'_>, more: &[(&str, &str)]) -> Vec<Value> {
    let body = office.body("ListAgentDevices", more).await;
    body["AgentDeviceList"]["AgentDevice"].as_array().expect("a list").clone()
}

async fn sign_ins_are_noted(bench: &Bench) {
    let office = Office::open(bench).await;
    agent(&office, "201").await;
    agent(&office, "202").await;
    let first = add_device(bench, &office, "201", "192.0.2.1").await;
    let second = add_device(bench, &office, "202", "192.0.2.2").await;
    assert_ne!(first, second);
    let noted = devices(&office, &[("RamIds", "201")]).await;
    let expected = json!([{
        "InstanceId": office.instance, "RamId": 201, "BrowserVersion": "Chrome 140", "ClientIp": "192.0.2.1", "ClientPort": "5060",
        "Remark": "办公室", "LoginTime": noted[0]["LoginTime"],
    }]);
    assert_eq!(Value::Array(noted), expected, "nobody has told how it went");
    let modify = async |ram_user_id: &str, more: &[(&str, &str)]| {
        let outcome = bench.call(&ram_user(ACCOUNT, ram_user_id), "ModifyAgentDevice", &office.params(more)).await;
        outcome.map(|_| ()).map_err(|error| (error.code.into_owned(), error.http_status))
    };
    let (first, second) = (first.to_string(), second.to_string());
    assert_eq!(modify("201", &[("AgentDeviceId", &first), ("IsLogin", "1")]).await, Ok(()));
    assert_eq!(modify("202", &[("IsLogin", "0")]).await, Ok(()), "the last one is meant");
    let not_exist = Err(refused("NotExist.AgentDevice", 404));
    assert_eq!(modify("201", &[("AgentDeviceId", &second), ("IsLogin", "1")]).await, not_exist, "another user's");
    assert_eq!(modify("201", &[("AgentDeviceId", "99"), ("IsLogin", "1")]).await, not_exist);
    assert_eq!(modify("201", &[("AgentDeviceId", &first)]).await, Err(refused("MissingIsLogin", 400)));
    let went: Vec<Value> = devices(&office, &[]).await.iter().map(|device| device["IsLogin"].clone()).collect();
    assert_eq!(went, [json!(0), json!(1)], "newest first");
}

async fn notes_are_listed_by_user_and_time(bench: &Bench) {
    let office = Office::open(bench).await;
    for ram_user_id in ["201", "202"] {
        agent(&office, ram_user_id).await;
    }
    for ram_user_id in ["201", "202", "201"] {
        add_device(bench, &office, ram_user_id, "192.0.2.1").await;
    }
    let all = devices(&office, &[]).await;
    assert_eq!(all.len(), 3);
    let middle = all[1]["LoginTime"].to_string();
    let count = async |more: &[(&str, &str)]| devices(&office, more).await.len();
    assert_eq!(count(&[("RamIds", "201, 203")]).await, 2);
    assert_eq!(count(&[("RamIds", "203")]).await, 0);
    assert_eq!(count(&[("StartTime", &middle)]).await, 2);
    assert_eq!(count(&[("StopTime", &middle)]).await, 2);
    assert_eq!(count(&[("StartTime", &middle), ("StopTime", &middle), ("RamIds", "202")]).await, 1);
    let invalid = refused("Parameter.Invalid", 400);
    assert_eq!(office.refusal("ListAgentDevices", &[("StartTime", "2"), ("StopTime", "1")]).await, invalid);
    let many: Vec<String> = (0..401).map(|id| id.to_string()).collect();
    assert_eq!(office.refusal("ListAgentDevices", &[("RamIds", &many.join(","))]).await, invalid);
}

async fn faults_are_reported_and_listed(bench: &Bench) {
    let office = Office::open(bench).await;
    agent(&office, "201").await;
    let report = |agent_id: &'static str, end: &'static str| {
        [
            ("AgentId", agent_id),
            ("ConnectId", "1000000001"),
            ("StartTime", "1000"),
            ("EndTime", end),
            ("Description", "杂音"),
        ]
    };
    let mei = ram_user(ACCOUNT, "201");
    bench.body(&mei, "CreateFault", &office.params(&report("201", "2000"))).await;
    let invalid = bench.refusal(&mei, "CreateFault", &office.params(&report("201", "999"))).await;
    assert_eq!(invalid, refused("Parameter.Invalid", 400));
    let other = bench.refusal(&mei, "CreateFault", &office.params(&report("202", "2000"))).await;
    assert_eq!(other, refused("NoPermission.User", 403));
    assert_eq!(office.refusal("CreateFault", &report("202", "2000")).await, refused("NotExist.User", 404));
    office.body("CreateFault", &report("201", "3000")).await;
    let faults = office.body("ListFaults", &[("PageNumber", "1"), ("PageSize", "1")]).await["Faults"].clone();
    assert_eq!(faults["TotalCount"], 2);
    let newest = faults["List"]["Fault"][0].clone();
    let expected = json!({
        "AgentId": 201, "ConnectId": "1000000001", "StartTime": 1000, "EndTime": 3000, "Description": "杂音", "FaultId": 2,
        "ReportedBy": ACCOUNT, "ReportedTime": newest["ReportedTime"],
    });
    assert_eq!(newest, expected);
}

async fn each_operation_needs_its_role(bench: &Bench) {
    let office = Office::open(bench).await;
    bench.add_user(&office.instance, "202", Role::Agent).await;
    bench.add_user(&office.instance, "203", Role::Manager).await;
    let params = office.params(&[
        ("UserName", "0"),
        ("BrowserVersion", "x"),
        ("ClientIp", "x"),
        ("IsLogin", "1"),
        ("PageNumber", "1"),
        ("PageSize", "1"),
    ]);
    for (operation, allowed) in [
        ("RequestLoginInfo", Role::Agent),
        ("RefreshToken", Role::Agent),
        ("GetTURNServerList", Role::Agent),
        ("GetTURNCredentials", Role::Agent),
        ("AddAgentDevice", Role::Agent),
        ("ModifyAgentDevice", Role::Agent),
        ("ListAgentDevices", Role::Manager),
        ("ListFaults", Role::Manager),
    ] {
        for (caller, role) in [("202", Role::Agent), ("203", Role::Manager)] {
            let outcome = bench.call(&ram_user(ACCOUNT, caller), operation, &params).await;
            let is_refused = outcome.is_err_and(|error| error.code == "NoPermission.User");
            assert_eq!(is_refused, role < allowed, "{operation} by {caller}");
        }
        let stranger = bench.refusal(&role_session(OTHER_ACCOUNT), operation, &params).await;
        assert_eq!(stranger, refused("NotExist.Instance", 404), "{operation}");
        let outsider = bench.refusal(&ram_user(ACCOUNT, "209"), operation, &params).await;
        assert_eq!(outsider, refused("NoPermission.User", 403), "{operation}");
    }
}
