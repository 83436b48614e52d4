//! Identity from the outside: signed calls through the gateway, on SQLite, and on PostgreSQL when
//! `CAIRN_TEST_POSTGRES_URL` names a server where this user may create schemas.

mod accounts;
mod at_rest;
mod bench;
mod concurrent;
mod deletion;
mod evaluation;
mod first_start;
mod keys;
mod limits;
mod model;
mod sessions;

/// Makes a test for each database out of functions that take a bench.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let mut bench = crate::bench::Bench::on_sqlite().await;
                super::$name(&mut bench).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(mut bench) = crate::bench::Bench::on_postgres(stringify!($name)).await {
                    super::$name(&mut bench).await;
                    bench.drop_schema().await;
                }
            })*
        }
    };
}
use on_both_databases;
