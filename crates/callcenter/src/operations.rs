//! The table of operations. Each family has its rows in its own folder; here they come together.

use openapi::{Operation, Parameter};

use crate::center::CallCenter;
use crate::limits::MAX_ID_CHARS;
use crate::{
    agent, call, config, contact, contact_flow, demo_day, instance, media, message, phone_number, quality, recording,
    report, skill_group, user, workbench,
};

/// Every operation of the call centre, by family.
pub const OPERATIONS: &[&[Operation<CallCenter>]] = &[
    instance::OPERATIONS,
    config::OPERATIONS,
    skill_group::OPERATIONS,
    user::OPERATIONS,
    call::OPERATIONS,
    report::OPERATIONS,
    demo_day::OPERATIONS,
    phone_number::OPERATIONS,
    contact_flow::OPERATIONS,
    media::OPERATIONS,
    workbench::OPERATIONS,
    contact::OPERATIONS,
    agent::OPERATIONS,
    message::OPERATIONS,
    recording::OPERATIONS,
    quality::OPERATIONS,
];

/// The parameter that nearly every operation has.
pub(crate) const INSTANCE_ID: Parameter = Parameter::text_of("InstanceId", 1, MAX_ID_CHARS).required();
/// Type of the resource that events name.
pub(crate) const INSTANCE_RESOURCE: &str = "ACS::CCC::Instance";
/// Type of the finer resource of skill-group operations.
pub(crate) const SKILL_GROUP_RESOURCE: &str = "ACS::CCC::SkillGroup";
/// Type of the finer resource of operations on users.
pub(crate) const USER_RESOURCE: &str = "ACS::CCC::User";
/// Type of the finer resource of number operations: a `PhoneNumberId`, or the number itself when it is not bound.
pub(crate) const PHONE_NUMBER_RESOURCE: &str = "ACS::CCC::PhoneNumber";
/// Type of the finer resource of contact-flow operations.
pub(crate) const CONTACT_FLOW_RESOURCE: &str = "ACS::CCC::ContactFlow";
/// Type of the finer resource of media operations.
pub(crate) const MEDIA_RESOURCE: &str = "ACS::CCC::Media";
/// Type of the resource of a RAM user that an operation makes.
pub(crate) const RAM_USER_RESOURCE: &str = "ACS::RAM::User";
/// What RAM is asked about a call that names an instance.
pub(crate) const INSTANCE_ARN: &str = "acs:ccc:{region}:{account}:instance/{InstanceId}";
/// What RAM is asked about a call that names none.
pub(crate) const ACCOUNT_ARN: &str = "acs:ccc:{region}:{account}:*";

#[cfg(test)]
mod tests {
    use openapi::{Access, NameFrom, Permission};

    use super::*;

    #[test]
    fn names_are_unique_and_classes_follow_them() {
        let all: Vec<_> = OPERATIONS.iter().copied().flatten().collect();
        for (index, operation) in all.iter().enumerate() {
            let name = operation.spec.name;
            assert!(all[..index].iter().all(|other| other.spec.name != name), "{name} is there twice");
            let reads = ["List", "Get", "Find", "Pick", "Download", "Check", "GenerateAgent"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
            assert_eq!(operation.spec.access, if reads { Access::Read } else { Access::Write }, "{name}");
        }
    }

    #[test]
    fn an_operation_with_an_instance_asks_about_it_and_names_it() {
        for Operation { spec, .. } in OPERATIONS.iter().copied().flatten() {
            let Some(parameter) = spec.parameter("InstanceId") else {
                assert_eq!(spec.permission, Permission::On(ACCOUNT_ARN), "{}", spec.name);
                continue;
            };
            assert!(parameter.required, "{}", spec.name);
            assert_eq!(spec.permission, Permission::On(INSTANCE_ARN), "{}", spec.name);
            let resource = spec.resource.expect("a resource");
            assert_eq!(resource.resource_type, "ACS::CCC::Instance");
            assert_eq!(resource.name_from, NameFrom::Parameter("InstanceId"));
        }
    }
}
