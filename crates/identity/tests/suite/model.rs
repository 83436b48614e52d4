//! Attaching, detaching and asking, beside a plain model of sets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use identity::limits::{MAX_CUSTOM_POLICIES_OF_OTHERS, MAX_CUSTOM_POLICIES_OF_USER};
use openapi::{Caller, Decision, Directory, PermissionRequest, Principal};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::json;

use crate::bench::{ACCOUNT, Bench, attachment, text};

const USERS: [&str; 2] = ["ann", "ben"];
const GROUPS: [&str; 2] = ["east", "west"];
const ACTIONS: [&str; 2] = ["t:Read", "t:Write"];
const RESOURCES: [&str; 2] = ["one", "two"];
/// More than a group may have, so that the bound is met.
const POLICIES: usize = MAX_CUSTOM_POLICIES_OF_OTHERS + 2;

/// A policy of one statement; nothing stands for `*`.
#[derive(Debug, Clone)]
struct Rule {
    allow: bool,
    action: Option<usize>,
    resource: Option<usize>,
}

#[derive(Debug, Clone)]
enum Step {
    Attach(usize, Owner),
    Detach(usize, Owner),
    Join(usize, usize),
    Leave(usize, usize),
    Restart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    User(usize),
    Group(usize),
}

impl Owner {
    fn named(self) -> (&'static str, &'static str) {
        match self {
            Owner::User(index) => ("User", USERS[index]),
            Owner::Group(index) => ("Group", GROUPS[index]),
        }
    }

    fn most(self) -> usize {
        match self {
            Owner::User(_) => MAX_CUSTOM_POLICIES_OF_USER,
            Owner::Group(_) => MAX_CUSTOM_POLICIES_OF_OTHERS,
        }
    }
}

/// What should be.
#[derive(Default)]
struct Model {
    rules: Vec<Rule>,
    attached: BTreeMap<Owner, BTreeSet<usize>>,
    members: BTreeSet<(usize, usize)>,
}

impl Model {
    /// The code that a step must be answered with, and its effect.
    fn take(&mut self, step: &Step) -> Option<String> {
        match *step {
            Step::Attach(policy, owner) => {
                let attached = self.attached.entry(owner).or_default();
                let word = owner.named().0;
                if attached.contains(&policy) {
                    return Some(format!("EntityAlreadyExists.{word}.Policy"));
                }
                if attached.len() >= owner.most() {
                    return Some(format!("LimitExceeded.{word}.Policy"));
                }
                attached.insert(policy);
                None
            }
            Step::Detach(policy, owner) => {
                let removed = self.attached.entry(owner).or_default().remove(&policy);
                (!removed).then(|| format!("EntityNotExist.{}.Policy", owner.named().0))
            }
            Step::Join(user, group) => {
                (!self.members.insert((user, group))).then(|| "EntityAlreadyExists.User.Group".to_owned())
            }
            Step::Leave(user, group) => {
                (!self.members.remove(&(user, group))).then(|| "EntityNotExist.User.Group".to_owned())
            }
            Step::Restart => None,
        }
    }

    /// Whether an applying rule denies, else whether one allows.
    fn decide(&self, user: usize, action: usize, resource: usize) -> (bool, bool) {
        let groups = self.members.iter().filter(|(member, _)| *member == user).map(|(_, group)| Owner::Group(*group));
        let applying: Vec<bool> = std::iter::once(Owner::User(user))
            .chain(groups)
            .filter_map(|owner| self.attached.get(&owner))
            .flatten()
            .map(|policy| &self.rules[*policy])
            .filter(|rule| rule.action.is_none_or(|of| of == action))
            .filter(|rule| rule.resource.is_none_or(|of| of == resource))
            .map(|rule| rule.allow)
            .collect();
        let denied = applying.contains(&false);
        (denied, !denied && applying.contains(&true))
    }
}

fn rule() -> impl Strategy<Value = Rule> {
    (prop::bool::weighted(0.7), prop::option::of(0..2_usize), prop::option::of(0..2_usize))
        .prop_map(|(allow, action, resource)| Rule { allow, action, resource })
}

fn step() -> impl Strategy<Value = Step> {
    let owner = || prop_oneof![(0..2_usize).prop_map(Owner::User), (0..2_usize).prop_map(Owner::Group)];
    prop_oneof![
        8 => (0..POLICIES, owner()).prop_map(|(policy, owner)| Step::Attach(policy, owner)),
        3 => (0..POLICIES, owner()).prop_map(|(policy, owner)| Step::Detach(policy, owner)),
        3 => (0..2_usize, 0..2_usize).prop_map(|(user, group)| Step::Join(user, group)),
        1 => (0..2_usize, 0..2_usize).prop_map(|(user, group)| Step::Leave(user, group)),
        1 => Just(Step::Restart),
    ]
}

async fn prepare(bench: &Bench, rules: &[Rule]) -> Vec<Caller> {
    let mut callers = Vec::new();
    for name in USERS {
        let body = bench.admin("CreateUser", &[("UserName", name)]).await;
        let principal = Principal::User { user_id: text(&body["User"]["UserId"]), user_name: name.to_owned() };
        callers.push(Caller { account_id: ACCOUNT.to_owned(), access_key_id: String::new(), principal });
    }
    for name in GROUPS {
        bench.admin("CreateGroup", &[("GroupName", name)]).await;
    }
    for (index, rule) in rules.iter().enumerate() {
        let statement = json!({
            "Effect": if rule.allow { "Allow" } else { "Deny" },
            "Action": rule.action.map_or("*", |action| ACTIONS[action]),
            "Resource": rule.resource.map_or("*", |resource| RESOURCES[resource]),
        });
        bench.policy(&format!("p{index}"), json!([statement])).await;
    }
    callers
}

/// Does the step; the code of a refusal.
async fn perform(bench: &mut Bench, step: &Step) -> Option<String> {
    let (operation, parameters, policy);
    match *step {
        Step::Attach(index, owner) => {
            policy = format!("p{index}");
            (operation, parameters) = attachment("Attach", "To", &policy, owner.named());
        }
        Step::Detach(index, owner) => {
            policy = format!("p{index}");
            (operation, parameters) = attachment("Detach", "From", &policy, owner.named());
        }
        Step::Join(user, group) => {
            operation = "AddUserToGroup".to_owned();
            parameters = vec![("UserName", USERS[user]), ("GroupName", GROUPS[group])];
        }
        Step::Leave(user, group) => {
            operation = "RemoveUserFromGroup".to_owned();
            parameters = vec![("UserName", USERS[user]), ("GroupName", GROUPS[group])];
        }
        Step::Restart => {
            bench.restart().await;
            return None;
        }
    }
    let (status, body) = bench.call(&bench.root(), &operation, &parameters).await;
    (status != 200).then(|| text(&body["Code"]))
}

fn decided(bench: &Bench, caller: &Caller, action: usize, resource: usize) -> (bool, bool) {
    let request = PermissionRequest {
        caller,
        action: ACTIONS[action],
        resource: RESOURCES[resource],
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        secure: true,
        now_s: 1_780_000_000,
    };
    match bench.identity.decide(&request) {
        Decision::Allow => (false, true),
        Decision::Deny { explicit, .. } => (explicit, false),
    }
}

async fn agrees(bench: &mut Bench, rules: Vec<Rule>, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let callers = prepare(bench, &rules).await;
    let mut model = Model { rules, ..Model::default() };
    for (index, step) in steps.iter().enumerate() {
        let answered = perform(bench, step).await;
        prop_assert_eq!(answered, model.take(step), "step {}: {:?}", index, step);
        for (user, caller) in callers.iter().enumerate() {
            for (action, resource) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let found = decided(bench, caller, action, resource);
                let expected = model.decide(user, action, resource);
                prop_assert_eq!(found, expected, "step {}: {:?}, {} {} {}", index, step, user, action, resource);
            }
        }
    }
    Ok(())
}

fn check(cases: u32, on_postgres: bool) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let input = (prop::collection::vec(rule(), POLICIES), prop::collection::vec(step(), 1..50));
    let outcome = TestRunner::new(config).run(&input, |(rules, steps)| {
        runtime.block_on(async {
            if !on_postgres {
                return agrees(&mut Bench::on_sqlite().await, rules, steps).await;
            }
            let Some(mut bench) = Bench::on_postgres("model").await else { return Ok(()) };
            let outcome = agrees(&mut bench, rules, steps).await;
            bench.drop_schema().await;
            outcome
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn decisions_are_those_of_the_model_on_sqlite() {
    check(16, false);
}

#[test]
fn decisions_are_those_of_the_model_on_postgres() {
    check(4, true);
}
