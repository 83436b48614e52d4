//! Numbers and instances from before there were owners and flows.

use database::Database;

use super::bench::{ACCOUNT, Bench, root};
use crate::schema::{COMPONENT, MIGRATIONS};

const OLD_ROWS: [&str; 2] = [
    "INSERT INTO ccc_instances (id, account_id, name, domain_name, domain_key, description, directory_id, tenant_id,
        status, max_online_agents, storage_bucket, storage_max_days, storage_max_size_gb, created_at_ms)
     VALUES ('i1', '1059804828509', 'old', 'old', 'old', '', 'd', 't', 'Running', 100, 'ccc-i1', 30, 10, 1)",
    "INSERT INTO ccc_phone_numbers (id, instance_id, number, description, usage, allow_outbound, test_only,
        remaining_minutes, trunks, created_at_ms)
     VALUES ('p1', 'i1', '02112345678', '', 'Bidirection', 1, 0, 0, 10, 1)",
];

async fn fill_as_before(url: &str) {
    let database = Database::open(url).await.expect("the database opens");
    database.migrate(COMPONENT, &MIGRATIONS[..2]).await.expect("the first two");
    for row in OLD_ROWS {
        sqlx::query(row).execute(database.pool()).await.expect("an old row");
    }
    database.close().await;
}

async fn check(bench: &Bench) {
    let owned = bench.body(&root(ACCOUNT), "ListOwnedPhoneNumbers", &[]).await;
    assert_eq!(owned["PhoneNumbers"]["List"]["PhoneNumber"][0]["InstanceId"], "i1");
    let flows = bench.body(&root(ACCOUNT), "ListContactFlows", &[("InstanceId", "i1")]).await;
    let welcome = &flows["ContactFlows"]["ContactFlow"][0];
    assert_eq!((&welcome["ContactFlowName"], &welcome["Type"]), (&"Welcome".into(), &"Mainflow".into()));
    assert_eq!(welcome["PhoneNumbers"]["PhoneNumber"][0]["PhoneNumberId"], "p1");
}

#[tokio::test]
async fn numbers_bound_earlier_are_owned_and_have_the_welcome_flow() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let url = format!("sqlite://{}", folder.path().join("control.db").display());
    fill_as_before(&url).await;
    check(&Bench::open(url, None, Some(folder)).await).await;
}

#[tokio::test]
async fn numbers_bound_earlier_are_owned_and_have_the_welcome_flow_on_postgres() {
    if let Some((url, schema)) = Bench::empty_schema("numbers_bound_earlier_are_owned").await {
        fill_as_before(&url).await;
        let bench = Bench::open(url, Some(schema), None).await;
        check(&bench).await;
        bench.drop_schema().await;
    }
}
