//! ListSkillGroupsOfUser: the skill groups of one agent, with level and outbound numbers. Soft phones check in with it.

use std::collections::HashMap;

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, wrapped_list};
use regions::Regions;
use serde_json::{Value, json};

use crate::center::CallCenter;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, PARAMETER_MAXIMUM, no_such_user};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::whole::{SkillLevel, User};
use crate::user::{Role, selection, whole};
use crate::{access, phone_number};

/// CCC 2017-07-05, "ListSkillGroupsOfUser".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListSkillGroupsOfUser")
    .takes(&[INSTANCE_ID, Parameter::text_of("UserId", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["SkillLevels"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_USER.code, PARAMETER_MAXIMUM.code]);

pub(crate) async fn list_skill_groups_of_user(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let user_id = call.required("UserId");
    let mut reading = center.begin_read().await?;
    let ids = selection::with_id(&mut reading, &facts.id, user_id).await?;
    let user = whole::load(&mut reading, &ids).await?.pop().ok_or_else(|| no_such_user(user_id))?;
    let numbers = phone_number::rows::numbers_of_skill_groups(&mut reading, &facts.id).await?;

    let levels = user.skill_levels.iter();
    let views = levels.map(|level| view(&user, level, &numbers, &center.regions)).collect();
    Ok(Answer::empty().with_wrapped_list("SkillLevels", "SkillLevel", views))
}

fn view(user: &User, level: &SkillLevel, numbers: &HashMap<String, Vec<Value>>, regions: &Regions) -> Value {
    let numbers = numbers.get(&level.skill_group_id).into_iter().flatten();
    let numbers = numbers.map(|number| with_region(number.clone(), regions)).collect();
    json!({
        "Level": level.level,
        "SkillLevelId": level.id,
        "Skill": {
            "InstanceId": user.instance_id,
            "RoutingStrategy": level.routing_strategy,
            "SkillGroupDescription": level.skill_group_description,
            "SkillGroupId": level.skill_group_id,
            "SkillGroupName": level.skill_group_name,
            "OutboundPhoneNumbers": wrapped_list("PhoneNumber", numbers),
        },
    })
}

/// `Province` and `City` are in no other answer about skill groups.
fn with_region(mut number: Value, regions: &Regions) -> Value {
    let (province, city) = phone_number::view::home(regions, number["Number"].as_str().unwrap_or_default());
    (number["Province"], number["City"]) = (province.into(), city.into());
    number
}
