//! Where things are.

use std::path::{Path, PathBuf};

/// The repository's root folder.
pub fn root() -> &'static Path {
    // xtask's own folder is one below the root.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The official clients and the tests with them.
pub fn client_tests() -> PathBuf {
    root().join("tests/clients")
}

/// Build output, also of the clients' environments.
pub fn target() -> PathBuf {
    root().join("target")
}

/// Where the clients' packages are installed.
pub fn client_packages() -> PathBuf {
    target().join("clients")
}

/// The server that `cargo build -p cairn` makes.
pub fn server_binary() -> PathBuf {
    target().join("debug").join(format!("cairn{}", std::env::consts::EXE_SUFFIX))
}
