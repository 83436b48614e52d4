//! Why identity does not start or a write fails.

use std::path::PathBuf;

/// Why identity does not start or a write fails.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The control database.
    #[error(transparent)]
    Database(#[from] database::DatabaseError),
    /// A statement.
    #[error("identity tables: {0}")]
    Sql(#[from] sqlx::Error),
    /// The key file cannot be used.
    #[error("the key file {path} cannot be used: {cause}")]
    KeyFile {
        /// File.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// There are sealed secrets and no key.
    #[error(
        "the key file {0} is missing although the database has secrets sealed with it: restore the file from a backup"
    )]
    KeyMissing(PathBuf),
    /// The key does not fit.
    #[error("the key file {0} does not fit the database: restore the file that belongs to it")]
    KeyDoesNotFit(PathBuf),
    /// A sealed secret does not open.
    #[error("the secret of access key {0} cannot be opened: the database is damaged, restore it from a backup")]
    SecretDamaged(String),
    /// A stored policy is not valid.
    #[error("the stored policy {name} is not valid ({cause}): the database is damaged, restore it from a backup")]
    PolicyDamaged {
        /// Name of the policy or role.
        name: String,
        /// What is wrong.
        cause: crate::policy::PolicyError,
    },
    /// The account id from outside is not one.
    #[error("the account id {0:?} is not valid: use 1 to 20 digits")]
    AccountId(String),
    /// The account id from outside is another one.
    #[error(
        "the data belongs to account {found}, not to {given}: leave CAIRN_ACCOUNT_ID away or use another data folder"
    )]
    OtherAccount {
        /// In the database.
        found: String,
        /// From outside.
        given: String,
    },
    /// Half a root key.
    #[error(
        "a root key needs both parts: set CAIRN_ROOT_ACCESS_KEY_ID (16 to 64 letters and digits) and CAIRN_ROOT_ACCESS_KEY_SECRET (at least 16 characters)"
    )]
    RootKeyIncomplete,
    /// The root key's id is taken with another secret, or the account has its two keys already.
    #[error(
        "the root key {0} cannot be used: it exists with another secret or owner, or the account has two root keys already; use the existing key"
    )]
    RootKeyConflict(String),
}
