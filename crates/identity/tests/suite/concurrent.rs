//! Many callers at the same moment.

use serde_json::json;
use tokio::task::JoinHandle;

use crate::bench::{Answer, Bench, trust};
use crate::on_both_databases;

on_both_databases!(
    one_name_is_given_once,
    two_keys_are_given_to_eight_who_ask,
    writes_and_reads_do_not_disturb_each_other
);

const CALLERS: usize = 12;

/// Answers that succeeded, and the codes of the others.
async fn outcomes(tasks: Vec<JoinHandle<Answer>>) -> (usize, Vec<String>) {
    let (mut done, mut codes) = (0, Vec::new());
    for task in tasks {
        match task.await.expect("the task ends") {
            (200, _) => done += 1,
            (_, body) => codes.push(crate::bench::text(&body["Code"])),
        }
    }
    (done, codes)
}

async fn one_name_is_given_once(bench: &mut Bench) {
    let document = json!({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let (document, trust) = (document.to_string(), trust("*"));
    for (operation, kind, more) in [
        ("CreateUser", "User", None),
        ("CreateGroup", "Group", None),
        ("CreateRole", "Role", Some(("AssumeRolePolicyDocument", trust.as_str()))),
        ("CreatePolicy", "Policy", Some(("PolicyDocument", document.as_str()))),
    ] {
        let name = format!("{kind}Name");
        let tasks = (0..CALLERS).map(|n| {
            // Role names are the same in any letter case.
            let value = if kind == "Role" && n % 2 == 1 { "SAME" } else { "same" };
            let parameters: Vec<(&str, &str)> = std::iter::once((name.as_str(), value)).chain(more).collect();
            bench.start_call(&bench.root(), operation, &parameters)
        });
        let (done, codes) = outcomes(tasks.collect()).await;
        assert_eq!(done, 1, "{operation}: {codes:?}");
        assert_eq!(codes, vec![format!("EntityAlreadyExists.{kind}"); CALLERS - 1], "{operation}");
    }
}

async fn two_keys_are_given_to_eight_who_ask(bench: &mut Bench) {
    bench.admin("CreateUser", &[("UserName", "alice")]).await;
    let tasks = (0..8).map(|_| bench.start_call(&bench.root(), "CreateAccessKey", &[("UserName", "alice")]));
    let (done, codes) = outcomes(tasks.collect()).await;
    assert_eq!((done, codes), (2, vec!["LimitExceeded.User.AccessKey".to_owned(); 6]));
}

async fn writes_and_reads_do_not_disturb_each_other(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    let writes = (0..CALLERS).map(|n| {
        let name = format!("u{n}");
        bench.start_call(&bench.root(), "CreateUser", &[("UserName", &name)])
    });
    let writes: Vec<_> = writes.collect();
    let reads: Vec<_> = (0..CALLERS).map(|_| bench.start_call(&alice, "GetCallerIdentity", &[])).collect();
    assert_eq!(outcomes(writes).await, (CALLERS, Vec::new()));
    assert_eq!(outcomes(reads).await, (CALLERS, Vec::new()));
    let listed = bench.admin("ListUsers", &[]).await;
    let count = listed["Users"]["User"].as_array().map(Vec::len);
    assert_eq!(count, Some(CALLERS + 2), "with alice and the administrator");
    bench.restart().await;
    let again = bench.admin("ListUsers", &[]).await;
    assert_eq!(again["Users"], listed["Users"]);
}
