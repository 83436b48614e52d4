//! Version 2: what users have beside their roles: extensions, own numbers, notes of sign-ins, fault reports.

pub(super) const SQL: &[&str] = &[
    // How many users one instance may have; an operator changes it with SetInstanceLimits.
    "ALTER TABLE ccc_instances ADD COLUMN max_users BIGINT NOT NULL DEFAULT 100",
    // The last number given, by what it numbers.
    "CREATE TABLE ccc_counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
    // Eight digits, over all instances, in the order of joining. A removed user's is never given again: what was signed
    // for it must not open the door for somebody else.
    "ALTER TABLE ccc_users ADD COLUMN extension TEXT NOT NULL DEFAULT ''",
    "UPDATE ccc_users SET extension = CAST(10000000 + ranked.place AS TEXT)
     FROM (SELECT id AS user_id, ROW_NUMBER() OVER (ORDER BY created_at_ms, instance_id, ordinal, id) AS place
           FROM ccc_users) ranked
     WHERE ranked.user_id = ccc_users.id",
    "CREATE UNIQUE INDEX ccc_users_by_extension ON ccc_users (extension)",
    "INSERT INTO ccc_counters (name, value) SELECT 'extension', 10000000 + COUNT(*) FROM ccc_users",
    "ALTER TABLE ccc_users ADD COLUMN private_outbound_number_id TEXT
        REFERENCES ccc_phone_numbers (id) ON DELETE SET NULL",
    // id counts within the instance. is_login is empty until the browser tells how the sign-in went.
    "CREATE TABLE ccc_agent_devices (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        id BIGINT NOT NULL,
        ram_user_id TEXT NOT NULL,
        browser_version TEXT NOT NULL,
        client_ip TEXT NOT NULL,
        client_port TEXT NOT NULL,
        remark TEXT NOT NULL,
        login_at_ms BIGINT NOT NULL,
        is_login BIGINT,
        PRIMARY KEY (instance_id, id))",
    "CREATE INDEX ccc_agent_devices_by_user ON ccc_agent_devices (instance_id, ram_user_id, id)",
    // report is the JSON text of an object: the fields of the call as they were given.
    "CREATE TABLE ccc_faults (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        id BIGINT NOT NULL,
        agent_ram_user_id TEXT NOT NULL,
        reported_by TEXT NOT NULL,
        reported_at_ms BIGINT NOT NULL,
        report TEXT NOT NULL,
        PRIMARY KEY (instance_id, id))",
];

#[cfg(test)]
mod tests {
    use database::Database;

    use crate::schema::{COMPONENT, MIGRATIONS};

    #[tokio::test]
    async fn users_from_before_get_extensions_in_the_order_of_joining() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let url = format!("sqlite://{}", folder.path().join("control.db").display());
        let database = Database::open(&url).await.expect("a fresh file opens");
        database.migrate(COMPONENT, &MIGRATIONS[..1]).await.expect("the tables of version 1");
        for statement in [
            "INSERT INTO ccc_instances VALUES ('i', '1', 'n', 'd', 'd', '', '1', 'acc1', 'Running', 100, 'b', 1, 1, 0)",
            "INSERT INTO ccc_users VALUES ('b', 'i', '201', 'm', '', '', '', '', 1, 0, 5), ('a', 'i', '202', 'l', '', '', '', '', 0, 1, 5)",
        ] {
            sqlx::query(statement).execute(database.pool()).await.expect("a row of version 1");
        }
        database.migrate(COMPONENT, MIGRATIONS).await.expect("the tables of today");
        let extensions: Vec<(String, String)> =
            sqlx::query_as("SELECT id, extension FROM ccc_users ORDER BY extension")
                .fetch_all(database.pool())
                .await
                .expect("users");
        let expected = [("b", "10000001"), ("a", "10000002")].map(|(id, ext)| (id.to_owned(), ext.to_owned()));
        assert_eq!(extensions, expected);
        let last: i64 =
            sqlx::query_scalar("SELECT value FROM ccc_counters").fetch_one(database.pool()).await.expect("a counter");
        assert_eq!(last, 10_000_002);
    }
}
