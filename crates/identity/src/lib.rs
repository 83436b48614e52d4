//! Accounts, RAM users, access keys, groups, roles, policies and STS sessions, with the operations of RAM and STS.
//!
//! Everything is read from an immutable snapshot in memory that is replaced after each committed write, so that the
//! gateway's two questions (whose key is this, may he do that) never wait for the database. Secrets are sealed at
//! rest. It is not transport: signatures and tables are the gateway's.

mod directory;
mod error;
mod first_start;
mod ids;
pub mod limits;
pub mod policy;
pub mod ram;
mod schema;
mod service_role;
mod snapshot;
pub mod sts;
mod system_policies;
mod vault;
mod write;

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use database::Database;
use openapi::ApiError;
use tokio::sync::Mutex;

pub use error::IdentityError;
pub use first_start::{FirstCredentials, FirstStart, Opened};
pub use service_role::ServiceRoleFault;
use snapshot::Snapshot;
use vault::Vault;

/// Everybody who may call, and what they may do.
pub struct Identity {
    database: Database,
    vault: Vault,
    snapshot: ArcSwap<Snapshot>,
    // A tokio mutex: it is held over the database's answers. It makes this process the only writer at a time.
    writing: Mutex<()>,
}

impl Identity {
    /// Opens what is there, or creates account, root key and administrator on the first start. The folder holds the key
    /// that seals secrets.
    pub async fn open(database: &Database, folder: &Path, first_start: FirstStart) -> Result<Opened, IdentityError> {
        database.migrate("identity", schema::MIGRATIONS).await?;
        let vault = Vault::open(database, folder).await?;
        let snapshot = Snapshot::load(database, &vault).await?;
        let identity = Arc::new(Identity {
            database: database.clone(),
            vault,
            snapshot: ArcSwap::from_pointee(snapshot),
            writing: Mutex::new(()),
        });
        let created = first_start::run(&identity, first_start).await?;
        Ok(Opened { identity, created })
    }

    /// The account that the server began with.
    pub fn first_account_id(&self) -> Option<String> {
        self.snapshot().accounts.first().map(|account| account.account_id.clone())
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// A RAM user by id: name, display name, e-mail and phone.
    pub fn find_user(&self, account_id: &str, user_id: &str) -> Option<UserDetails> {
        let snapshot = self.snapshot();
        let user = snapshot.users.get(user_id).filter(|user| user.account_id == account_id)?;
        Some(UserDetails {
            user_name: user.name.clone(),
            display_name: user.display_name.clone(),
            email: user.email.clone(),
            mobile_phone: user.mobile_phone.clone(),
        })
    }

    /// Makes a RAM user without keys and policies for another service; his id. The errors are those of CreateUser.
    pub async fn create_user(&self, account_id: &str, details: &UserDetails) -> Result<String, ApiError> {
        ram::users::insert(self, account_id, details, "").await
    }

    /// Removes a RAM user for another service. The errors are those of DeleteUser.
    pub async fn delete_user(&self, account_id: &str, user_id: &str) -> Result<(), ApiError> {
        ram::users::remove_by_id(self, account_id, user_id).await
    }
}

/// What other services know of a user. Empty texts where nothing was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDetails {
    /// Name, unique in the account.
    pub user_name: String,
    /// For people.
    pub display_name: String,
    /// E-mail address.
    pub email: String,
    /// Phone number.
    pub mobile_phone: String,
}
