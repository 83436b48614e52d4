//! Rows of the numbers that accounts own. A number has one owner, and only he binds it to an instance.

use sqlx::AnyConnection;

use crate::center::CallCenterError;
use crate::phone_number::PhoneNumber;

/// A number that an account owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) number: String,
    /// Fees are owed for it: it cannot be bound.
    pub(crate) in_arrears: bool,
    pub(crate) bought_at_ms: i64,
    /// Where it is bound, if it is.
    pub(crate) instance_id: Option<String>,
}

/// Makes an account the owner; `false` if the number has one already, be it this account.
pub(crate) async fn buy(
    connection: &mut AnyConnection,
    account_id: &str,
    number: &PhoneNumber,
    now_ms: i64,
) -> Result<bool, CallCenterError> {
    let done = sqlx::query(
        "INSERT INTO ccc_owned_numbers (number, account_id, in_arrears, bought_at_ms) VALUES ($1, $2, 0, $3)
         ON CONFLICT (number) DO NOTHING",
    )
    .bind(number.as_str())
    .bind(account_id)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes this transaction the only one that binds or releases the number until it ends, and answers what is known of
/// it; `None` if it is not the account's.
///
/// Whoever needs several numbers takes them in their order, so that two never wait for each other.
pub(crate) async fn lock(
    connection: &mut AnyConnection,
    account_id: &str,
    number: &PhoneNumber,
) -> Result<Option<Owned>, CallCenterError> {
    sqlx::query("UPDATE ccc_owned_numbers SET in_arrears = in_arrears WHERE number = $1 AND account_id = $2")
        .bind(number.as_str())
        .bind(account_id)
        .execute(&mut *connection)
        .await?;
    let row: Option<OwnedRow> = sqlx::query_as(
        "SELECT o.number, o.in_arrears, o.bought_at_ms, p.instance_id FROM ccc_owned_numbers o
         LEFT JOIN ccc_phone_numbers p ON p.number = o.number WHERE o.number = $1 AND o.account_id = $2",
    )
    .bind(number.as_str())
    .bind(account_id)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(owned))
}

/// The numbers of an account, in their order.
pub(crate) async fn of_account(
    connection: &mut AnyConnection,
    account_id: &str,
) -> Result<Vec<Owned>, CallCenterError> {
    let rows: Vec<OwnedRow> = sqlx::query_as(
        "SELECT o.number, o.in_arrears, o.bought_at_ms, p.instance_id FROM ccc_owned_numbers o
         LEFT JOIN ccc_phone_numbers p ON p.number = o.number WHERE o.account_id = $1 ORDER BY o.number",
    )
    .bind(account_id)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(owned).collect())
}

/// Gives a number up. The caller holds its lock.
pub(crate) async fn release(connection: &mut AnyConnection, number: &PhoneNumber) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_owned_numbers WHERE number = $1").bind(number.as_str()).execute(connection).await?;
    Ok(())
}

/// Notes whether fees are owed for a number. The caller holds its lock.
pub(crate) async fn set_arrears(
    connection: &mut AnyConnection,
    number: &PhoneNumber,
    in_arrears: bool,
) -> Result<(), CallCenterError> {
    sqlx::query("UPDATE ccc_owned_numbers SET in_arrears = $1 WHERE number = $2")
        .bind(i64::from(in_arrears))
        .bind(number.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

type OwnedRow = (String, i64, i64, Option<String>);

fn owned((number, in_arrears, bought_at_ms, instance_id): OwnedRow) -> Owned {
    Owned { number, in_arrears: in_arrears != 0, bought_at_ms, instance_id }
}
