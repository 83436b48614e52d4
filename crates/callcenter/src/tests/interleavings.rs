//! Clients change one instance at the same time, in orders that nobody chose. Whatever happens, each call succeeds or
//! gets a code that its table row declares, and what is left is whole.
//!
//! It was tried on faulty programs, several times each. Without the instance's lock it fails on PostgreSQL: a user has
//! two roles, a group is deleted twice, calls answer `InternalError`. SQLite has one writer at a time without the lock;
//! when transactions begin as `DEFERRED` as well, it fails there, too. With a commit between the two statements that
//! replace a user's roles it fails on both: two roles, none, a user too many.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::Value;
use tokio::runtime::Handle;

use super::bench::{ACCOUNT, Bench, root, text};
use super::office::Office;
use super::on_both_databases;
use crate::OPERATIONS;
use crate::center::new_id;
use crate::limits::MAX_SKILL_GROUPS_PER_INSTANCE;

on_both_databases!(clients_at_once_leave_a_whole_state);

/// Small worlds meet often.
const CASES: u32 = 32;
/// Users of a narrow world: its owner and two more, where clients would make five.
const NARROW_USERS: usize = 3;
/// Names of the groups that fill a narrow world but for one place.
const FILLER: &str = "Filler";

#[derive(Debug, Clone)]
enum Change {
    Assign { ram_user: u8, role: u8, in_group: Option<u8> },
    Remove { ram_user: u8 },
    CreateUser { login: u8 },
    CreateGroup { name: u8 },
    DeleteGroup { name: u8 },
    RenameGroup { name: u8, to: u8 },
    ReplaceMembers { name: u8, ram_user: u8 },
    Move { ram_user: u8, role: u8, to_group: u8 },
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (0..3_u8, 0..3_u8, proptest::option::of(0..2_u8))
            .prop_map(|(ram_user, role, in_group)| Change::Assign { ram_user, role, in_group }),
        2 => (0..3_u8).prop_map(|ram_user| Change::Remove { ram_user }),
        2 => (0..2_u8).prop_map(|login| Change::CreateUser { login }),
        3 => (0..4_u8).prop_map(|name| Change::CreateGroup { name }),
        1 => (0..2_u8).prop_map(|name| Change::DeleteGroup { name }),
        1 => (0..3_u8, 0..4_u8).prop_map(|(name, to)| Change::RenameGroup { name, to }),
        1 => (0..2_u8, 0..3_u8).prop_map(|(name, ram_user)| Change::ReplaceMembers { name, ram_user }),
        3 => (0..2_u8, 0..3_u8, 0..2_u8)
            .prop_map(|(ram_user, role, to_group)| Change::Move { ram_user, role, to_group }),
    ]
}

async fn clients_at_once_leave_a_whole_state(bench: &Bench) {
    let clients = (prop::array::uniform3(prop::collection::vec(change(), 1..6)), any::<bool>());
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    // The runner is not async, and shrinking needs it.
    #[allow(clippy::disallowed_methods, reason = "block_in_place has given this thread up to waiting")]
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&clients, |(clients, is_narrow)| {
            Handle::current().block_on(async {
                let mut world = World::open(bench).await;
                if is_narrow {
                    world.narrow().await;
                }
                world.replaces_members = clients.iter().flatten().any(Change::replaces_members);
                let done = try_join_all(clients.iter().map(|changes| world.run(changes))).await?;
                world.check(&done.concat()).await
            })
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

struct World<'a> {
    office: Office<'a>,
    /// Login names are of the account; each world has its own.
    prefix: String,
    roles: [String; 3],
    /// There is room for two users and one group more.
    is_narrow: bool,
    /// Groups take members beside those whom a user's own change gives them.
    replaces_members: bool,
}

impl Change {
    fn replaces_members(&self) -> bool {
        matches!(self, Self::ReplaceMembers { .. })
    }
}

/// A change with its outcome: the code of a refusal.
type Done = (String, Result<(), String>);

impl<'a> World<'a> {
    async fn open(bench: &'a Bench) -> Self {
        let prefix = new_id();
        let office = Office { bench, instance: bench.instance(&prefix, &[]).await };
        let roles = [office.role("Agent").await, office.role("Manager").await, office.role("Admin").await];
        // A user who may be moved at once.
        office.import("201").await;
        for name in ["Group 0", "Group 1"] {
            office.group(name).await;
        }
        Self { office, prefix, roles, is_narrow: false, replaces_members: false }
    }

    async fn narrow(&mut self) {
        self.is_narrow = true;
        self.office.body("SetInstanceLimits", &[("MaxUsers", &NARROW_USERS.to_string())]).await;
        let present = self.groups().await.len() as i64;
        let fillers = MAX_SKILL_GROUPS_PER_INSTANCE - 1 - present;
        self.office.bench.add_groups(&self.office.instance, FILLER, fillers).await;
    }

    async fn run(&self, changes: &[Change]) -> Result<Vec<Done>, TestCaseError> {
        let mut done = Vec::new();
        for change in changes {
            if let Some(outcome) = self.make(change).await? {
                done.push(outcome);
            }
        }
        Ok(done)
    }

    /// Makes a change through the table; `None` when there is nothing that it could be about.
    async fn make(&self, change: &Change) -> Result<Option<Done>, TestCaseError> {
        let ram_id = |number: &u8| (201 + u32::from(*number)).to_string();
        let name = |number: &u8| format!("Group {number}");
        let (key, operation, params): (String, &str, Vec<(&str, String)>) = match change {
            Change::Assign { ram_user, role, in_group } => {
                let mut params =
                    vec![("UserRamId.1", ram_id(ram_user)), ("RoleId.1", self.roles[usize::from(*role)].clone())];
                if let Some(group) = in_group {
                    let Some(id) = self.group_id(&name(group)).await else { return Ok(None) };
                    params.extend([("SkillGroupId.1", id), ("SkillLevel.1", "5".to_owned())]);
                }
                (format!("assign {ram_user}"), "AssignUsers", params)
            }
            Change::Remove { ram_user } => {
                let Some(id) = self.user_id(&ram_id(ram_user)).await else { return Ok(None) };
                (format!("remove {id}"), "RemoveUsers", vec![("UserId.1", id)])
            }
            Change::CreateUser { login } => {
                let login = format!("{}-{login}", self.prefix);
                let params = vec![
                    ("LoginName", login.clone()),
                    ("DisplayName", "A".to_owned()),
                    ("Email", "a@b".to_owned()),
                    ("RoleId.1", self.roles[0].clone()),
                ];
                (format!("login {login}"), "CreateUser", params)
            }
            Change::CreateGroup { name: number } => {
                (format!("group {}", name(number)), "CreateSkillGroup", vec![("Name", name(number))])
            }
            Change::DeleteGroup { name: number } => {
                let Some(id) = self.group_id(&name(number)).await else { return Ok(None) };
                (format!("delete {id}"), "DeleteSkillGroup", vec![("SkillGroupId", id)])
            }
            Change::RenameGroup { name: number, to } => {
                let Some(id) = self.group_id(&name(number)).await else { return Ok(None) };
                let params = vec![("SkillGroupId", id), ("Name", name(to))];
                ("rename".to_owned(), "ModifySkillGroupBasicInfo", params)
            }
            Change::ReplaceMembers { name: number, ram_user } => {
                let group = self.group_id(&name(number)).await;
                let user = self.user_id(&ram_id(ram_user)).await;
                let (Some(group), Some(user)) = (group, user) else { return Ok(None) };
                let params = vec![
                    ("SkillGroupId", group),
                    ("Name", name(number)),
                    ("UserId.1", user),
                    ("SkillLevel.1", "7".to_owned()),
                ];
                ("members".to_owned(), "ModifySkillGroup", params)
            }
            Change::Move { ram_user, role, to_group } => {
                let group = self.group_id(&name(to_group)).await;
                let user = self.user_id(&ram_id(ram_user)).await;
                let (Some(group), Some(user)) = (group, user) else { return Ok(None) };
                let params = vec![
                    ("UserId", user),
                    ("RoleId.1", self.roles[usize::from(*role)].clone()),
                    ("SkillGroupId.1", group),
                    ("SkillLevel.1", "3".to_owned()),
                ];
                ("move".to_owned(), "ModifySkillGroupOfUser", params)
            }
        };
        let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let outcome = self.office.bench.call(&root(ACCOUNT), operation, &self.office.params(&params)).await;
        let outcome = outcome.map(|_| ()).map_err(|error| error.code.into_owned());
        if let Err(code) = &outcome {
            prop_assert!(declared(operation, code), "{operation} answered {code}");
        }
        Ok(Some((key, outcome)))
    }

    async fn groups(&self) -> Vec<Value> {
        let body = self.office.body("ListTransferableSkillGroups", &[]).await;
        body["SkillGroups"].as_array().expect("a list").clone()
    }

    async fn group_id(&self, name: &str) -> Option<String> {
        let body = self.office.body("ListSkillGroups", &[("SkillGroupName.1", name)]).await;
        let groups = body["SkillGroups"]["SkillGroup"].as_array().expect("a list").clone();
        groups.first().map(|group| text(group, "SkillGroupId"))
    }

    async fn user_id(&self, ram_user_id: &str) -> Option<String> {
        let users = self.office.users().await;
        users.iter().find(|user| user["RamId"] == ram_user_id).map(|user| text(user, "UserId"))
    }

    async fn check(&self, done: &[Done]) -> Result<(), TestCaseError> {
        let mut won: BTreeMap<&str, usize> = BTreeMap::new();
        for (key, outcome) in done {
            *won.entry(key).or_default() += usize::from(outcome.is_ok());
        }
        for (key, count) in won {
            // Nobody takes a RAM user's name back, and an id is removed once.
            if ["remove ", "delete "].iter().any(|kind| key.starts_with(kind)) {
                prop_assert_eq!(count, 1, "{}", key);
            }
            if key.starts_with("login ") {
                prop_assert!(count == 1 || (count == 0 && self.is_narrow), "{key}: {count} winners");
            }
        }
        self.check_users(done).await?;
        self.check_groups().await
    }

    async fn check_users(&self, done: &[Done]) -> Result<(), TestCaseError> {
        let users = self.office.users().await;
        prop_assert_eq!(users.iter().filter(|user| user["Primary"] == true).count(), 1);
        let mut ram_ids: Vec<String> = users.iter().map(|user| text(user, "RamId")).collect();
        ram_ids.sort();
        ram_ids.dedup();
        prop_assert_eq!(ram_ids.len(), users.len(), "a RAM user is a user once");
        prop_assert!(!self.is_narrow || users.len() <= NARROW_USERS, "{} users", users.len());
        for user in &users {
            prop_assert_eq!(user["Roles"]["Role"].as_array().map(Vec::len), Some(1), "{}", user);
            let levels = user["SkillLevels"]["SkillLevel"].as_array().map_or(0, Vec::len);
            prop_assert!(levels <= 1 || self.replaces_members, "each change gives one group: {user}");
            prop_assert_eq!(self.office.bench.extension(&text(user, "UserId")).await.len(), 8);
        }
        let logins: Vec<&str> = users.iter().filter_map(|user| user["Detail"]["LoginName"].as_str()).collect();
        for (key, _) in done.iter().filter(|(key, outcome)| key.starts_with("login ") && outcome.is_ok()) {
            prop_assert!(logins.contains(&&key["login ".len()..]), "{key} is there");
        }
        let made = self.office.bench.directory.made_names().into_iter();
        let made = made.filter(|name| name.starts_with(&self.prefix)).count();
        let listed = logins.iter().filter(|name| name.starts_with(&self.prefix)).count();
        prop_assert_eq!(made, listed, "RAM and the instance agree");
        Ok(())
    }

    async fn check_groups(&self) -> Result<(), TestCaseError> {
        let groups = self.groups().await;
        prop_assert!(groups.len() as i64 <= MAX_SKILL_GROUPS_PER_INSTANCE, "{} groups", groups.len());
        let mut names: Vec<String> = groups.iter().map(|group| text(group, "SkillGroupName")).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), groups.len(), "names are unique");
        for group in groups.iter().filter(|group| !text(group, "SkillGroupName").starts_with(FILLER)) {
            let id = text(group, "SkillGroupId");
            let page = [("SkillGroupId", id.as_str()), ("PageNumber", "1"), ("PageSize", "1000")];
            let members = self.office.body("ListUsersOfSkillGroup", &page).await["Users"]["TotalCount"].clone();
            prop_assert_eq!(&members, &group["UserCount"]);
        }
        Ok(())
    }
}

fn declared(operation: &str, code: &str) -> bool {
    let row = OPERATIONS.iter().copied().flatten().find(|row| row.spec.name == operation);
    row.is_some_and(|row| row.spec.errors.contains(&code))
}
