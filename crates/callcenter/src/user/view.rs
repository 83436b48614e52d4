//! Users as answers show them. The operations differ in small ways; each difference is one line here.

use openapi::wrapped_list;
use serde_json::{Map, Value, json};

use crate::user::Role;
use crate::user::whole::{RoleRow, SkillLevel, User};

/// CCC 2017-07-05, "ListUsers": with `Primary` and `PrivateOutboundNumberId`.
pub(crate) fn listed(user: &User) -> Value {
    let mut view = found_fields(user);
    view.insert("Primary".to_owned(), user.is_primary.into());
    Value::Object(view)
}

/// CCC 2017-07-05, "FindUsers": like ListUsers without `Primary`.
pub(crate) fn found(user: &User) -> Value {
    Value::Object(found_fields(user))
}

fn found_fields(user: &User) -> Map<String, Value> {
    let mut view = fields(user, &wrapped_roles(user), &wrapped_levels(user));
    if let Some(number_id) = &user.private_outbound_number_id {
        view.insert("PrivateOutboundNumberId".to_owned(), number_id.as_str().into());
    }
    view
}

/// CCC 2017-07-05, "GetUser".
pub(crate) fn got(user: &User) -> Value {
    Value::Object(fields(user, &wrapped_roles(user), &wrapped_levels(user)))
}

/// CCC 2017-07-05, "GetUserByExtension": bare arrays, and the extension among the details.
pub(crate) fn with_extension(user: &User) -> Value {
    let roles: Vec<Value> = user.roles.iter().map(role).collect();
    let levels: Vec<Value> = user.skill_levels.iter().map(|level| skill_level(user, level)).collect();
    let mut view = fields(user, &roles.into(), &levels.into());
    if let Some(Value::Object(detail)) = view.get_mut("Detail") {
        detail.insert("Extension".to_owned(), user.extension.as_str().into());
    }
    Value::Object(view)
}

/// CCC 2017-07-05, "ListUsersOfSkillGroup": roles carry their privileges and how many users have them.
pub(crate) fn member(user: &User) -> Value {
    let roles = user.roles.iter().map(role_with_privileges).collect();
    Value::Object(fields(user, &wrapped_list("Role", roles), &wrapped_levels(user)))
}

/// A role as nearly all answers show it.
pub(crate) fn role(role: &RoleRow) -> Value {
    json!({
        "InstanceId": role.instance_id,
        "RoleDescription": role.description,
        "RoleId": role.id,
        "RoleName": role.name,
    })
}

fn role_with_privileges(row: &RoleRow) -> Value {
    let privileges = Role::of_name(&row.name).map(privileges).unwrap_or_default();
    let mut view = role(row);
    view["UserCount"] = row.user_count.into();
    view["Privileges"] = wrapped_list("Privilege", privileges);
    view
}

/// What a role may do: a stronger one may do all that a weaker one may (see `access`).
fn privileges(role: Role) -> Vec<Value> {
    let granted = Role::ALL.into_iter().rev().filter(|weaker| *weaker <= role);
    granted
        .map(|weaker| {
            json!({
                "PrivilegeId": weaker.name(),
                "PrivilegeName": weaker.name(),
                "PrivilegeDescription": weaker.description(),
            })
        })
        .collect()
}

fn fields(user: &User, roles: &Value, skill_levels: &Value) -> Map<String, Value> {
    let detail = json!({
        "Department": user.department,
        "DisplayName": user.display_name,
        "Email": user.email,
        "LoginName": user.login_name,
        "Phone": user.phone,
    });
    [
        ("UserId", Value::from(user.id.as_str())),
        ("RamId", user.ram_user_id.as_str().into()),
        ("InstanceId", user.instance_id.as_str().into()),
        ("Detail", detail),
        ("Roles", roles.clone()),
        ("SkillLevels", skill_levels.clone()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// `Roles.Role[]`
pub(crate) fn wrapped_roles(user: &User) -> Value {
    wrapped_list("Role", user.roles.iter().map(role).collect())
}

fn wrapped_levels(user: &User) -> Value {
    wrapped_list("SkillLevel", user.skill_levels.iter().map(|level| skill_level(user, level)).collect())
}

fn skill_level(user: &User, level: &SkillLevel) -> Value {
    json!({
        "Level": level.level,
        "SkillLevelId": level.id,
        "Skill": {
            "InstanceId": user.instance_id,
            "SkillGroupDescription": level.skill_group_description,
            "SkillGroupId": level.skill_group_id,
            "SkillGroupName": level.skill_group_name,
        },
    })
}
