//! The seam to identity: RAM users are named by id here and known there.

/// Finds RAM users. On the path of calls: answers from memory and never blocks.
pub trait RamUsers: Send + Sync + 'static {
    /// The RAM user of this account with this numeric id, if there is one.
    fn find_user(&self, account_id: &str, ram_user_id: &str) -> Option<RamUser>;
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
