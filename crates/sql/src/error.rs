//! Why a query has no answer.

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

/// Why a query has no answer; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The text is not a query that can be understood.
    #[error("{0}")]
    Invalid(String),
    /// The text is something else than one SELECT.
    #[error("only one SELECT over the table events is allowed, not {0}")]
    NotAllowed(&'static str),
    /// The text is too long.
    #[error("the query has more than {0} bytes: shorten it")]
    TooLong(usize),
    /// It took too long.
    #[error("the query took more than {0} ms: narrow it, by a range of event_time first")]
    Time(u64),
    /// It waited for its turn until its time was over.
    #[error("{0} queries run at a time, and others were running all the while: try again in a moment")]
    Busy(usize),
    /// It needs more memory than all queries have together.
    #[error(
        "the query needs more memory than SQL may use: group by fewer values, sort fewer rows, or narrow the range of event_time"
    )]
    Memory,
    /// It needs more room for spilling than there is.
    #[error(
        "the query needs more room on the disk than SQL may use: group by fewer values, sort fewer rows, or narrow the range of event_time"
    )]
    Spill,
    /// Memory and files have rows that cannot be read.
    #[error("the event history cannot be read completely: {0}")]
    Store(String),
    /// It did not work for a reason that lies here.
    #[error("the query failed: {0}")]
    Failed(String),
}

impl SqlError {
    /// Whether an error is one of spilling: nothing else of a query's is written or read on the disk by DataFusion.
    pub fn is_spill(error: &DataFusionError) -> bool {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(problem) => problem.contains("disk space"),
            DataFusionError::IoError(_) => true,
            DataFusionError::ArrowError(inner, _) => matches!(**inner, ArrowError::IoError(..)),
            _ => false,
        }
    }
}

impl From<store::StoreError> for SqlError {
    fn from(error: store::StoreError) -> SqlError {
        SqlError::Store(error.to_string())
    }
}

impl From<SqlError> for DataFusionError {
    fn from(error: SqlError) -> DataFusionError {
        DataFusionError::External(Box::new(error))
    }
}

impl From<DataFusionError> for SqlError {
    fn from(error: DataFusionError) -> SqlError {
        let text = || error.strip_backtrace();
        if SqlError::is_spill(&error) {
            return SqlError::Spill;
        }
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => SqlError::Memory,
            DataFusionError::External(inner) => match inner.downcast_ref::<SqlError>() {
                Some(SqlError::Store(cause)) => SqlError::Store(cause.clone()),
                _ => SqlError::Failed(text()),
            },
            DataFusionError::SQL(..)
            | DataFusionError::Plan(_)
            | DataFusionError::SchemaError(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Diagnostic(..)
            | DataFusionError::ArrowError(..)
            | DataFusionError::Execution(_) => SqlError::Invalid(readable(&text())),
            _ => SqlError::Failed(text()),
        }
    }
}

/// What a person can do something with: not which part of the engine said it, and one line.
fn readable(text: &str) -> String {
    let parts = ["SQL error: ", "Schema error: ", "Error during planning: ", "Arrow error: ", "Execution error: "];
    let text = parts.iter().fold(text, |text, part| text.strip_prefix(part).unwrap_or(text));
    let quoted = text.strip_prefix("ParserError(\"").and_then(|text| text.strip_suffix("\")"));
    let text = quoted.unwrap_or(text).replace("datafusion.public.", "").replace('\n', " ");
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn problems_are_told_in_one_line() {
        for (said, told) in [
            ("Error during planning: table 'datafusion.public.evens' not found", "table 'evens' not found"),
            ("SQL error: ParserError(\"Expected: ), found: FROM\")", "Expected: ), found: FROM"),
            ("Schema error: No field named a.\nValid fields are b.", "No field named a. Valid fields are b"),
            ("something else", "something else"),
        ] {
            assert_eq!(readable(said), told);
        }
    }
}
