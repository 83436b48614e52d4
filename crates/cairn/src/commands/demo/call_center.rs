//! The second half of the demo: a small call centre that works, and what the audit has of it.
//!
//! Two instances, because generated data and real calls never share one: in the first a real call is made, which fails
//! honestly for want of a trunk; the second is filled with a working day.

use serde_json::Value;

use super::super::CommandError;
use super::super::api::{ACTIONTRAIL, Api, CCC, CallError, RAM};
use super::super::ccc::output::utc_plus_8;
use super::super::events::events_table;
use super::{Checks, call_day, call_records, heading};

/// Login name, display name and mobile number of the agents. Nobody has these numbers.
const AGENTS: [(&str, &str, &str); 6] = [
    ("li.na", "李娜", "19900000001"),
    ("wang.fang", "王芳", "19900000002"),
    ("zhang.wei", "张伟", "19900000003"),
    ("liu.yang", "刘洋", "19900000004"),
    ("chen.jing", "陈静", "19900000005"),
    ("zhao.lei", "赵磊", "19900000006"),
];

/// Skill groups and the places of their members.
const GROUPS: [(&str, &[usize]); 2] = [("订单 Orders", &[0, 1, 2, 3]), ("售后 After-sales", &[2, 3, 4, 5])];

/// The tour's client: remembers the request id of every call, done or refused.
pub(super) struct Tour<'a> {
    api: &'a Api,
    pub(super) checks: &'a mut Checks,
    request_ids: Vec<String>,
}

/// An instance with people and numbers.
pub(super) struct Instance {
    pub(super) id: String,
    pub(super) number: String,
}

impl<'a> Tour<'a> {
    pub(super) fn new(api: &'a Api, checks: &'a mut Checks) -> Self {
        Self { api, checks, request_ids: Vec::new() }
    }

    /// An operation of the call centre.
    pub(super) fn call(&mut self, operation: &str, parameters: &[(&str, &str)]) -> Result<Value, CallError> {
        self.call_product(CCC, operation, parameters)
    }

    fn call_product(
        &mut self,
        version: &str,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Value, CallError> {
        let answer = self.api.call(version, operation, parameters);
        match &answer {
            Ok(body) => self.request_ids.extend(body["RequestId"].as_str().map(str::to_owned)),
            Err(CallError::Refused(refused)) => self.request_ids.push(refused.request_id.clone()),
            Err(CallError::Unreachable { .. }) => {}
        }
        answer
    }

    /// Checks that a call was refused, and shows what it says.
    pub(super) fn expect_refusal(&mut self, what: &str, code: &str, answer: &Result<Value, CallError>) {
        let refused = match answer {
            Err(CallError::Refused(refused)) => Some(refused).filter(|refused| refused.code == code),
            _ => None,
        };
        self.checks.expect(&format!("{what}: {code}"), refused.is_some());
        if let Some(refused) = refused {
            println!("       {}", refused.message);
        }
    }

    fn events_of(&mut self, instance_id: &str) -> Result<Vec<Value>, CommandError> {
        let (mut events, mut token) = (Vec::new(), String::new());
        loop {
            let mut parameters = vec![
                ("LookupAttribute.1.Key", "ResourceName"),
                ("LookupAttribute.1.Value", instance_id),
                ("MaxResults", "50"),
            ];
            parameters.extend(Some(("NextToken", token.as_str())).filter(|(_, token)| !token.is_empty()));
            let mut page = self.api.call(ACTIONTRAIL, "LookupEvents", &parameters)?;
            if let Value::Array(found) = page["Events"].take() {
                events.extend(found);
            }
            match page["NextToken"].as_str() {
                Some(next) => token = next.to_owned(),
                None => return Ok(events),
            }
        }
    }
}

/// The whole second half.
pub(super) fn tour(api: &Api, checks: &mut Checks) -> Result<(), CommandError> {
    let mut tour = Tour::new(api, checks);
    heading("6. A small call centre: people, skill groups, numbers");
    let people = people(&mut tour)?;
    let shop = instance(&mut tour, "灯笼茶行 Lantern Teas", "lantern-teas", "02155550100", &people)?;
    show_people(&mut tour, &shop)?;

    heading("7. A call that joins two telephones: without a trunk it fails, and says so");
    let contact_id = double_call(&mut tour, &shop)?;
    call_records::of_the_failed_call(&mut tour, &shop, &contact_id)?;

    heading("8. A working day: generated through the door that telephony will use, and marked as demo data");
    let demo = instance(&mut tour, "演示 A day at Lantern Teas", "lantern-teas-day", "02155550200", &people)?;
    let day = utc_plus_8(openapi::clock::now_ms() - 86_400_000)[..10].to_owned();
    let contacts = call_day::generate(&mut tour, &demo, &day)?;
    call_day::reports(&mut tour, &demo, &day)?;

    heading("9. The calls of that day, one by one");
    call_records::of_the_day(&mut tour, &demo, &day, contacts, &people)?;

    heading("10. All of it in the audit");
    audit(&mut tour, &shop, &demo, &contact_id)
}

/// RAM users; their ids.
fn people(tour: &mut Tour<'_>) -> Result<Vec<String>, CommandError> {
    let mut ids = Vec::new();
    for (login, name, phone) in AGENTS {
        let parameters = [("UserName", login), ("DisplayName", name), ("MobilePhone", phone)];
        let created = tour.call_product(RAM, "CreateUser", &parameters)?;
        ids.push(text(&created["User"], "UserId"));
    }
    Ok(ids)
}

fn instance(
    tour: &mut Tour<'_>,
    name: &str,
    domain: &str,
    number: &str,
    people: &[String],
) -> Result<Instance, CommandError> {
    let created = tour.call(
        "CreateInstance",
        &[
            ("Name", name),
            ("DomainName", domain),
            ("Description", "made by cairn demo"),
            ("StorageMaxDays", "180"),
            ("StorageMaxSize", "100"),
            ("PhoneNumbers.1", number),
        ],
    )?;
    let id = text(&created["Instance"], "InstanceId");
    let ram_ids: Vec<(String, &str)> =
        (1..).zip(people).map(|(place, id)| (format!("UserRamId.{place}"), id.as_str())).collect();
    let mut parameters = vec![("InstanceId", id.as_str())];
    parameters.extend(ram_ids.iter().map(|(name, id)| (name.as_str(), *id)));
    let assigned = tour.call("AssignUsers", &parameters)?;
    let users: Vec<String> =
        people.iter().map(|ram_id| user_id(&assigned["Data"]["User"], ram_id)).collect::<Result<_, _>>()?;
    for (group, members) in GROUPS {
        let members: Vec<(String, String)> = (1..)
            .zip(members)
            .flat_map(|(place, member)| {
                [(format!("UserId.{place}"), users[*member].clone()), (format!("SkillLevel.{place}"), "5".to_owned())]
            })
            .collect();
        let mut parameters = vec![("InstanceId", id.as_str()), ("Name", group)];
        parameters.extend(members.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        tour.call("CreateSkillGroup", &parameters)?;
    }
    Ok(Instance { id, number: number.to_owned() })
}

fn user_id(users: &Value, ram_id: &str) -> Result<String, CommandError> {
    let user = users.as_array().into_iter().flatten().find(|user| user["RamId"] == ram_id);
    Ok(user.map(|user| text(user, "UserId")).ok_or("AssignUsers did not answer with every user")?)
}

fn show_people(tour: &mut Tour<'_>, shop: &Instance) -> Result<(), CommandError> {
    let listed =
        tour.call("ListUsers", &[("InstanceId", shop.id.as_str()), ("PageNumber", "1"), ("PageSize", "100")])?;
    let users = rows(&listed["Users"]["List"]["User"]);
    println!("{}\n", super::super::ccc::users_table(&users));
    tour.checks.expect("six RAM users are agents, root is the administrator", users.len() == AGENTS.len() + 1);
    let groups = tour.call("ListSkillGroups", &[("InstanceId", &shop.id)])?;
    let counts: Vec<(String, i64)> = rows(&groups["SkillGroups"]["SkillGroup"])
        .iter()
        .map(|group| (text(group, "SkillGroupName"), group["UserCount"].as_i64().unwrap_or_default()))
        .collect();
    let said: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let expected = |(group, members): &(&str, &[usize])| counts.contains(&((*group).to_owned(), members.len() as i64));
    tour.checks.expect(&format!("skill groups and their members: {}", said.join(", ")), GROUPS.iter().all(expected));
    Ok(())
}

/// 李娜's own telephone and a customer's; answers the contact id, as the audit has it.
fn double_call(tour: &mut Tour<'_>, shop: &Instance) -> Result<String, CommandError> {
    let customer = "19900001234";
    let call = |callee| [("InstanceId", shop.id.as_str()), ("Caller", AGENTS[0].2), ("Callee", callee)];
    let answer = tour.call("StartBack2BackCall", &call(customer))?;
    let task = text(&answer, "TaskId");
    tour.checks.expect(
        &format!("StartBack2BackCall was accepted: TaskId {task}, StatusDesc {}", text(&answer, "StatusDesc")),
        task.len() == 18 && answer["StatusCode"] == "200",
    );
    for (what, callee, code) in [
        ("calling the customer again at once", customer, "Permission.CoolDown"),
        ("calling the police", "110", "Permission.Destination"),
        ("calling abroad", "+12127365000", "Permission.Destination"),
        ("calling the shop itself", shop.number.as_str(), "Permission.Loop"),
    ] {
        let refused = tour.call("StartBack2BackCall", &call(callee));
        tour.expect_refusal(what, code, &refused);
    }
    let request_id = text(&answer, "RequestId");
    let found = tour.api.call(
        ACTIONTRAIL,
        "LookupEvents",
        &[("LookupAttribute.1.Key", "EventId"), ("LookupAttribute.1.Value", &request_id)],
    )?;
    let contact_id = text(&found["Events"][0]["additionalEventData"], "ContactId");
    tour.checks.expect(&format!("its event names the contact {contact_id}"), contact_id.len() == 10);
    Ok(contact_id)
}

fn audit(tour: &mut Tour<'_>, shop: &Instance, demo: &Instance, contact_id: &str) -> Result<(), CommandError> {
    let (of_shop, of_demo) = (tour.events_of(&shop.id)?, tour.events_of(&demo.id)?);
    println!("{}\n", events_table(&of_shop));
    let named = |events: &[Value], name: &str| events.iter().filter(|event| event["eventName"] == name).count();
    tour.checks.expect("five tries of StartBack2BackCall, four of them refused", {
        let refused = of_shop.iter().filter(|event| text(event, "errorCode").starts_with("Permission.")).count();
        named(&of_shop, "StartBack2BackCall") == 5 && refused == 4
    });
    let touches = |event: &&Value| event["referencedResources"]["ACS::CCC::Contact"][0] == contact_id;
    tour.checks.expect("one of them names the contact", of_shop.iter().filter(touches).count() == 1);
    let generated = of_demo.iter().find(|event| event["eventName"] == "GenerateDemoDay");
    tour.checks.expect(
        "the demo day is a ConsoleOperation, marked DemoData",
        generated.is_some_and(|event| {
            event["eventType"] == "ConsoleOperation" && event["additionalEventData"]["DemoData"] == true
        }),
    );
    let ids = std::mem::take(&mut tour.request_ids);
    let mut once = 0;
    for id in &ids {
        let parameters = [("LookupAttribute.1.Key", "EventId"), ("LookupAttribute.1.Value", id.as_str())];
        let found = tour.api.call(ACTIONTRAIL, "LookupEvents", &parameters)?;
        once += usize::from(rows(&found["Events"]).len() == 1);
    }
    tour.checks.expect(&format!("all {} calls of this tour are events, each once", ids.len()), once == ids.len());
    Ok(())
}

/// Elements of a list in an answer.
pub(super) fn rows(list: &Value) -> Vec<Value> {
    list.as_array().cloned().unwrap_or_default()
}

pub(super) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
