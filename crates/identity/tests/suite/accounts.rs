//! Further accounts: made by the first one, in order, so many.

use identity::limits::MAX_ACCOUNTS;
use serde_json::Value;

use crate::bench::{ACCOUNT, Bench, code, text};
use crate::on_both_databases;

on_both_databases!(the_first_account_stays_the_first, a_server_has_so_many_accounts);

async fn accounts(bench: &Bench) -> Vec<String> {
    let listed = bench.admin("ListAccounts", &[]).await;
    let accounts = listed["Accounts"]["Account"].as_array().cloned().unwrap_or_default();
    accounts.iter().map(|account: &Value| text(&account["AccountId"])).collect()
}

/// Neither a lower id nor a clock that was set back changes the order.
async fn the_first_account_stays_the_first(bench: &mut Bench) {
    let of_a_fast_clock = "INSERT INTO ram_accounts (account_id, created_at_ms, name) VALUES ('1', 9000000000000, '')";
    bench.execute(of_a_fast_clock.to_owned()).await;
    bench.restart().await;
    let made = bench.admin("CreateAccount", &[("AccountName", "审计")]).await;
    let expected = [ACCOUNT.to_owned(), "1".to_owned(), text(&made["AccountId"])];
    assert_eq!(accounts(bench).await, expected);
    bench.restart().await;
    assert_eq!(accounts(bench).await, expected);
    assert_eq!(bench.identity.first_account_id().as_deref(), Some(ACCOUNT));
}

async fn a_server_has_so_many_accounts(bench: &mut Bench) {
    for _ in 1..MAX_ACCOUNTS {
        bench.admin("CreateAccount", &[]).await;
    }
    assert_eq!(bench.admin_refused("CreateAccount", &[]).await, code(409, "LimitExceeded.Account"));
}
