//! Why a developer command did not succeed.

use std::path::PathBuf;

/// Every text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A command ran and failed.
    #[error("step \"{step}\" failed ({outcome}); to repeat it alone:\n    {repeat}")]
    Step {
        /// Name of the step.
        step: String,
        /// Exit status.
        outcome: String,
        /// Command line to type.
        repeat: String,
    },
    /// A command could not be started.
    #[error("step \"{step}\" could not start {program}: {cause}; is it installed and on PATH?")]
    Start {
        /// Name of the step.
        step: String,
        /// The program.
        program: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Something that the tests need is not on this machine.
    #[error("{what} is missing: install {package}, for example `apt-get install {package}`")]
    Missing {
        /// What is needed.
        what: &'static str,
        /// Debian package that has it.
        package: &'static str,
    },
    /// A file or folder cannot be used.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Findings of tidy or of the licence check, printed before.
    #[error("{count} findings in \"{check}\", listed above; to repeat it alone:\n    cargo xtask {check}")]
    Findings {
        /// How many.
        count: usize,
        /// Name of the check.
        check: &'static str,
    },
    /// Cargo's description of the workspace cannot be read.
    #[error("cargo metadata: {0}")]
    Metadata(#[from] cargo_metadata::Error),
    /// The temporary PostgreSQL server did not become ready.
    #[error("PostgreSQL did not start: {0}")]
    Postgres(String),
    /// A name on the command line is not known.
    #[error("there is no {kind} named {name:?}: choose one of {known}")]
    UnknownName {
        /// Benchmark or fuzz target.
        kind: &'static str,
        /// As typed.
        name: String,
        /// What there is.
        known: String,
    },
}

impl Error {
    /// For `map_err` on file operations.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { path, cause }
    }
}
