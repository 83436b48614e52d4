//! Secrets at rest: nobody reads them out of the database.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::{FirstStart, IdentityError};

use crate::bench::{Bench, ROOT_SECRET, all_bytes, credentials};
use crate::on_both_databases;

on_both_databases!(no_secret_is_stored_readable, a_sealed_secret_cannot_stand_in_for_another);

async fn no_secret_is_stored_readable(bench: &mut Bench) {
    let alice = bench.user("alice").await;
    bench.policy("may-assume", serde_json::json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}])).await;
    bench.attach("may-assume", ("User", "alice")).await;
    bench.role("ops").await;
    let session = bench.assume(&alice, "ops", &[]).await;
    let key = std::fs::read(bench.key_file()).expect("the key file");
    let secrets = [
        ROOT_SECRET,
        bench.created.administrator.2.expose(),
        alice.access_key_secret.expose(),
        session.access_key_secret.expose(),
        session.security_token.as_deref().expect("a token"),
    ];
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("SELECT sealed_secret FROM ram_access_keys")
        .fetch_all(bench.database.pool())
        .await
        .expect("rows");
    assert_eq!(rows.len(), 3, "root, administrator, alice; a session is not stored");
    let mut stored = rows.concat();
    // On SQLite the whole database is in the folder, its write-ahead log too.
    std::fs::rename(bench.key_file(), bench.folder.path().with_extension("key")).expect("moved away");
    stored.extend(all_bytes(bench.folder.path()));
    std::fs::rename(bench.folder.path().with_extension("key"), bench.key_file()).expect("moved back");
    let has = |needle: &[u8]| stored.windows(needle.len()).any(|window| window == needle);
    if bench.database.kind() == database::Kind::Sqlite {
        assert!(has(b"alice") && has(alice.access_key_id.as_bytes()), "the search finds what is there");
    }
    for secret in secrets {
        assert!(!has(secret.as_bytes()), "a secret is readable");
        assert!(!has(STANDARD.encode(secret).as_bytes()), "a secret is readable as base64");
    }
    assert!(!has(&key), "the key lies beside what it seals");
    assert!(!format!("{:?} {alice:?}", bench.created).contains(alice.access_key_secret.expose()));
    assert!(!format!("{:?}", bench.created).contains(ROOT_SECRET));
}

async fn a_sealed_secret_cannot_stand_in_for_another(bench: &mut Bench) {
    let (alice, bob) = (bench.user("alice").await, bench.user("bob").await);
    let (alice_id, bob_id) = (alice.access_key_id, bob.access_key_id);
    let take = format!(
        "UPDATE ram_access_keys SET sealed_secret = (SELECT sealed_secret FROM ram_access_keys WHERE access_key_id = '{bob_id}') WHERE access_key_id = '{alice_id}'"
    );
    bench.execute(take).await;
    match bench.try_restart(FirstStart::default()).await {
        Err(IdentityError::SecretDamaged(id)) => assert_eq!(id, alice_id),
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("whoever can write to the database could sign as alice with the secret of bob"),
    }
    // The rest is still there.
    bench.execute(format!("DELETE FROM ram_access_keys WHERE access_key_id = '{alice_id}'")).await;
    bench.restart().await;
    bench.done(&credentials(&bob_id, bob.access_key_secret.expose()), "GetCallerIdentity", &[]).await;
}
