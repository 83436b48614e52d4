//! The life of a server: one at a time on a folder, a clean end, everything there after it.

mod support;

use std::process::Command;

use support::{Server, agent, call};

#[test]
fn a_second_server_on_the_same_folder_is_refused_and_says_why() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let _server = Server::start(folder.path());
    let second = Command::new(env!("CARGO_BIN_EXE_cairn"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .output()
        .expect("the binary runs");
    let message = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success());
    assert!(message.contains("in use by another cairn server (process "), "{message}");
}

#[test]
fn a_terminated_server_ends_with_success_and_keeps_everything() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut server = Server::start(folder.path());
    let (status, body) = call(&agent(), &server.endpoint, "2015-04-01", "GetCallerIdentity", &[]).expect("an answer");
    assert_eq!((status, body["IdentityType"].as_str()), (200, Some("Account")), "{body}");
    assert!(server.terminate());
    let server = Server::start(folder.path());
    let id = body["RequestId"].as_str().expect("a request id");
    let filter = [("LookupAttribute.1.Key", "EventId"), ("LookupAttribute.1.Value", id)];
    let (status, page) = call(&agent(), &server.endpoint, "2020-07-06", "LookupEvents", &filter).expect("an answer");
    assert_eq!((status, page["Events"].as_array().map(Vec::len)), (200, Some(1)), "{page}");
}

#[test]
fn the_pages_for_operators_answer() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let server = Server::start(folder.path());
    let agent = agent();
    call(&agent, &server.endpoint, "2015-04-01", "GetCallerIdentity", &[]).expect("an answer");
    let get = |path: &str| {
        let mut response = agent.get(format!("{}{path}", server.endpoint)).call().expect("an answer");
        (response.status().as_u16(), response.body_mut().read_to_string().expect("text"))
    };
    assert_eq!(get("/healthz"), (200, r#"{"status":"ok"}"#.to_owned()));
    let (status, page) = get("/metrics");
    assert_eq!(status, 200);
    let counted = r#"cairn_calls_total{product="Sts",operation="GetCallerIdentity",code="OK"} 1"#;
    assert!(page.contains(counted), "{page}");
    assert!(page.contains("cairn_store_events"), "{page}");
    assert_eq!(get("/nothing").0, 404);
}
