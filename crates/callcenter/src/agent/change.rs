//! ChangeAgentState: what the soft phone asks and reports. The public API has no such operation: in the cloud the soft
//! phone speaks to the agent server.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, Principal};
use sqlx::AnyConnection;

use crate::access;
use crate::activity::{self, Activity, Wish};
use crate::agent::command::{CallOf, Command, Identity, Release, decide};
use crate::agent::contact::{Numbers, OpenCall, incoming, outgoing, queued};
use crate::agent::settle::{rows_of_call, settle};
use crate::agent::state::Agent;
use crate::agent::{people, rows};
use crate::call;
use crate::call::place::{CONTACT_RESOURCE, unused_contact_id};
use crate::center::{CallCenter, CallCenterError, without_repetitions};
use crate::contact::appraise::no_such_contact;
use crate::errors::{
    INVALID_OPERATION_USER_STATE, LIMIT_EXCEEDED_ONLINE_AGENT, NO_PERMISSION_USER, NOT_EXIST_CONTACT,
    NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, NOT_EXIST_SKILL_GROUP, NOT_EXIST_USER, PARAMETER_ENUMERATION,
    PARAMETER_FORMAT, PARAMETER_MAXIMUM, PERMISSION_DEMO_INSTANCE, no_such_instance,
};
use crate::limits::{MAX_ID_CHARS, MAX_LIST_ELEMENTS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE, USER_RESOURCE};
use crate::phone_number::PhoneNumber;
use crate::product::{missing, unfit};
use crate::user::Role;
use crate::{demo_day, instance};

const COMMANDS: &[&str] = &[
    "CheckIn",
    "CheckOut",
    "Ready",
    "Break",
    "Ring",
    "Dial",
    "Answer",
    "Reject",
    "Hold",
    "Retrieve",
    "Release",
    "EndWrapUp",
];
const RELEASE_REASONS: &[&str] = &["AgentHangUp", "CustomerHangUp", "NoAnswer", "Busy", "Rejected"];

/// Of this server's own: the soft phone's commands and reports.
pub(crate) const SPEC: OperationSpec = OperationSpec::write("ChangeAgentState")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("RamId", 1, MAX_ID_CHARS),
        Parameter::one_of("Command", COMMANDS).required(),
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS).list(MAX_LIST_ELEMENTS),
        Parameter::text_of("ContactId", 1, MAX_ID_CHARS),
        Parameter::text("Caller"),
        Parameter::text("Callee"),
        Parameter::text("CallCenterNumber"),
        Parameter::one_of("ReleaseReason", RELEASE_REASONS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["RamId", "State", "StateTime", "NextState", "ContactId"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_USER.code,
        NOT_EXIST_SKILL_GROUP.code,
        NOT_EXIST_CONTACT.code,
        NOT_EXIST_PHONE_NUMBER.code,
        INVALID_OPERATION_USER_STATE.code,
        LIMIT_EXCEEDED_ONLINE_AGENT.code,
        PERMISSION_DEMO_INSTANCE.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ])
    .console_operation();

/// An agent moves himself; a leader or administrator anybody.
pub(crate) async fn change_agent_state(center: &CallCenter, call: &Call) -> HandlerResult {
    let own_id = match &call.caller.principal {
        Principal::User { user_id, .. } => Some(user_id.as_str()),
        Principal::Root | Principal::RoleSession { .. } => None,
    };
    let agent_id = call.text("RamId").or(own_id).ok_or_else(|| missing("RamId"))?;
    let needed = if own_id == Some(agent_id) { Role::Agent } else { Role::Manager };
    let facts = access::enter(center, call, needed).await?;
    if !facts.roles.contains_key(agent_id) {
        return Err(no_such_agent(agent_id));
    }

    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    if demo_day::rows::is_demo(&mut transaction, &facts.id).await? {
        return Err(PERMISSION_DEMO_INSTANCE.error(
            "the instance holds generated demo data, which must not be mixed with real agents: work in another instance.",
        ));
    }
    let agent = settle(&mut transaction, &facts.id, agent_id, call.arrived_at_ms).await?;
    let step = Step { center, call, instance_id: &facts.id, agent_id, agent: &agent };
    let rows = match step.rows(&mut transaction).await? {
        Outcome::Rows(rows) => rows,
        // The dialler ends the call, and its rows tell the rest.
        Outcome::HangUp(contact_id) => {
            center.commit(transaction, &facts.id).await?;
            center.hang_up(&facts.id, &contact_id);
            return Ok(answer(agent_id, &agent));
        }
    };
    activity::rows::append(&mut transaction, &facts.id, &rows).await?;
    let after = rows::find(&mut transaction, &facts.id, agent_id).await?.unwrap_or_default();
    center.commit(transaction, &facts.id).await?;
    Ok(answer(agent_id, &after))
}

fn answer(agent_id: &str, agent: &Agent) -> Answer {
    let contact_id = agent.call.as_ref().map(|call| call.contact_id.as_str()).filter(|id| !id.is_empty());
    let next_state = agent.wish.map(|wish| match wish {
        Wish::Ready => "Ready",
        Wish::Break => "Break",
        Wish::CheckOut => "LoggedOut",
    });
    let answer = Answer::empty()
        .with("RamId", agent_id)
        .with("State", agent.state.wire_name())
        .with("StateTime", agent.since_ms)
        .with_optional("NextState", next_state)
        .with_optional("ContactId", contact_id)
        .references(USER_RESOURCE, agent_id)
        .event_data("State", agent.state.wire_name());
    match contact_id {
        Some(contact_id) => answer.references(CONTACT_RESOURCE, contact_id),
        None => answer,
    }
}

/// The one answer for an unknown user and for another instance's.
pub(super) fn no_such_agent(agent_id: &str) -> ApiError {
    NOT_EXIST_USER
        .error(format!("user '{agent_id}' does not exist in this instance: take the RamId of one of its users."))
}

/// One command of one agent.
struct Step<'a> {
    center: &'a CallCenter,
    call: &'a Call,
    instance_id: &'a str,
    agent_id: &'a str,
    agent: &'a Agent,
}

enum Outcome {
    Rows(Vec<Activity>),
    HangUp(String),
}

impl Step<'_> {
    async fn rows(&self, connection: &mut AnyConnection) -> Result<Outcome, ApiError> {
        // Rows of one agent are in the order of what happened, even if the clock was set back.
        let at_ms = self.call.arrived_at_ms.max(self.agent.last_at_ms);
        let name = people::display_name(connection, self.instance_id, self.agent_id).await?.unwrap_or_default();
        let (command, mut rows) = self.command(connection, at_ms).await?;
        if let Some(contact_id) = self.dialled_contact(connection).await? {
            match command {
                Command::Release(_) => return Ok(Outcome::HangUp(contact_id)),
                Command::Answer | Command::Hold | Command::Retrieve => return Err(self.server_dials(&contact_id)),
                _ => {}
            }
        }
        let who = Identity { id: self.agent_id, name: &name };
        let own = decide(self.agent, who, &command, at_ms).map_err(|refusal| {
            INVALID_OPERATION_USER_STATE.error(format!(
                "{} is not possible: agent {} is in the state {}. Look at ListAgentStates.",
                self.call.required("Command"),
                self.agent_id,
                refusal.state.wire_name()
            ))
        })?;
        rows.extend(rows_of_call(connection, self.instance_id, self.agent, &command, at_ms).await?);
        rows.extend(own);
        Ok(Outcome::Rows(rows))
    }

    /// What is asked, and the rows of a call that it begins.
    async fn command(&self, connection: &mut AnyConnection, at_ms: i64) -> Result<(Command, Vec<Activity>), ApiError> {
        let plain = |command| Ok((command, Vec::new()));
        match self.call.required("Command") {
            "CheckIn" => plain(self.check_in(connection).await?),
            "CheckOut" => plain(Command::CheckOut),
            "Ready" => plain(Command::Ready),
            "Break" => plain(Command::Break),
            "Ring" => self.ring(connection, at_ms).await,
            "Dial" => self.dial(connection, at_ms).await,
            "Answer" => plain(Command::Answer),
            "Reject" => plain(Command::Reject),
            "Hold" => plain(Command::Hold),
            "Retrieve" => plain(Command::Retrieve),
            "Release" => plain(Command::Release(self.release())),
            "EndWrapUp" => plain(Command::EndWrapUp),
            other => Err(unfit(
                openapi::ValueFault::Enumeration,
                "Command",
                format!("'{other}' is not one of {}", COMMANDS.join(", ")),
            )),
        }
    }

    fn release(&self) -> Release {
        match self.call.text("ReleaseReason") {
            Some("CustomerHangUp") => Release::ByCustomer,
            Some("NoAnswer") => Release::NoAnswer,
            Some("Busy") => Release::Busy,
            Some("Rejected") => Release::Rejected,
            _ => Release::ByAgent,
        }
    }

    /// In the groups named, or in all that he is a member of.
    async fn check_in(&self, connection: &mut AnyConnection) -> Result<Command, ApiError> {
        let memberships = people::memberships(connection, self.instance_id, self.agent_id).await?;
        let own: Vec<&str> = memberships.iter().map(|(_, _, group_id, _, _)| group_id.as_str()).collect();
        let asked = without_repetitions(self.call.list("SkillGroupId"));
        if let Some(stranger) = asked.iter().find(|id| !own.contains(*id)) {
            return Err(NOT_EXIST_SKILL_GROUP.error(format!(
                "the agent is not a member of a skill group '{stranger}': take a SkillGroupId that ListSkillGroupsOfUser returns."
            )));
        }
        let at_work = rows::count_at_work(connection, self.instance_id).await?;
        let most = instance::rows::max_online_agents(connection, self.instance_id).await?;
        if self.agent.state == super::State::LoggedOut && at_work >= most {
            return Err(LIMIT_EXCEEDED_ONLINE_AGENT.error(format!(
                "{at_work} agents are checked in, and the instance may have {most} at a time: check one out first."
            )));
        }
        let groups = if asked.is_empty() { own } else { asked };
        Ok(Command::CheckIn { skill_group_ids: groups.into_iter().map(str::to_owned).collect() })
    }

    /// A call that waits already (`ContactId`), or a new one from `Caller`.
    async fn ring(&self, connection: &mut AnyConnection, at_ms: i64) -> Result<(Command, Vec<Activity>), ApiError> {
        let group = self.group(connection).await?;
        let named = group.as_ref().map(|(id, name)| (id.as_str(), name.as_str()));
        let skill_group_id = group.as_ref().map(|(id, _)| id.clone());
        if let Some(contact_id) = self.call.text("ContactId") {
            let known = activity::rows::of_contact(connection, self.instance_id, contact_id).await?;
            let open = OpenCall::of(&known);
            let dialled = call::rows::is_dialled(connection, self.instance_id, contact_id).await?;
            if !open.is_open || dialled {
                return Err(no_such_contact(contact_id));
            }
            let waits = open.queue.map(|(id, _)| id);
            let mut rows = Vec::new();
            let skill_group_id = match (waits, named) {
                (Some(waits), _) => Some(waits),
                (None, Some(group)) => {
                    rows.push(queued(contact_id, group, at_ms));
                    skill_group_id
                }
                (None, None) => None,
            };
            return Ok((Command::Ring(CallOf { contact_id: contact_id.to_owned(), skill_group_id }), rows));
        }
        let customer = self.number("Caller")?.ok_or_else(|| missing("Caller"))?;
        let center = self.center_number(connection, false).await?;
        let contact_id = unused_contact_id(self.center, connection, self.instance_id).await?;
        let rows = incoming(&contact_id, Numbers { customer: &customer, center: &center }, named, at_ms);
        Ok((Command::Ring(CallOf { contact_id, skill_group_id }), rows))
    }

    async fn dial(&self, connection: &mut AnyConnection, at_ms: i64) -> Result<(Command, Vec<Activity>), ApiError> {
        let group = self.group(connection).await?;
        let named = group.as_ref().map(|(id, name)| (id.as_str(), name.as_str()));
        let customer = self.number("Callee")?.ok_or_else(|| missing("Callee"))?;
        let center = self.center_number(connection, true).await?;
        let contact_id = unused_contact_id(self.center, connection, self.instance_id).await?;
        let rows = outgoing(&contact_id, Numbers { customer: &customer, center: &center }, named, at_ms);
        Ok((Command::Dial(CallOf { contact_id, skill_group_id: group.map(|(id, _)| id) }), rows))
    }

    fn number(&self, parameter: &str) -> Result<Option<String>, ApiError> {
        let Some(given) = self.call.text(parameter) else { return Ok(None) };
        let number = PhoneNumber::parse(given).ok_or_else(|| {
            unfit(openapi::ValueFault::Format, parameter, "it must be a telephone number such as 02112345678")
        })?;
        Ok(Some(number.as_str().to_owned()))
    }

    /// `CallCenterNumber`, which must be one of the instance; empty if none is named.
    async fn center_number(&self, connection: &mut AnyConnection, outbound: bool) -> Result<String, ApiError> {
        let Some(number) = self.number("CallCenterNumber")? else { return Ok(String::new()) };
        let allows: Option<i64> =
            sqlx::query_scalar("SELECT allow_outbound FROM ccc_phone_numbers WHERE instance_id = $1 AND number = $2")
                .bind(self.instance_id)
                .bind(&number)
                .fetch_optional(connection)
                .await
                .map_err(CallCenterError::from)?;
        match allows {
            Some(allows) if allows != 0 || !outbound => Ok(number),
            _ => Err(NOT_EXIST_PHONE_NUMBER.error(format!(
                "the instance has no number '{number}' for this: take a Number that GetInstance returns, for Dial one with AllowOutbound."
            ))),
        }
    }

    /// The group named, else the only one that he is checked in to.
    async fn group(&self, connection: &mut AnyConnection) -> Result<Option<(String, String)>, ApiError> {
        let named = self.call.list("SkillGroupId");
        let own = self.agent.skill_group_ids.as_slice();
        let Some(id) = named.first().copied().or(own.first().map(String::as_str).filter(|_| own.len() == 1)) else {
            return Ok(None);
        };
        let groups = people::groups(connection, self.instance_id).await?;
        let found = groups.into_iter().find(|(known, _)| known == id);
        found.map(Some).ok_or_else(|| {
            NOT_EXIST_SKILL_GROUP.error(format!(
                "skill group '{id}' does not exist in this instance: take a SkillGroupId that ListSkillGroups returns."
            ))
        })
    }

    /// The agent's call, if the server dials it.
    async fn dialled_contact(&self, connection: &mut AnyConnection) -> Result<Option<String>, CallCenterError> {
        let own = self.agent.call.as_ref().filter(|_| self.agent.state.is_in_call());
        let Some(contact_id) = own.map(|call| call.contact_id.clone()).filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        let dialled = call::rows::is_dialled(connection, self.instance_id, &contact_id).await?;
        Ok(dialled.then_some(contact_id))
    }

    fn server_dials(&self, contact_id: &str) -> ApiError {
        INVALID_OPERATION_USER_STATE.error(format!(
            "{} is not the soft phone's to report: the server dials call {contact_id} and knows its legs. Use the telephone.",
            self.call.required("Command")
        ))
    }
}
