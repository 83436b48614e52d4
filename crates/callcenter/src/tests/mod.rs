//! The handlers on a real database: every test runs on SQLite, and on PostgreSQL when `CAIRN_TEST_POSTGRES_URL` names
//! a server where this user may create schemas.

mod access;
mod agents;
mod audited_contract;
mod bench;
mod calls;
mod config;
mod contact_flow;
mod contact_records;
mod contacts;
mod demo_day;
mod dialling_rules;
mod instance;
mod instance_life;
mod interleavings;
mod media;
mod members;
mod messages;
mod number_migration;
mod number_races;
mod numbers;
mod office;
mod picks;
mod recordings;
mod report;
mod report_operations;
mod skill_group;
mod user;
mod user_change;
mod workbench;

/// Makes a test for each database out of functions that take a bench.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let bench = crate::tests::bench::Bench::on_sqlite().await;
                super::$name(&bench).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(bench) = crate::tests::bench::Bench::on_postgres(stringify!($name)).await {
                    super::$name(&bench).await;
                    bench.drop_schema().await;
                }
            })*
        }
    };
}
use on_both_databases;
