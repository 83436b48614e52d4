//! The state behind the operations: database, identity, memory.

use std::collections::HashSet;
use std::sync::Arc;

use database::{Database, DatabaseError};
use sqlx::{Any, AnyConnection, Transaction};

use crate::activity::Activity;
use crate::cache::{InstanceCache, InstanceFacts};
use crate::limits::MAX_CONFIG_VALUE_BYTES;
use crate::ram_users::RamUsers;
use crate::recording::Recordings;
use crate::{activity, config, instance, schema, user};

/// Why the call centre cannot do something, other than by the caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum CallCenterError {
    /// The control database does not serve.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A row holds a text that this program does not know.
    #[error(
        "table {table} holds {value:?}, which this program does not know: use the program that wrote it or restore a backup"
    )]
    UnreadableRow {
        /// Which table.
        table: &'static str,
        /// What it holds.
        value: String,
    },
    /// There is no such instance to seed.
    #[error("call centre instance {0:?} does not exist: create it with CreateInstance first")]
    UnknownInstance(String),
    /// There is no such setting.
    #[error("setting {0:?} is not known: take a name from the table of settings")]
    UnknownConfigItem(String),
    /// A setting's value is too long.
    #[error("value of setting {name:?} has {length} bytes: use at most {MAX_CONFIG_VALUE_BYTES}")]
    ConfigValueTooLong {
        /// Which setting.
        name: String,
        /// Its length, bytes.
        length: usize,
    },
    /// Recordings were given where none are kept.
    #[error("this server keeps no recordings: open the call centre with a place for them")]
    NoRecordings,
    /// The bucket cannot be written.
    #[error("the recording cannot be stored: {0}; check the disk and the rights of the data folder")]
    Bucket(#[from] std::io::Error),
    /// What should be stored is no WAV file.
    #[error("the recording is not a WAV file with one or two channels")]
    NotWav,
    /// The commit's task was stopped with the server.
    #[error("the server stopped while it committed a change: start it and look whether the change is there")]
    Interrupted,
}

impl From<sqlx::Error> for CallCenterError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(DatabaseError::Sql(error))
    }
}

/// The call centre. The handlers of [`crate::OPERATIONS`] run on it.
pub struct CallCenter {
    pub(crate) database: Database,
    pub(crate) ram_users: Arc<dyn RamUsers>,
    pub(crate) short_messages: Arc<dyn sms::Provider>,
    pub(crate) recordings: Option<Recordings>,
    cache: InstanceCache,
}

impl CallCenter {
    /// Brings the tables up to date and opens the call centre on them. The process must be the only one that writes
    /// them: see the module `cache`.
    ///
    /// # Errors
    /// When the database does not serve or was written by a newer program.
    pub async fn open(database: Database, ram_users: Arc<dyn RamUsers>) -> Result<Self, CallCenterError> {
        database.migrate(schema::COMPONENT, schema::MIGRATIONS).await?;
        let short_messages = sms::Sink::connect().provider;
        Ok(Self { database, ram_users, short_messages, recordings: None, cache: InstanceCache::default() })
    }

    /// Short messages leave by this driver; without it they stay in the sink.
    pub fn with_short_messages(mut self, provider: Arc<dyn sms::Provider>) -> Self {
        self.short_messages = provider;
        self
    }

    /// Recordings are kept here; without it there are none.
    pub fn with_recordings(mut self, recordings: Recordings) -> Self {
        self.recordings = Some(recordings);
        self
    }

    /// Sets a setting of an instance: the API of this version can only read settings.
    ///
    /// # Errors
    /// When the instance or the setting is unknown, the value too long, or the database does not serve.
    pub async fn set_config(&self, instance_id: &str, name: &str, value: &str) -> Result<(), CallCenterError> {
        if !config::is_known(name) {
            return Err(CallCenterError::UnknownConfigItem(name.to_owned()));
        }
        if value.len() > MAX_CONFIG_VALUE_BYTES {
            return Err(CallCenterError::ConfigValueTooLong { name: name.to_owned(), length: value.len() });
        }
        let mut transaction = self.database.begin().await?;
        if !instance::rows::lock(&mut transaction, instance_id).await? {
            return Err(CallCenterError::UnknownInstance(instance_id.to_owned()));
        }
        config::rows::set_item(&mut transaction, instance_id, name, value).await?;
        self.commit(transaction, instance_id).await
    }

    /// Appends what happened in an instance; durable when it returns. The one door for everything that makes calls
    /// and moves agents: soft phones, telephony, demo data.
    ///
    /// # Errors
    /// When the instance is unknown or the database does not serve; nothing is appended then.
    pub async fn record(&self, instance_id: &str, activities: &[Activity]) -> Result<(), CallCenterError> {
        let mut transaction = self.database.begin().await?;
        if !instance::rows::lock(&mut transaction, instance_id).await? {
            return Err(CallCenterError::UnknownInstance(instance_id.to_owned()));
        }
        activity::rows::append(&mut transaction, instance_id, activities).await?;
        self.commit(transaction, instance_id).await
    }

    /// Commits a change of an instance and forgets what memory has of it. Every write path ends here.
    ///
    /// Both happen in a task of their own: a caller who leaves drops the handler's future, and a commit without the
    /// forgetting would leave a stale entry for good.
    pub(crate) async fn commit(
        &self,
        transaction: Transaction<'static, Any>,
        instance_id: &str,
    ) -> Result<(), CallCenterError> {
        let cache = self.cache.clone();
        let instance_id = instance_id.to_owned();
        let task = tokio::spawn(async move {
            let outcome = transaction.commit().await;
            cache.forget(&instance_id);
            outcome
        });
        task.await.map_err(|_| CallCenterError::Interrupted)?.map_err(CallCenterError::from)
    }

    /// What memory has of an instance, read from the database when it has nothing; `None` if there is no such instance.
    pub(crate) async fn facts(&self, instance_id: &str) -> Result<Option<Arc<InstanceFacts>>, CallCenterError> {
        let before = match self.cache.find(instance_id) {
            Ok(facts) => return Ok(Some(facts)),
            Err(generation) => generation,
        };
        let mut connection = self.database.pool().acquire().await?;
        let Some(facts) = read_facts(&mut connection, instance_id).await? else { return Ok(None) };
        let facts = Arc::new(facts);
        self.cache.keep(before, Arc::clone(&facts));
        Ok(Some(facts))
    }
}

async fn read_facts(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Option<InstanceFacts>, CallCenterError> {
    let Some(account_id) = instance::rows::owner(connection, instance_id).await? else { return Ok(None) };
    Ok(Some(InstanceFacts {
        id: instance_id.to_owned(),
        account_id,
        roles: user::rows::strongest_roles(connection, instance_id).await?,
        config_items: config::rows::items(connection, instance_id).await?,
    }))
}

/// A new id: UUID in lower case.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The elements without repetitions, in their order.
pub(crate) fn without_repetitions(elements: Vec<&str>) -> Vec<&str> {
    let mut seen = HashSet::new();
    elements.into_iter().filter(|element| seen.insert(*element)).collect()
}
