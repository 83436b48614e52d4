//! What a search's logs are for SQL: tables whose columns the index decides, and the seam behind which SQL is answered.
//! DataFusion is not known here, so that the service builds without it.
//!
//! Public documents: Simple Log Service, "Log analysis overview", "Create indexes".

mod columns;
mod json;
mod part;
mod table;

use std::future::Future;
use std::pin::Pin;

pub use columns::{ColumnKind, LogColumn};
pub use part::{LogPart, RowTaker, Value};
pub use table::LogTable;
pub(crate) use table::Rows;

use crate::fault::Fault;

/// Answers SQL over logs.
pub trait Analytics: Send + Sync + 'static {
    /// Answers one statement. Dropping the future ends it.
    fn answer<'a>(&'a self, question: SqlQuestion<'a>) -> Answering<'a>;
}

/// An answer that is on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<SqlAnswer, SqlFault>> + Send + 'a>>;

/// A table that is looked for.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<Option<LogTable>, Fault>> + Send + 'a>>;

/// What is asked.
pub struct SqlQuestion<'a> {
    /// What stands behind the `|`.
    pub text: &'a str,
    /// The logs of the search; nothing when SQL is asked of a project.
    pub own: Option<LogTable>,
    /// Other logstores of the project.
    pub others: &'a dyn LogTables,
    /// Earliest time, Unix seconds.
    pub from_s: i64,
    /// Latest time, Unix seconds, exclusive.
    pub to_s: i64,
}

/// The logstores that a statement may name.
pub trait LogTables: Send + Sync {
    /// All logs of a logstore of the project in the range of the question; nothing when there is no such logstore. A
    /// fault when it is not the caller's to read.
    fn find<'a>(&'a self, name: &'a str) -> Finding<'a>;
}

/// The rows of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SqlAnswer {
    /// Names and Presto's types of the columns, in order. No name comes twice.
    pub columns: Vec<(String, String)>,
    /// The rows; each cell as the text that clients get.
    pub rows: Vec<Vec<String>>,
    /// Logs that were read.
    pub processed_rows: u64,
    /// Their bytes, as far as they were looked into.
    pub processed_bytes: u64,
    /// The bound that a missing LIMIT put on the rows; 0 for none.
    pub limited: u64,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlFault {
    /// The statement cannot be answered as it is; the text says where and why.
    Invalid(String),
    /// A bound was reached; the text says which.
    Limit(String),
    /// The server cannot take it now.
    Busy(String),
    /// A logstore cannot be read by the caller.
    Refused(Fault),
    /// It lies here; the cause is for the log.
    Failed(String),
}
