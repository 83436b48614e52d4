//! The first start, and later ones with the right, a wrong and no key file.

use std::os::unix::fs::PermissionsExt;

use identity::{FirstStart, IdentityError};
use openapi::SecretText;

use crate::bench::{ACCOUNT, Bench, ROOT_KEY, ROOT_SECRET, code, credentials, from_outside};
use crate::on_both_databases;

on_both_databases!(
    keys_are_made_once_and_work,
    a_restart_keeps_everything,
    a_missing_key_file_is_refused_and_not_replaced,
    a_wrong_key_file_is_refused_and_nothing_is_lost,
    the_environment_must_fit_what_is_there,
    a_root_key_from_outside_is_added_while_there_is_room,
);

async fn keys_are_made_once_and_work(bench: &mut Bench) {
    let created = bench.created.clone();
    assert_eq!(created.account_id, ACCOUNT);
    assert_eq!((created.root.0.as_str(), created.root.1.expose()), (ROOT_KEY, ROOT_SECRET));
    let body = bench.done(&bench.root(), "GetCallerIdentity", &[]).await;
    assert_eq!((&body["IdentityType"], &body["AccountId"]), (&"Account".into(), &ACCOUNT.into()));
    let (name, id, secret) = created.administrator;
    let administrator = credentials(&id, secret.expose());
    let body = bench.done(&administrator, "GetCallerIdentity", &[]).await;
    assert_eq!(body["Arn"], format!("acs:ram::{ACCOUNT}:user/{name}"));
    bench.done(&administrator, "CreateUser", &[("UserName", "by-the-administrator")]).await;
    let mode = std::fs::metadata(bench.key_file()).expect("the key file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "only the owner reads the key file");
    let opened = bench.try_restart(from_outside()).await.expect("the same environment again");
    assert!(opened.created.is_none(), "a second start creates nothing");
}

async fn a_restart_keeps_everything(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    bench.admin("CreateGroup", &[("GroupName", "readers")]).await;
    bench.admin("AddUserToGroup", &[("UserName", "alice"), ("GroupName", "readers")]).await;
    bench.attach("AliyunRAMReadOnlyAccess", ("Group", "readers")).await;
    bench.done(&alice, "ListUsers", &[]).await;
    bench.restart().await;
    bench.done(&alice, "ListUsers", &[]).await;
    assert_eq!(bench.refused(&alice, "CreateUser", &[("UserName", "x")]).await, code(403, "NoPermission"));
}

async fn a_missing_key_file_is_refused_and_not_replaced(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    let kept = std::fs::read(bench.key_file()).expect("the key file");
    std::fs::remove_file(bench.key_file()).expect("removed");
    let error = failure(bench.try_restart(FirstStart::default()).await);
    assert!(matches!(error, IdentityError::KeyMissing(_)), "{error}");
    assert!(error.to_string().contains("restore the file from a backup"), "{error}");
    assert!(!bench.key_file().exists(), "a new key would make every secret unreadable for ever");
    std::fs::write(bench.key_file(), kept).expect("restored");
    bench.restart().await;
    bench.done(&alice, "GetCallerIdentity", &[]).await;
}

async fn a_wrong_key_file_is_refused_and_nothing_is_lost(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    let kept = std::fs::read(bench.key_file()).expect("the key file");
    for wrong in [vec![7; 32], kept[..31].to_vec(), Vec::new(), [kept.clone(), vec![0]].concat()] {
        std::fs::write(bench.key_file(), &wrong).expect("replaced");
        let error = failure(bench.try_restart(from_outside()).await);
        assert!(matches!(error, IdentityError::KeyDoesNotFit(_)), "{error}");
        assert!(error.to_string().contains("restore the file that belongs to it"), "{error}");
        assert_eq!(std::fs::read(bench.key_file()).expect("still there"), wrong, "the file is left alone");
    }
    std::fs::write(bench.key_file(), kept).expect("restored");
    bench.restart().await;
    bench.done(&alice, "GetCallerIdentity", &[]).await;
    bench.done(&bench.root(), "GetCallerIdentity", &[]).await;
}

async fn the_environment_must_fit_what_is_there(bench: &mut Bench) {
    let other = FirstStart { account_id: Some("2059804828509".to_owned()), ..FirstStart::default() };
    let error = failure(bench.try_restart(other).await);
    assert!(matches!(&error, IdentityError::OtherAccount { found, .. } if found == ACCOUNT), "{error}");
    let secret = |text: &str| Some(SecretText::new(text));
    let id = |text: &str| Some(text.to_owned());
    for (key_id, key_secret) in [
        (id(ROOT_KEY), None),
        (None, secret(ROOT_SECRET)),
        (id("short"), secret(ROOT_SECRET)),
        (id("LTAI5tSuite RootKey1"), secret(ROOT_SECRET)),
        (id("LTAI5tSuiteRootKey02"), secret("fifteen-letters")),
    ] {
        let half =
            FirstStart { root_access_key_id: key_id, root_access_key_secret: key_secret, ..FirstStart::default() };
        let error = failure(bench.try_restart(half).await);
        assert!(matches!(error, IdentityError::RootKeyIncomplete), "{error}");
    }
    let changed = FirstStart { root_access_key_secret: secret("AnotherSecret00000000000000001"), ..from_outside() };
    let error = failure(bench.try_restart(changed).await);
    assert!(matches!(error, IdentityError::RootKeyConflict(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("AnotherSecret"), "errors show no secret");
    bench.restart().await;
    bench.done(&bench.root(), "GetCallerIdentity", &[]).await;
}

async fn a_root_key_from_outside_is_added_while_there_is_room(bench: &mut Bench) {
    let key = |n: u8| FirstStart {
        root_access_key_id: Some(format!("LTAI5tSuiteRootKey0{n}")),
        root_access_key_secret: Some(SecretText::new(format!("SuiteRootSecret00000000000000{n}"))),
        ..FirstStart::default()
    };
    bench.try_restart(key(2)).await.expect("a second root key");
    bench.done(&credentials("LTAI5tSuiteRootKey02", "SuiteRootSecret000000000000002"), "ListUsers", &[]).await;
    bench.done(&bench.root(), "ListUsers", &[]).await;
    let error = failure(bench.try_restart(key(3)).await);
    assert!(error.to_string().contains("two root keys already"), "{error}");
    bench.restart().await;
    bench.done(&bench.root(), "ListUsers", &[]).await;
}

fn failure(outcome: Result<identity::Opened, IdentityError>) -> IdentityError {
    match outcome {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn an_account_id_from_outside_must_be_digits() {
    for wrong in ["", "12x", "123456789012345678901"] {
        let folder = tempfile::tempdir().expect("temporary folder");
        let url = format!("sqlite://{}", folder.path().join("control.db").display());
        let database = database::Database::open(&url).await.expect("the database opens");
        let first_start = FirstStart { account_id: Some(wrong.to_owned()), ..FirstStart::default() };
        let error = failure(identity::Identity::open(&database, folder.path(), first_start).await);
        assert!(matches!(error, IdentityError::AccountId(_)), "{error}");
        let again = identity::Identity::open(&database, folder.path(), FirstStart::default()).await;
        let created = again.expect("nothing was left half done").created.expect("the first start is still to come");
        assert!(created.account_id.len() == 16 && created.account_id.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(created.root.1.expose().len() >= 30 && created.administrator.2.expose().len() >= 30);
    }
}
