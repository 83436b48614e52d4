//! The table of licences that a dependency may have.

/// SPDX names. All of them let an Apache-2.0 program be built, changed and given away with the dependency in it.
pub const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Exceptions that only ever widen what an allowed licence permits.
pub const ALLOWED_EXCEPTIONS: &[&str] = &["LLVM-exception"];
