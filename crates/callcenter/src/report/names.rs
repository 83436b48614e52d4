//! Whom a report is about: agents and skill groups with their names.

use std::collections::HashMap;

use openapi::ApiError;

use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NOT_EXIST_SKILL_GROUP, NOT_EXIST_USER};
use crate::report::figures::{Fields, fields};
use crate::report::rows::{self, Person};
use crate::report::sheet::{NOBODY, Sheet};

/// The people and groups of an instance as they are now.
pub(super) struct Names {
    pub(super) instance_id: String,
    people: HashMap<String, Person>,
    /// Oldest first.
    groups: Vec<(String, String)>,
}

impl Names {
    pub(super) async fn read(center: &CallCenter, instance_id: &str) -> Result<Self, CallCenterError> {
        let mut connection = center.database.pool().acquire().await?;
        let people = rows::people(&mut connection, instance_id).await?;
        let groups = rows::groups(&mut connection, instance_id).await?;
        Ok(Self { instance_id: instance_id.to_owned(), people, groups })
    }

    /// The agents of a report: the ones asked for, also without activity; else the active ones.
    ///
    /// # Errors
    /// `NotExist.User` for an id that neither a user nor any activity has.
    pub(super) fn agents(
        &self,
        asked: &[&str],
        skill_group_id: Option<&str>,
        sheet: &Sheet,
    ) -> Result<Vec<String>, ApiError> {
        if asked.is_empty() {
            let active = sheet.agents.keys().filter(|id| *id != NOBODY);
            return Ok(active.filter(|id| sheet.of_agent(id, skill_group_id).is_some()).cloned().collect());
        }
        let known = |id: &&str| self.people.contains_key(*id) || (*id != NOBODY && sheet.agents.contains_key(*id));
        asked.iter().map(|id| known(id).then(|| (*id).to_owned()).ok_or_else(|| no_such_agent(id))).collect()
    }

    /// The skill groups of a report: the ones asked for; else all that there are and all that were active.
    ///
    /// # Errors
    /// `NotExist.SkillGroup` for an id that neither a group nor any activity has.
    pub(super) fn groups(&self, asked: &[&str], sheet: &Sheet) -> Result<Vec<String>, ApiError> {
        if !asked.is_empty() {
            return asked.iter().map(|id| self.known_group(id, sheet).map(|()| (*id).to_owned())).collect();
        }
        let mut ids: Vec<String> = self.groups.iter().map(|(id, _)| id.clone()).collect();
        let active = sheet.by_group().into_keys().map(str::to_owned).chain(sheet.queues.keys().cloned());
        let gone: std::collections::BTreeSet<String> = active.filter(|id| !self.has_group(id)).collect();
        ids.extend(gone);
        Ok(ids)
    }

    /// Refuses a group that nobody knows.
    ///
    /// # Errors
    /// `NotExist.SkillGroup`.
    pub(super) fn known_group(&self, id: &str, sheet: &Sheet) -> Result<(), ApiError> {
        let active =
            || sheet.queues.contains_key(id) || sheet.agents.values().any(|agent| agent.groups.contains_key(id));
        if self.has_group(id) || active() {
            return Ok(());
        }
        Err(NOT_EXIST_SKILL_GROUP.error(format!(
            "skill group '{id}' does not exist in this instance: take a SkillGroupId that ListSkillGroups returns."
        )))
    }

    fn has_group(&self, id: &str) -> bool {
        self.groups.iter().any(|(known, _)| known == id)
    }

    pub(super) fn group_name(&self, id: &str, sheet: &Sheet) -> String {
        let now = self.groups.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone());
        let then = || sheet.queues.get(id).map(|queue| queue.name.clone());
        now.or_else(then).unwrap_or_default()
    }

    /// The fields that say who an agent is. One who is no user any more has the name of his last call, and the groups
    /// that he worked for.
    pub(super) fn agent(&self, id: &str, sheet: &Sheet) -> Fields {
        let gone = || {
            let then = sheet.agents.get(id);
            let groups = then.into_iter().flat_map(|agent| agent.groups.keys());
            Person {
                display_name: then.map(|agent| agent.name.clone()).unwrap_or_default(),
                login_name: String::new(),
                groups: groups.map(|group| (group.clone(), self.group_name(group, sheet))).collect(),
            }
        };
        let person = self.people.get(id).cloned().unwrap_or_else(gone);
        let (ids, names): (Vec<String>, Vec<String>) = person.groups.into_iter().unzip();
        fields(serde_json::json!({
            "AgentId": id,
            "AgentName": person.display_name,
            "InstanceId": self.instance_id,
            "LoginName": person.login_name,
            "SkillGroupIds": ids.join(","),
            "SkillGroupNames": names.join(","),
        }))
    }

    pub(super) fn has_person(&self, id: &str) -> bool {
        self.people.contains_key(id)
    }

    /// The RAM user id of a login name.
    pub(super) fn id_of_login(&self, login_name: &str) -> Option<String> {
        self.people.iter().find(|(_, person)| person.login_name == login_name).map(|(id, _)| id.clone())
    }
}

pub(super) fn no_such_agent(id: &str) -> ApiError {
    NOT_EXIST_USER.error(format!("user '{id}' does not exist in this instance: take a RamId that ListUsers returns."))
}
