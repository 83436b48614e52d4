//! Which calls make resources and which end them: for the question who created or deleted this.
//!
//! Public document: ActionTrail, "DescribeResourceLifeCycleEvents" (2020-07-06). The services are those of this server.

use openapi::{Answer, Call, Operation, OperationSpec, Parameter};
use serde_json::{Value, json};

use crate::operations::ActionTrail;

/// A type of resource with the names of the events that make and end it.
struct LifeCycle {
    service: &'static str,
    resource_type: &'static str,
    creates: &'static [&'static str],
    deletes: &'static [&'static str],
}

const fn of(
    service: &'static str,
    resource_type: &'static str,
    creates: &'static [&'static str],
    deletes: &'static [&'static str],
) -> LifeCycle {
    LifeCycle { service, resource_type, creates, deletes }
}

/// Those of a service stand together.
static LIFE_CYCLES: &[LifeCycle] = &[
    of("Actiontrail", "ACS::ActionTrail::Trail", &["CreateTrail"], &["DeleteTrail"]),
    of("CloudCallCenter", "ACS::CCC::ContactFlow", &["CreateContactFlow"], &[]),
    of("CloudCallCenter", "ACS::CCC::Instance", &["CreateInstance"], &["DeleteInstance"]),
    of("CloudCallCenter", "ACS::CCC::Media", &["CreateMedia"], &["DeleteMedia"]),
    of(
        "CloudCallCenter",
        "ACS::CCC::PhoneNumber",
        &["AddPhoneNumber", "AddBulkPhoneNumbers", "BuyPhoneNumbers"],
        &["RemovePhoneNumber", "ReleasePhoneNumbers"],
    ),
    of("CloudCallCenter", "ACS::CCC::SkillGroup", &["CreateSkillGroup"], &["DeleteSkillGroup"]),
    of("CloudCallCenter", "ACS::CCC::SmsConfig", &["CreateSmsConfig"], &["DeleteSmsConfig"]),
    of("CloudCallCenter", "ACS::CCC::User", &["AssignUsers", "CreateUser"], &["RemoveUsers"]),
    of("Oss", "ACS::OSS::Bucket", &["PutBucket"], &["DeleteBucket"]),
    of("Ram", "ACS::RAM::AccessKey", &["CreateAccessKey"], &["DeleteAccessKey"]),
    of("Ram", "ACS::RAM::Group", &["CreateGroup"], &["DeleteGroup"]),
    of("Ram", "ACS::RAM::Policy", &["CreatePolicy"], &["DeletePolicy"]),
    of("Ram", "ACS::RAM::Role", &["CreateRole"], &["DeleteRole"]),
    of("Ram", "ACS::RAM::User", &["CreateUser"], &["DeleteUser"]),
    of("Sls", "ACS::SLS::LogStore", &["CreateLogStore"], &["DeleteLogStore"]),
    of("Sls", "ACS::SLS::Project", &["CreateProject"], &["DeleteProject"]),
];

/// The operations.
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[Operation {
    spec: OperationSpec::read("DescribeResourceLifeCycleEvents")
        .takes(&[Parameter::text("ServiceName"), Parameter::text("ResourceType")])
        .answers(&["Data"]),
    handler: |_, call| Box::pin(async move { Ok(describe(call)) }),
}];

/// The tree is JSON text, as documented.
fn describe(call: &Call) -> Answer {
    let is_wanted = |life: &&LifeCycle| {
        call.text("ServiceName").is_none_or(|service| service == life.service)
            && call.text("ResourceType").is_none_or(|wanted| wanted == life.resource_type)
    };
    let wanted: Vec<&LifeCycle> = LIFE_CYCLES.iter().filter(is_wanted).collect();
    let services = wanted.chunk_by(|left, right| left.service == right.service).map(|lives| {
        let types = lives.iter().map(|life| {
            let leaves = vec![
                node("创建事件", "Create events", &life.creates.join(","), Vec::new()),
                node("删除事件", "Delete events", &life.deletes.join(","), Vec::new()),
            ];
            node(life.resource_type, life.resource_type, life.resource_type, leaves)
        });
        node(lives[0].service, lives[0].service, lives[0].service, types.collect())
    });
    Answer::empty().with("Data", Value::from(services.collect::<Vec<_>>()).to_string())
}

fn node(label: &str, label_en: &str, value: &str, children: Vec<Value>) -> Value {
    json!({"label": label, "labelEn": label_en, "value": value, "children": children})
}
