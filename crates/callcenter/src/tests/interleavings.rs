//! Two clients change one instance at the same time, in orders that nobody chose. Whatever happens, each call succeeds
//! or gets a code that its table row declares, and what is left is whole.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::Value;
use tokio::runtime::Handle;

use super::bench::{ACCOUNT, Bench, root, text};
use super::office::Office;
use super::on_both_databases;
use crate::OPERATIONS;
use crate::center::new_id;

on_both_databases!(two_clients_leave_a_whole_state);

/// Small worlds meet often.
const CASES: u32 = 24;

#[derive(Debug, Clone)]
enum Change {
    Assign { ram_user: u8, role: u8, in_group: Option<u8> },
    Remove { ram_user: u8 },
    CreateUser { login: u8 },
    CreateGroup { name: u8 },
    DeleteGroup { name: u8 },
    RenameGroup { name: u8, to: u8 },
    ReplaceMembers { name: u8, ram_user: u8 },
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (0..3_u8, 0..3_u8, proptest::option::of(0..2_u8))
            .prop_map(|(ram_user, role, in_group)| Change::Assign { ram_user, role, in_group }),
        2 => (0..3_u8).prop_map(|ram_user| Change::Remove { ram_user }),
        2 => (0..2_u8).prop_map(|login| Change::CreateUser { login }),
        2 => (0..2_u8).prop_map(|name| Change::CreateGroup { name }),
        1 => (0..2_u8).prop_map(|name| Change::DeleteGroup { name }),
        1 => (0..2_u8, 0..2_u8).prop_map(|(name, to)| Change::RenameGroup { name, to }),
        2 => (0..2_u8, 0..3_u8).prop_map(|(name, ram_user)| Change::ReplaceMembers { name, ram_user }),
    ]
}

async fn two_clients_leave_a_whole_state(bench: &Bench) {
    let clients = (prop::collection::vec(change(), 1..6), prop::collection::vec(change(), 1..6));
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    // The runner is not async, and shrinking needs it.
    #[allow(clippy::disallowed_methods, reason = "block_in_place has given this thread up to waiting")]
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&clients, |(left, right)| {
            Handle::current().block_on(async {
                let world = World::open(bench).await;
                let (first, second) = tokio::join!(world.run(&left), world.run(&right));
                world.check(&[first?, second?].concat()).await
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
}

/// A change with its outcome: the code of a refusal.
type Done = (String, Result<(), String>);

impl<'a> World<'a> {
    async fn open(bench: &'a Bench) -> Self {
        let prefix = new_id();
        let office = Office { bench, instance: bench.instance(&prefix, &[]).await };
        let roles = [office.role("Agent").await, office.role("Manager").await, office.role("Admin").await];
        Self { office, prefix, roles }
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
        };
        let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let outcome = self.office.bench.call(&root(ACCOUNT), operation, &self.office.params(&params)).await;
        let outcome = outcome.map(|_| ()).map_err(|error| error.code.into_owned());
        if let Err(code) = &outcome {
            prop_assert!(declared(operation, code), "{operation} answered {code}");
        }
        Ok(Some((key, outcome)))
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
            if ["login ", "remove ", "delete "].iter().any(|kind| key.starts_with(kind)) {
                prop_assert_eq!(count, 1, "{}", key);
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
        for user in &users {
            prop_assert_eq!(user["Roles"]["Role"].as_array().map(Vec::len), Some(1), "{}", user);
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
        let body = self.office.body("ListTransferableSkillGroups", &[]).await;
        let groups: Vec<Value> = body["SkillGroups"].as_array().expect("a list").clone();
        let mut names: Vec<String> = groups.iter().map(|group| text(group, "SkillGroupName")).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), groups.len(), "names are unique");
        for group in &groups {
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
