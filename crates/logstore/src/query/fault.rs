//! Why a search is refused.

/// A place in a statement. All three count characters from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the character in the text.
    pub at: usize,
    /// Its line.
    pub line: usize,
    /// Its number in the line.
    pub column: usize,
}

impl Place {
    /// The first character.
    pub const START: Place = Place { at: 1, line: 1, column: 1 };

    /// The place behind a character.
    pub(crate) fn behind(self, character: char) -> Place {
        match character {
            '\n' => Place { at: self.at + 1, line: self.line + 1, column: 1 },
            _ => Place { at: self.at + 1, column: self.column + 1, ..self },
        }
    }
}

/// A search that cannot be answered: where in it, what could stand there and what does. Its text has the shape of the
/// cloud's own (SLS, "Error texts"): dashboards show the part behind `ErrorMessage`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "ErrorType:OLSQueryParseError.ErrorPosition,line:{},column:{}.ErrorMessage:at character {}: expected {expected}, found {found}",
    place.line,
    place.column,
    place.at
)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What could stand there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl Fault {
    /// The error code with which the protocol refuses a search (SLS, "GetLogs"), beside HTTP status 400.
    pub const CODE: &str = "ParameterInvalid";

    pub(crate) fn new(place: Place, expected: impl Into<String>, found: impl Into<String>) -> Fault {
        Fault { place, expected: expected.into(), found: found.into() }
    }
}
