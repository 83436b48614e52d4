//! Pieces: positions of a stream that a delivery delivers by one selection.

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::number;
use crate::selection::Selection;

/// Which piece of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PieceKey {
    /// The stream.
    pub stream: String,
    /// Its first position.
    pub first: u64,
}

/// A piece, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Which.
    pub key: PieceKey,
    /// Its last position; none as long as the trail logs.
    pub last: Option<u64>,
    /// The position that is delivered, or passed over, next.
    pub next: u64,
    /// The span of the trail that it belongs to; 0 for a history job.
    pub span: u64,
    /// The event of the call that ended the span has been looked for.
    pub is_tail_done: bool,
    /// Which events.
    pub selection: Selection,
}

impl Piece {
    /// Everything in it is delivered.
    pub fn is_done(&self) -> bool {
        self.last.is_some_and(|last| self.next > last)
    }
}

const COLUMNS: &str = "stream, first_position, last_position, next_position, span, is_tail_done, selection";

pub(super) async fn of(connection: &mut AnyConnection, id: &str) -> Result<Vec<Piece>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM delivery_pieces WHERE delivery_id = $1 ORDER BY stream, first_position");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// Enters a piece, or changes its end, or puts another in the place of one that was ended before it began; its place is
/// only ever moved by [`advance`].
pub(super) async fn put(connection: &mut AnyConnection, id: &str, piece: &Piece) -> Result<(), sqlx::Error> {
    let selection = serde_json::to_string(&piece.selection).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let sql = format!(
        "INSERT INTO delivery_pieces (delivery_id, {COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (delivery_id, stream, first_position) DO UPDATE
         SET last_position = excluded.last_position, is_tail_done = excluded.is_tail_done, span = excluded.span,
             selection = excluded.selection"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id)
        .bind(piece.key.stream.as_str())
        .bind(number(piece.key.first))
        .bind(piece.last.map(number))
        .bind(number(piece.next))
        .bind(number(piece.span))
        .bind(i64::from(piece.is_tail_done))
        .bind(selection)
        .execute(connection)
        .await?;
    Ok(())
}

/// Moves a piece forward, never back. False when it is not there.
pub(super) async fn advance(
    connection: &mut AnyConnection,
    id: &str,
    key: &PieceKey,
    next: u64,
) -> Result<bool, sqlx::Error> {
    let sql = "UPDATE delivery_pieces
               SET next_position = CASE WHEN next_position < $4 THEN $4 ELSE next_position END
               WHERE delivery_id = $1 AND stream = $2 AND first_position = $3";
    let moved = sqlx::query(sql)
        .bind(id)
        .bind(key.stream.as_str())
        .bind(number(key.first))
        .bind(number(next))
        .execute(connection)
        .await?;
    Ok(moved.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Piece, sqlx::Error> {
    let position = |name: &str| row.try_get::<i64, _>(name).map(|number| number as u64);
    let selection: String = row.try_get("selection")?;
    Ok(Piece {
        key: PieceKey { stream: row.try_get("stream")?, first: position("first_position")? },
        last: row.try_get::<Option<i64>, _>("last_position")?.map(|number| number as u64),
        next: position("next_position")?,
        span: position("span")?,
        is_tail_done: row.try_get::<i64, _>("is_tail_done")? != 0,
        selection: serde_json::from_str(&selection).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
    })
}
