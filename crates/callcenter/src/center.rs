//! The state behind the operations: database, identity, memory.

use std::collections::HashSet;
use std::sync::Arc;

use database::{Database, DatabaseError};
use openapi::ApiError;
use regions::Regions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, Transaction};

use crate::activity::Activity;
use crate::cache::{InstanceCache, InstanceFacts};
use crate::call::desk::{Calling, Clock, Desk, SystemClock};
use crate::call::interrupted;
use crate::errors::{NOT_EXIST_USER, no_such_instance};
use crate::limits::MAX_CONFIG_VALUE_BYTES;
use crate::phone_number::PhoneNumber;
use crate::phone_number::pick::CallerNumbers;
use crate::ram_users::{RamUser, RamUsers};
use crate::recording::Recordings;
use crate::workbench::{LoginKey, WorkbenchSettings};
use crate::{activity, config, contact_flow, instance, report, schema, user};

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
    /// A setting's value is not what the setting may hold.
    #[error("value of setting {name:?} does not fit: {expected}")]
    ConfigValueUnfit {
        /// Which setting.
        name: String,
        /// What would fit.
        expected: String,
    },
    /// A setting's value is too long.
    #[error("value of setting {name:?} has {length} bytes: use at most {MAX_CONFIG_VALUE_BYTES}")]
    ConfigValueTooLong {
        /// Which setting.
        name: String,
        /// Its length, bytes.
        length: usize,
    },
    /// A day's figures cannot be written.
    #[error("the figures of a day cannot be written: {0}; please report it")]
    UnwritableSheet(#[source] serde_json::Error),
    /// Extensions have eight digits, and all of them were given.
    #[error("no extension of eight digits is left: users beyond ninety million need a database of their own")]
    NoExtensionLeft,
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
    #[error("the server stopped while it worked on a call: start it and look whether the change is there")]
    Interrupted,
    /// Ids were drawn and all of them are taken.
    #[error("no unused id was found: the instance has too many contacts, begin a new one")]
    NoUnusedId,
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
    pub(crate) desk: Desk,
    /// Where numbers are at home.
    pub(crate) regions: Regions,
    /// Which numbers called last.
    pub(crate) caller_numbers: CallerNumbers,
    pub(crate) login_key: LoginKey,
    pub(crate) workbench: WorkbenchSettings,
    pub(crate) short_messages: Arc<dyn sms::Provider>,
    pub(crate) recordings: Option<Recordings>,
    cache: InstanceCache,
    pub(crate) books: report::Books,
}

/// What a task needs to write: a handle that outlives the call of the handler that began the task.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    database: Database,
    cache: InstanceCache,
}

impl Store {
    /// For reading.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Any>, CallCenterError> {
        Ok(self.database.pool().acquire().await?)
    }

    /// Begins a transaction that is the only one to change the instance until it ends.
    pub(crate) async fn begin(&self, instance_id: &str) -> Result<Transaction<'static, Any>, CallCenterError> {
        let mut transaction = self.database.begin().await?;
        if !instance::rows::lock(&mut transaction, instance_id).await? {
            return Err(CallCenterError::UnknownInstance(instance_id.to_owned()));
        }
        Ok(transaction)
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
}

impl CallCenter {
    /// Brings the tables up to date and opens the call centre on them. The process must be the only one that writes
    /// them: see the module `cache`.
    ///
    /// # Errors
    /// When the database does not serve or was written by a newer program.
    pub async fn open(database: Database, ram_users: Arc<dyn RamUsers>) -> Result<Self, CallCenterError> {
        database.migrate(schema::COMPONENT, schema::MIGRATIONS).await?;
        contact_flow::give_to_all_instances(&database, openapi::clock::now_ms()).await?;
        let center = Self {
            database,
            ram_users,
            regions: Regions::default(),
            caller_numbers: CallerNumbers::default(),
            login_key: LoginKey::of_this_process(),
            workbench: WorkbenchSettings::default(),
            short_messages: sms::Sink::connect().provider,
            recordings: None,
            desk: Desk::new(Calling::default()),
            cache: InstanceCache::default(),
            books: report::Books::default(),
        };
        interrupted::end_open_calls(&center.store(), SystemClock.now_ms()).await?;
        Ok(center)
    }

    /// Signs login tokens with this key; without it they hold until the process ends.
    pub fn with_login_key(mut self, login_key: LoginKey) -> Self {
        self.login_key = login_key;
        self
    }

    /// Tells workbenches where servers are; without it their addresses are left out.
    pub fn with_workbench(mut self, workbench: WorkbenchSettings) -> Self {
        self.workbench = workbench;
        self
    }

    /// Answers homes of numbers from these tables instead of the built-in one alone.
    pub fn with_regions(mut self, regions: Regions) -> Self {
        self.regions = regions;
        self
    }

    /// Notes that a number calls now, so that the next choice of a caller number takes another one.
    pub fn note_number_use(&self, number: &PhoneNumber) {
        self.caller_numbers.note_use(number);
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

    /// With another dialler, clock or seed than the defaults.
    pub fn with_calling(mut self, calling: Calling) -> Self {
        self.desk = Desk::new(calling);
        self
    }

    /// Asks the dialler to end a call; `false` if this process does not dial it or was asked before. The end shows in the
    /// call's rows.
    pub fn hang_up(&self, instance_id: &str, contact_id: &str) -> bool {
        self.desk.hang_up(instance_id, contact_id)
    }

    pub(crate) fn store(&self) -> Store {
        Store { database: self.database.clone(), cache: self.cache.clone() }
    }

    /// Sets a setting of an instance: the API of this version can only read settings.
    ///
    /// # Errors
    /// When the instance or the setting is unknown, the value too long or unfit, or the database does not serve.
    pub async fn set_config(&self, instance_id: &str, name: &str, value: &str) -> Result<(), CallCenterError> {
        if !config::is_known(name) {
            return Err(CallCenterError::UnknownConfigItem(name.to_owned()));
        }
        if value.len() > MAX_CONFIG_VALUE_BYTES {
            return Err(CallCenterError::ConfigValueTooLong { name: name.to_owned(), length: value.len() });
        }
        if let Some((_, expected)) = config::fault_of(name, value) {
            return Err(CallCenterError::ConfigValueUnfit { name: name.to_owned(), expected });
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

    /// See [`Store::commit`].
    pub(crate) async fn commit(
        &self,
        transaction: Transaction<'static, Any>,
        instance_id: &str,
    ) -> Result<(), CallCenterError> {
        self.store().commit(transaction, instance_id).await
    }

    /// The RAM user with this id, or the account itself.
    ///
    /// # Errors
    /// `NotExist.User`.
    pub(crate) fn ram_user(&self, account_id: &str, ram_user_id: &str) -> Result<RamUser, ApiError> {
        if ram_user_id == account_id {
            return Ok(RamUser::of_account(account_id));
        }
        self.ram_users.find_user(account_id, ram_user_id).ok_or_else(|| {
            NOT_EXIST_USER
                .error(format!("RAM user '{ram_user_id}' does not exist in this account: take a UserId from RAM."))
        })
    }

    /// Begins a change of an instance: the transaction is the only one that changes it until it ends.
    ///
    /// # Errors
    /// `NotExist.Instance` when it was deleted meanwhile.
    pub(crate) async fn begin_change(&self, instance_id: &str) -> Result<Transaction<'static, Any>, ApiError> {
        let mut transaction = self.database.begin().await.map_err(CallCenterError::from)?;
        if instance::rows::lock(&mut transaction, instance_id).await? {
            return Ok(transaction);
        }
        Err(no_such_instance(instance_id))
    }

    /// Begins reading: all statements see the same moment, so that an answer made of several never shows half a change.
    pub(crate) async fn begin_read(&self) -> Result<Transaction<'static, Any>, CallCenterError> {
        let statement = match self.database.kind() {
            database::Kind::Sqlite => "BEGIN DEFERRED",
            database::Kind::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        Ok(self.database.pool().begin_with(statement).await?)
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
