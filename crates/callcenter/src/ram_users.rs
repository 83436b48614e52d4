//! The seam to identity: RAM users are named by id here and known there.

use std::future::Future;
use std::pin::Pin;

/// Finds, makes and removes RAM users.
pub trait RamUsers: Send + Sync + 'static {
    /// The RAM user of this account with this numeric id, if there is one. On the path of calls: answers from memory
    /// and never blocks.
    fn find_user(&self, account_id: &str, ram_user_id: &str) -> Option<RamUser>;

    /// Makes a RAM user without keys, password and policies; durable when it answers.
    fn create_user<'a>(&'a self, account_id: &'a str, user: &'a NewRamUser) -> RamUserFuture<'a, RamUser>;

    /// Removes a RAM user that [`RamUsers::create_user`] made and nobody gave anything to yet.
    fn delete_user<'a>(&'a self, account_id: &'a str, ram_user_id: &'a str) -> RamUserFuture<'a, ()>;
}

/// What the writing methods of [`RamUsers`] answer.
pub type RamUserFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, RamUserFault>> + Send + 'a>>;

/// A RAM user to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRamUser {
    /// Login name, unique in the account.
    pub user_name: String,
    /// Name for people.
    pub display_name: String,
    /// Mail address.
    pub email: String,
    /// Telephone number; may be empty.
    pub phone: String,
}

/// Why a RAM user was not made or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RamUserFault {
    /// The account has a RAM user with this name.
    NameTaken,
    /// The account has as many RAM users as it may have.
    LimitReached,
    /// Identity does not serve. The text is for the server's log.
    Failed(String),
}

/// What the call centre keeps of a RAM user when he becomes a user of an instance.
///
/// It is a copy: the instance's own details may be changed afterwards without touching RAM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RamUser {
    /// Numeric id, as text.
    pub user_id: String,
    /// Login name.
    pub user_name: String,
    /// Name for people; empty when RAM has none.
    pub display_name: String,
    /// Mail address; empty when RAM has none.
    pub email: String,
    /// Telephone number; empty when RAM has none.
    pub phone: String,
}

impl RamUser {
    /// The account itself, which may be a user of an instance like its RAM users.
    pub(crate) fn of_account(account_id: &str) -> Self {
        Self {
            user_id: account_id.to_owned(),
            user_name: "root".to_owned(),
            display_name: "root".to_owned(),
            email: String::new(),
            phone: String::new(),
        }
    }
}
