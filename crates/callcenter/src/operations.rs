//! The table of operations: one row each, its declared side beside its handler.

use openapi::{Operation, Parameter};

use crate::center::CallCenter;
use crate::limits::MAX_ID_CHARS;
use crate::{config, instance, skill_group};

/// Every operation of the call centre.
pub static OPERATIONS: &[Operation<CallCenter>] = &[
    Operation {
        spec: instance::create::SPEC,
        handler: |center, call| Box::pin(instance::create::create_instance(center, call)),
    },
    Operation {
        spec: instance::get::SPEC,
        handler: |center, call| Box::pin(instance::get::get_instance(center, call)),
    },
    Operation {
        spec: instance::list_of_user::SPEC,
        handler: |center, call| Box::pin(instance::list_of_user::list_instances_of_user(center, call)),
    },
    Operation { spec: config::list::SPEC, handler: |center, call| Box::pin(config::list::list_config(center, call)) },
    Operation {
        spec: skill_group::create::SPEC,
        handler: |center, call| Box::pin(skill_group::create::create_skill_group(center, call)),
    },
    Operation {
        spec: skill_group::list::SPEC,
        handler: |center, call| Box::pin(skill_group::list::list_skill_groups(center, call)),
    },
];

/// The parameter that nearly every operation has.
pub(crate) const INSTANCE_ID: Parameter = Parameter::text_of("InstanceId", 1, MAX_ID_CHARS).required();
/// Type of the resource that events name.
pub(crate) const INSTANCE_RESOURCE: &str = "ACS::CCC::Instance";
/// Type of the finer resource of skill-group operations.
pub(crate) const SKILL_GROUP_RESOURCE: &str = "ACS::CCC::SkillGroup";
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
        for (index, operation) in OPERATIONS.iter().enumerate() {
            let name = operation.spec.name;
            assert!(OPERATIONS[..index].iter().all(|other| other.spec.name != name), "{name} is there twice");
            let reads = ["List", "Get", "Pick", "Download"].iter().any(|prefix| name.starts_with(prefix));
            assert_eq!(operation.spec.access, if reads { Access::Read } else { Access::Write }, "{name}");
        }
    }

    #[test]
    fn an_operation_with_an_instance_asks_about_it_and_names_it() {
        for Operation { spec, .. } in OPERATIONS {
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
