//! What deliveries remember: how far they are, and what they are writing.

mod piece;
mod state;

use database::{Database, DatabaseError};

pub use piece::{Piece, PieceKey};
pub use state::State;

use crate::batch::Batch;
use crate::schema;

/// The rows of all deliveries.
#[derive(Clone)]
pub struct Rows {
    database: Database,
}

impl Rows {
    /// Makes the tables.
    pub async fn open(database: &Database) -> Result<Rows, DatabaseError> {
        schema::migrate(database).await?;
        Ok(Rows { database: database.clone() })
    }

    /// Enters a delivery, unless it is there; its state.
    pub async fn enter(&self, new: &State) -> Result<State, sqlx::Error> {
        let mut connection = self.database.pool().acquire().await?;
        state::insert(&mut connection, new).await?;
        state::find(&mut connection, &new.id).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// All deliveries of a trail; of every trail when none is named.
    pub async fn states(&self, trail_id: Option<&str>) -> Result<Vec<State>, sqlx::Error> {
        let mut connection = self.database.pool().acquire().await?;
        state::all(&mut connection, trail_id).await
    }

    /// Enters a delivery that takes the place of another: what that has not delivered is for the new one, whose pieces begin
    /// there, and the old one is forgotten.
    pub async fn hand_over(&self, old_id: &str, new: &State) -> Result<(), DatabaseError> {
        let mut transaction = self.database.begin().await?;
        state::insert(&mut transaction, new).await?;
        let left = piece::of(&mut transaction, old_id).await?;
        for piece in left.into_iter().filter(|piece| !piece.is_done() || !piece.is_tail_done) {
            let key = PieceKey { stream: piece.key.stream.clone(), first: piece.next };
            piece::put(&mut transaction, &new.id, &Piece { key, ..piece }).await?;
        }
        state::delete(&mut transaction, old_id).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets a delivery: its destination, or its trail, is gone.
    pub async fn forget(&self, id: &str) -> Result<(), DatabaseError> {
        let mut transaction = self.database.begin().await?;
        state::delete(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Keeps the text of a failure; empty for none.
    pub async fn set_error(&self, id: &str, error: &str) -> Result<(), sqlx::Error> {
        state::set_error(&mut *self.database.pool().acquire().await?, id, error).await
    }

    /// The pieces of a delivery, by stream and position.
    pub async fn pieces(&self, id: &str) -> Result<Vec<Piece>, sqlx::Error> {
        piece::of(&mut *self.database.pool().acquire().await?, id).await
    }

    /// Writes pieces that came and pieces that changed, all of them or none.
    pub async fn put_pieces(&self, id: &str, pieces: &[Piece]) -> Result<(), DatabaseError> {
        let mut transaction = self.database.begin().await?;
        for piece in pieces {
            piece::put(&mut transaction, id, piece).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The batch that a delivery is writing.
    pub async fn batch(&self, id: &str) -> Result<Option<Batch>, sqlx::Error> {
        let mut connection = self.database.pool().acquire().await?;
        let found: Option<(String,)> = sqlx::query_as("SELECT batch FROM delivery_batches WHERE delivery_id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
        let parse = |(text,): (String,)| serde_json::from_str(&text);
        found.map(parse).transpose().map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }

    /// Records what a delivery is going to write. Its pieces are not moved by it.
    pub async fn record(&self, id: &str, batch: &Batch) -> Result<(), DatabaseError> {
        let mut transaction = self.database.begin().await?;
        put_batch(&mut transaction, id, batch).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Says that a batch is delivered: its piece moves on, and the batch that follows at once, if there is one, is recorded.
    /// False when the delivery is not there any more.
    pub async fn confirm(
        &self,
        id: &str,
        batch: &Batch,
        now_ms: i64,
        following: Option<&Batch>,
    ) -> Result<bool, DatabaseError> {
        let mut transaction = self.database.begin().await?;
        let is_there = piece::advance(&mut transaction, id, &batch.piece, batch.last + 1).await?;
        state::set_delivered(&mut transaction, id, now_ms).await?;
        match following {
            Some(following) => put_batch(&mut transaction, id, following).await?,
            None => {
                let sql = "DELETE FROM delivery_batches WHERE delivery_id = $1";
                sqlx::query(sql).bind(id).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        Ok(is_there)
    }

    /// Moves a piece over positions without an event. False when the delivery is not there any more.
    pub async fn skip(&self, id: &str, piece: &PieceKey, next: u64, expired: u64) -> Result<bool, DatabaseError> {
        let mut transaction = self.database.begin().await?;
        let is_there = piece::advance(&mut transaction, id, piece, next).await?;
        if expired > 0 {
            state::add_expired(&mut transaction, id, expired).await?;
        }
        transaction.commit().await?;
        Ok(is_there)
    }
}

async fn put_batch(connection: &mut sqlx::AnyConnection, id: &str, batch: &Batch) -> Result<(), sqlx::Error> {
    let text = serde_json::to_string(batch).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let sql = "INSERT INTO delivery_batches (delivery_id, batch) VALUES ($1, $2)
               ON CONFLICT (delivery_id) DO UPDATE SET batch = excluded.batch";
    sqlx::query(sql).bind(id).bind(text).execute(connection).await?;
    Ok(())
}

/// A position as the database keeps it.
fn number(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
