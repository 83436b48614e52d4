//! `cargo xtask suites`: the vendors' own tests, as their packages bring them, against the built server.

use clap::{Args, ValueEnum};

use crate::error::Error;
use crate::step::Step;
use crate::{clients, repository};

/// Which.
#[derive(Args)]
pub struct Options {
    /// One suite; without it all
    suite: Option<Suite>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// The Python package `oss2`
    Oss2,
    /// The crate `aliyun-log-rust-sdk`
    RustSdk,
}

impl Suite {
    fn name(self) -> &'static str {
        match self {
            Suite::Oss2 => "oss2",
            Suite::RustSdk => "rust-sdk",
        }
    }
}

/// Builds the server and runs them.
pub fn run(options: &Options) -> Result<(), Error> {
    clients::prepare()?;
    Step::cargo("the server").args(["build", "--package", "cairn"]).run()?;
    for suite in Suite::value_variants().iter().filter(|suite| options.suite.is_none_or(|wanted| wanted == **suite)) {
        Step::new(format!("tests of {}", suite.name()), repository::client_packages().join("venv/bin/python"))
            .args([repository::root().join("tests/suites/run.py")])
            .args([suite.name()])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("CAIRN_BIN", repository::server_binary())
            .repeat(format!("cargo xtask suites {}", suite.name()))
            .run()?;
    }
    Ok(())
}
