//! What happens in the demo.

use openapi::SecretText;
use openapi::client::Credentials;
use serde_json::Value;

use super::super::CommandError;
use super::super::api::{ACTIONTRAIL, Api, CCC, CallError, RAM, STS};
use super::super::events::events_table;
use super::{Checks, heading};

/// What later chapters look for.
pub(super) struct Told {
    instance_id: String,
    guest_key_id: String,
    session_key_id: String,
    /// Request ids of calls that must be events.
    request_ids: Vec<String>,
}

impl Told {
    /// Calls and remembers the request id, whether the call is done or refused.
    fn call(
        &mut self,
        api: &Api,
        version: &str,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Value, CallError> {
        let answer = api.call(version, operation, parameters);
        match &answer {
            Ok(body) => self.request_ids.extend(body["RequestId"].as_str().map(str::to_owned)),
            Err(CallError::Refused(refused)) => self.request_ids.push(refused.request_id.clone()),
            Err(CallError::Unreachable { .. }) => {}
        }
        answer
    }
}

/// Calls as root, as a user with too few rights, as an assumed role, and with a wrong secret.
pub(super) fn calls(root: &Api, administrator: &Api, checks: &mut Checks) -> Result<Told, CommandError> {
    let mut told = Told {
        instance_id: String::new(),
        guest_key_id: String::new(),
        session_key_id: String::new(),
        request_ids: Vec::new(),
    };
    heading("2. Calls: a call centre is set up, a guest tries, an auditor looks, a stranger knocks");
    set_up_call_centre(root, checks, &mut told)?;
    guest_is_refused(root, checks, &mut told)?;
    auditor_reads(administrator, checks, &mut told)?;
    stranger_is_rejected(root, checks, &told);
    Ok(told)
}

fn set_up_call_centre(root: &Api, checks: &mut Checks, told: &mut Told) -> Result<(), CommandError> {
    let created = told.call(
        root,
        CCC,
        "CreateInstance",
        &[
            ("Name", "Demo centre"),
            ("DomainName", "demo-centre"),
            ("Description", "made by cairn demo"),
            ("StorageMaxDays", "30"),
            ("StorageMaxSize", "10"),
        ],
    )?;
    told.instance_id = text(&created["Instance"], "InstanceId");
    let instance = told.instance_id.clone();
    for name in ["Billing", "客户服务"] {
        told.call(root, CCC, "CreateSkillGroup", &[("InstanceId", &instance), ("Name", name)])?;
    }
    let groups = told.call(root, CCC, "ListSkillGroups", &[("InstanceId", &instance)])?;
    let names: Vec<String> = groups["SkillGroups"]["SkillGroup"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|group| text(group, "SkillGroupName"))
        .collect();
    checks.expect(&format!("root created an instance and its skill groups: {}", names.join(", ")), names.len() >= 2);
    let config = told.call(
        root,
        CCC,
        "ListConfig",
        &[("InstanceId", &instance), ("ConfigItem.1", r#"{"name":"AllowHangup","DimensionName":"instance"}"#)],
    )?;
    checks.expect("root read a setting", config["Code"] == "OK");
    Ok(())
}

fn guest_is_refused(root: &Api, checks: &mut Checks, told: &mut Told) -> Result<(), CommandError> {
    told.call(root, RAM, "CreateUser", &[("UserName", "guest")])?;
    let key = told.call(root, RAM, "CreateAccessKey", &[("UserName", "guest")])?;
    let credentials = credentials(&key["AccessKey"], None);
    told.guest_key_id = credentials.access_key_id.clone();
    let guest = root.with_credentials(credentials);
    let instance = told.instance_id.clone();
    let denied = told.call(&guest, CCC, "ListConfig", &[("InstanceId", &instance)]);
    checks.expect("the guest, a RAM user without rights, got NoPermission", refused_with(&denied, "NoPermission"));
    Ok(())
}

/// Trust document and session of the auditor.
const TRUST: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::ACCOUNT:root"]}}]}"#;

fn auditor_reads(administrator: &Api, checks: &mut Checks, told: &mut Told) -> Result<(), CommandError> {
    let me = told.call(administrator, STS, "GetCallerIdentity", &[])?;
    let trust = TRUST.replace("ACCOUNT", &text(&me, "AccountId"));
    let role =
        told.call(administrator, RAM, "CreateRole", &[("RoleName", "auditor"), ("AssumeRolePolicyDocument", &trust)])?;
    told.call(
        administrator,
        RAM,
        "AttachPolicyToRole",
        &[("PolicyName", "AliyunActionTrailReadOnlyAccess"), ("PolicyType", "System"), ("RoleName", "auditor")],
    )?;
    let arn = text(&role["Role"], "Arn");
    let session = told.call(administrator, STS, "AssumeRole", &[("RoleArn", &arn), ("RoleSessionName", "alice")])?;
    let token = text(&session["Credentials"], "SecurityToken");
    let credentials = credentials(&session["Credentials"], Some(token));
    told.session_key_id = credentials.access_key_id.clone();
    let auditor = administrator.with_credentials(credentials);
    let page = told.call(&auditor, ACTIONTRAIL, "LookupEvents", &[("MaxResults", "5")])?;
    checks.expect(
        "the administrator assumed the role auditor and read events with it",
        page["Events"].as_array().is_some_and(|events| events.len() == 5),
    );
    let instance = told.instance_id.clone();
    let denied = told.call(&auditor, CCC, "CreateSkillGroup", &[("InstanceId", &instance), ("Name", "Mine")]);
    checks.expect("the auditor may look, not change: NoPermission", refused_with(&denied, "NoPermission"));
    Ok(())
}

fn stranger_is_rejected(root: &Api, checks: &mut Checks, told: &Told) {
    let stranger = root.with_credentials(Credentials {
        access_key_id: told.guest_key_id.clone(),
        access_key_secret: SecretText::new("not-the-secret"),
        security_token: None,
    });
    let rejected = stranger.call(CCC, "GetInstance", &[("InstanceId", &told.instance_id)]);
    checks.expect(
        "a stranger with the guest's key id and a wrong secret got SignatureDoesNotMatch",
        refused_with(&rejected, "SignatureDoesNotMatch"),
    );
}

/// The events as a table, then one lookup by each key.
pub(super) fn lookups(root: &Api, told: &Told, account_id: &str, checks: &mut Checks) -> Result<(), CommandError> {
    heading("3. The audit: every call of a known caller is an event, newest first");
    let events = found(root, &[("MaxResults", "50")])?;
    println!("{}\n", events_table(&events));
    checks.expect(&format!("all {} calls are events, each once", told.request_ids.len()), all_once(&events, told));
    let stranger = events.iter().any(|event| event["errorCode"] == "SignatureDoesNotMatch");
    checks.expect("the stranger's call is in nobody's audit (`cairn events rejected` shows it)", !stranger);

    heading("4. Lookups by each key");
    let first = told.request_ids.first().map(String::as_str).unwrap_or_default();
    for (key, value) in [
        ("ServiceName", "CloudCallCenter"),
        ("EventName", "CreateSkillGroup"),
        ("User", "guest"),
        ("EventId", first),
        ("ResourceType", "ACS::CCC::Instance"),
        ("ResourceName", &told.instance_id),
        ("EventRW", "Write"),
        ("EventAccessKeyId", &told.session_key_id),
        ("SourceIpAddress", "127.0.0.1"),
        ("EventType", "ApiCall"),
        ("RoleName", "auditor"),
        ("PrincipalId", account_id),
    ] {
        let events =
            found(root, &[("LookupAttribute.1.Key", key), ("LookupAttribute.1.Value", value), ("MaxResults", "50")])?;
        checks.expect(&format!("{key} = {value}: {} events", events.len()), !events.is_empty());
    }
    let none = found(root, &[("LookupAttribute.1.Key", "SensitiveAction"), ("LookupAttribute.1.Value", "true")])?;
    checks.expect("SensitiveAction = true: none, rightly", none.is_empty());
    Ok(())
}

/// The same events after a restart.
pub(super) fn still_there(root: &Api, told: &Told, checks: &mut Checks) -> Result<(), CommandError> {
    let (mut events, mut token) = (Vec::new(), String::new());
    loop {
        let mut parameters = vec![("MaxResults", "50")];
        parameters.extend(Some(("NextToken", token.as_str())).filter(|(_, token)| !token.is_empty()));
        let mut page = root.call(ACTIONTRAIL, "LookupEvents", &parameters)?;
        if let Value::Array(found) = page["Events"].take() {
            events.extend(found);
        }
        match page["NextToken"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    checks
        .expect(&format!("all {} calls are still events, each once", told.request_ids.len()), all_once(&events, told));
    Ok(())
}

fn found(api: &Api, parameters: &[(&str, &str)]) -> Result<Vec<Value>, CommandError> {
    let mut page = api.call(ACTIONTRAIL, "LookupEvents", parameters)?;
    match page["Events"].take() {
        Value::Array(events) => Ok(events),
        _ => Err("the answer of LookupEvents has no Events".into()),
    }
}

fn all_once(events: &[Value], told: &Told) -> bool {
    told.request_ids.iter().all(|id| events.iter().filter(|event| event["eventId"] == id.as_str()).count() == 1)
}

fn refused_with(answer: &Result<Value, CallError>, code: &str) -> bool {
    matches!(answer, Err(CallError::Refused(refused)) if refused.code == code)
}

fn credentials(key: &Value, security_token: Option<String>) -> Credentials {
    Credentials {
        access_key_id: text(key, "AccessKeyId"),
        access_key_secret: SecretText::new(text(key, "AccessKeySecret")),
        security_token,
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
