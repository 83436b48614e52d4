//! The trails of all accounts: rows in the control database, and a copy in memory that everybody reads.
//!
//! A write is a transaction and then a new copy, which is also the notice to who follows. This process is the only writer.

use std::sync::Arc;

use database::{Database, DatabaseError};
use sqlx::{Any, AnyConnection, Transaction};
use tokio::sync::{Mutex, MutexGuard, watch};

use super::record::Trail;
use super::rows;
use crate::data_events::DataEventFilter;
use crate::tables;

/// All trails at one moment, by account and name.
pub type Trails = Arc<Vec<Arc<Trail>>>;

/// The trails.
pub struct TrailBook {
    database: Database,
    trails: watch::Sender<Trails>,
    data_events: Arc<DataEventFilter>,
    // A tokio mutex: it is held over the database's answers. It makes the copies appear in the order of the commits.
    writing: Mutex<()>,
}

impl TrailBook {
    /// Makes the tables and reads them.
    pub async fn open(database: &Database) -> Result<TrailBook, DatabaseError> {
        tables::migrate(database).await?;
        let trails = load(&mut *database.pool().acquire().await?).await?;
        Ok(TrailBook {
            database: database.clone(),
            data_events: Arc::new(DataEventFilter::of(&trails)),
            trails: watch::Sender::new(trails),
            writing: Mutex::new(()),
        })
    }

    /// The data events that trails ask for; it follows the trails.
    pub fn data_events(&self) -> Arc<DataEventFilter> {
        self.data_events.clone()
    }

    /// The trails now.
    pub fn trails(&self) -> Trails {
        self.trails.borrow().clone()
    }

    /// The trails now, and each time that one is created, changed or deleted.
    pub fn changes(&self) -> watch::Receiver<Trails> {
        self.trails.subscribe()
    }

    /// A trail of an account by name.
    pub fn find(&self, account_id: &str, name: &str) -> Option<Arc<Trail>> {
        self.trails.borrow().iter().find(|trail| trail.account_id == account_id && trail.name == name).cloned()
    }

    /// A trail by id.
    pub fn by_id(&self, id: &str) -> Option<Arc<Trail>> {
        self.trails.borrow().iter().find(|trail| trail.id == id).cloned()
    }

    /// Begins to write. Dropping the write undoes it.
    pub async fn write(&self) -> Result<TrailWrite<'_>, DatabaseError> {
        let guard = self.writing.lock().await;
        let transaction = self.database.begin().await?;
        Ok(TrailWrite { book: self, transaction, before: self.trails(), _guard: guard })
    }

    /// Says that a span that ended is delivered to all destinations: it is forgotten.
    pub async fn forget_span(&self, trail_id: &str, number: u64) -> Result<(), DatabaseError> {
        let mut write = self.write().await?;
        let Some(known) = write.before.iter().find(|trail| trail.id == trail_id) else {
            return Ok(());
        };
        let mut trail = Trail::clone(known);
        trail.spans.retain(|span| span.number != number || span.until.is_none());
        if trail.spans.len() == known.spans.len() {
            return Ok(());
        }
        write.update(&trail).await?;
        write.commit().await
    }

    /// Says that a span of data events that ended is delivered: it is forgotten.
    pub async fn forget_data_span(&self, trail_id: &str, number: u64) -> Result<(), DatabaseError> {
        let mut write = self.write().await?;
        let Some(known) = write.before.iter().find(|trail| trail.id == trail_id) else {
            return Ok(());
        };
        let mut trail = Trail::clone(known);
        trail.forget_data_span(number);
        if trail.data_spans.len() == known.data_spans.len() {
            return Ok(());
        }
        write.update(&trail).await?;
        write.commit().await
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }
}

/// A write that is under way; others wait.
pub struct TrailWrite<'a> {
    book: &'a TrailBook,
    transaction: Transaction<'static, Any>,
    before: Trails,
    _guard: MutexGuard<'a, ()>,
}

impl TrailWrite<'_> {
    /// The trails before the write.
    pub fn before(&self) -> &Trails {
        &self.before
    }

    /// For rows that change with a trail.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Adds a trail.
    pub async fn insert(&mut self, trail: &Trail) -> Result<(), DatabaseError> {
        Ok(rows::insert(&mut self.transaction, trail).await?)
    }

    /// Changes the properties of a trail.
    pub async fn update(&mut self, trail: &Trail) -> Result<(), DatabaseError> {
        Ok(rows::update(&mut self.transaction, trail).await?)
    }

    /// Removes a trail.
    pub async fn delete(&mut self, id: &str) -> Result<(), DatabaseError> {
        Ok(rows::delete(&mut self.transaction, id).await?)
    }

    /// Commits and tells who follows.
    pub async fn commit(mut self) -> Result<(), DatabaseError> {
        let after = load(&mut self.transaction).await?;
        self.transaction.commit().await?;
        self.book.data_events.renew(&after);
        self.book.trails.send_replace(after);
        Ok(())
    }
}

async fn load(connection: &mut AnyConnection) -> Result<Trails, DatabaseError> {
    Ok(Arc::new(rows::all(connection).await?.into_iter().map(Arc::new).collect()))
}
