//! Spans of time that lists are asked for.

use openapi::{ApiError, Call, Parameter};

use crate::day::MAX_TIME_MS;
use crate::errors::PARAMETER_INVALID;

/// A moment in Unix milliseconds.
pub(crate) const fn moment(name: &'static str) -> Parameter {
    Parameter::integer(name, 0, MAX_TIME_MS)
}

/// From one moment to another, both included, Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
}

impl Span {
    /// The span between two parameters. Zero counts as absent.
    ///
    /// # Errors
    /// `Parameter.Invalid` when it ends before it begins or is longer than allowed.
    pub(crate) fn asked(
        call: &Call,
        (start, default_start_ms): (&str, i64),
        (stop, default_stop_ms): (&str, i64),
        longest_ms: i64,
    ) -> Result<Self, ApiError> {
        let given = |name| call.integer(name).filter(|at_ms| *at_ms != 0);
        let span =
            Self { from_ms: given(start).unwrap_or(default_start_ms), to_ms: given(stop).unwrap_or(default_stop_ms) };
        if span.from_ms > span.to_ms {
            return Err(PARAMETER_INVALID.error(format!(
                "{start} {} is after {stop} {}: swap them, both are Unix milliseconds.",
                span.from_ms, span.to_ms
            )));
        }
        if span.to_ms - span.from_ms > longest_ms {
            return Err(PARAMETER_INVALID.error(format!(
                "{start} and {stop} are more than {} hours apart: ask for shorter spans one after another.",
                longest_ms / 3_600_000
            )));
        }
        Ok(span)
    }
}
