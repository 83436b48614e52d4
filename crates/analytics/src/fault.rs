//! Why a statement has no answer, in the words and the shape that people and dashboards know: type, place, message.
//!
//! Public document: Simple Log Service, "Common errors of log analysis".

use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::tokenizer::Location;
use logstore::analytics::SqlFault;
use sql::SqlError;

use crate::dialect::names::unfold;
use crate::dialect::words::Words;

/// A statement that cannot be answered as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    kind: &'static str,
    place: Location,
    message: String,
}

impl Fault {
    /// Not the language.
    pub(crate) fn syntax(place: Location, message: impl Into<String>) -> Fault {
        Fault { kind: "SyntaxError", place, message: message.into() }
    }

    /// A column that the index does not have.
    pub(crate) fn column(place: Location, name: &str) -> Fault {
        let message = format!(
            "Column '{name}' cannot be resolved;please add the column in the index attribute: as a key, or as a leaf of a \
             JSON key, with analytics (doc_value) on. A text stands in single quotes"
        );
        Fault { kind: "ColumnNotExists", place, message }
    }

    /// A table that the project does not have.
    pub(crate) fn table(place: Location, name: &str) -> Fault {
        let message = format!("Table '{name}' does not exist: write log, or the name of a logstore of this project");
        Fault { kind: "TableNotExists", place, message }
    }

    fn function(place: Location, message: String) -> Fault {
        Fault { kind: "FunctionNotExists", place, message }
    }

    /// A value that the statement meets while it runs.
    fn value(place: Location, message: String) -> Fault {
        Fault { kind: "InvalidValue", place, message }
    }

    /// Why the parser does not take a text. It says itself where.
    pub(crate) fn of_parser(text: &str) -> Fault {
        let (message, place) = text.rsplit_once(" at Line: ").unwrap_or((text, "1, Column: 1"));
        let (line, column) = place.split_once(", Column: ").unwrap_or(("1", "1"));
        let number = |text: &str| text.trim().parse().unwrap_or(1);
        Fault::syntax(Location::new(number(line), number(column)), unfold(message))
    }

    /// Why DataFusion does not plan or run a statement; nothing when that is no matter of the statement.
    fn of_engine(error: &DataFusionError, words: &Words) -> Option<Fault> {
        let root = error.find_root();
        if let DataFusionError::SchemaError(schema_error, _) = root
            && let SchemaError::FieldNotFound { field, .. } = &**schema_error
        {
            return Some(Fault::column(words.place(&field.name), &words.spelled(&field.name)));
        }
        let message = || unfold(&readable(&root.strip_backtrace()));
        match root {
            DataFusionError::Plan(text) if text.contains("Invalid function '") => {
                let name = text.split('\'').nth(1).unwrap_or_default();
                let message = format!("Function '{name}' does not exist");
                Some(Fault::function(words.place(name), message))
            }
            DataFusionError::Execution(_) | DataFusionError::ArrowError(..) => {
                Some(Fault::value(words.start(), message()))
            }
            DataFusionError::SQL(..)
            | DataFusionError::Plan(_)
            | DataFusionError::SchemaError(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Diagnostic(..) => {
                let message = message();
                let named = message.split(['\'', '"']).skip(1).step_by(2);
                let place = named.filter_map(|name| words.find(name)).next();
                Some(Fault::syntax(place.unwrap_or_else(|| words.start()), message))
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Fault { kind, place, message } = self;
        write!(out, "ErrorType:{kind}.ErrorPosition,line:{},column:{}.ErrorMessage:{message}", place.line, place.column)
    }
}

impl From<Fault> for SqlFault {
    fn from(fault: Fault) -> SqlFault {
        SqlFault::Invalid(fault.to_string())
    }
}

/// What DataFusion's error is for the client.
pub(crate) fn of_engine(error: DataFusionError, words: &Words) -> SqlFault {
    let is_arrow_io = SqlError::is_spill(&error);
    match Fault::of_engine(&error, words).filter(|_| !is_arrow_io) {
        Some(fault) => fault.into(),
        None => of_machine(error.into()),
    }
}

/// What the machine's error is for the client: a bound that was reached says which one.
pub(crate) fn of_machine(error: SqlError) -> SqlFault {
    let limit = |text: String| SqlFault::Limit(format!("ErrorType:LimitExceeded.ErrorMessage:{text}"));
    let advice = "group by fewer values, sort fewer rows, or narrow the search or its range of time";
    match error {
        SqlError::Time(time_ms) => limit(format!(
            "the query took more than {} s: narrow the search or its range of time",
            time_ms.div_euclid(1_000)
        )),
        SqlError::Memory => limit(format!("the query needs more memory than SQL may use: {advice}")),
        SqlError::Spill => limit(format!("the query needs more room on the disk than SQL may use: {advice}")),
        SqlError::TooLong(bytes) => limit(format!("the query has more than {bytes} bytes: shorten it")),
        busy @ SqlError::Busy(_) => SqlFault::Busy(busy.to_string()),
        SqlError::Invalid(text) => Fault::syntax(Location::new(1, 1), unfold(&text)).into(),
        SqlError::NotAllowed(what) => {
            Fault::syntax(Location::new(1, 1), format!("only one SELECT is allowed, not {what}")).into()
        }
        SqlError::Store(cause) | SqlError::Failed(cause) => SqlFault::Failed(cause),
    }
}

/// One line, without which part of the engine said it.
fn readable(text: &str) -> String {
    let parts = ["SQL error: ", "Schema error: ", "Error during planning: ", "Arrow error: ", "Execution error: "];
    let text = parts.iter().fold(text, |text, part| text.strip_prefix(part).unwrap_or(text));
    text.replace("datafusion.public.", "").replace('\n', " ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_type_place_and_message() {
        let fault = Fault::of_parser("Expected: ), found: FROM at Line: 2, Column: 17");
        let expected = "ErrorType:SyntaxError.ErrorPosition,line:2,column:17.ErrorMessage:Expected: ), found: FROM";
        assert_eq!(fault.to_string(), expected);
        assert!(Fault::of_parser("Unterminated").to_string().contains("line:1,column:1"));
        assert!(Fault::column(Location::new(1, 8), "x").to_string().contains("add the column in the index"));
    }

    #[test]
    fn bounds_say_which() {
        for (error, word) in [
            (SqlError::Time(55_000), "55 s"),
            (SqlError::Memory, "memory"),
            (SqlError::Spill, "disk"),
            (SqlError::TooLong(9), "9 bytes"),
        ] {
            assert!(matches!(of_machine(error), SqlFault::Limit(text) if text.contains(word)), "{word}");
        }
        assert!(matches!(of_machine(SqlError::Busy(2)), SqlFault::Busy(text) if text.contains("2 queries")));
    }
}
