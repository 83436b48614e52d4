//! Why a server does not start.

use std::path::PathBuf;

use super::recordings;

/// Why a server does not start. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Data folder.
    #[error(transparent)]
    Folder(#[from] crate::data_folder::DataFolderError),
    /// Control database.
    #[error(transparent)]
    Database(#[from] database::DatabaseError),
    /// Accounts and keys.
    #[error(transparent)]
    Identity(#[from] identity::IdentityError),
    /// Call centre.
    #[error(transparent)]
    CallCenter(#[from] callcenter::CallCenterError),
    /// Settings of the short messages.
    #[error("the section [sms] of the configuration cannot be used: {0}")]
    ShortMessages(String),
    /// The operator's file of telephone numbers.
    #[error(transparent)]
    PhoneData(#[from] regions::PhoneDataError),
    /// Journal.
    #[error(transparent)]
    Journal(#[from] journal::JournalError),
    /// Buckets and their objects.
    #[error(transparent)]
    Buckets(#[from] ::bucket::BucketError),
    /// Host names of buckets.
    #[error("the section [bucket] of the configuration cannot be used: {0}")]
    BucketHosts(String),
    /// Projects and logstores.
    #[error(transparent)]
    Logs(#[from] ::logstore::LogServiceError),
    /// The files of objects.
    #[error("{0}")]
    Objects(String),
    /// Destinations of trails.
    #[error("{0}")]
    Delivery(String),
    /// Recordings of an earlier version.
    #[error(transparent)]
    Recordings(#[from] recordings::TakeOverError),
    /// The SQL engine.
    #[cfg(feature = "sql")]
    #[error(transparent)]
    Sql(::sql::SqlError),
    /// SQL over logs.
    #[cfg(feature = "sql")]
    #[error("SQL over logs cannot start: {0}; see the section [logstore] of the configuration")]
    Analytics(String),
    /// Segments and their catalogue.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// Where segments are.
    #[error("{0}")]
    SegmentFiles(String),
    /// The address.
    #[error("cannot listen on {address}: {cause}; choose another address with --listen")]
    Listen {
        /// As configured.
        address: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A TURN server is configured, but not the secret that it shares.
    #[error(
        "the TURN secret in {path} cannot be used: {cause}; name a readable file in turn_secret_file, section [workbench]"
    )]
    TurnSecret {
        /// As configured.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Threads or files.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}
