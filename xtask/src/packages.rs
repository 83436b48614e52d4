//! What the system must have, installed from Debian's packages when that is possible.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::Error;
use crate::postgres;
use crate::step::Step;

/// Something outside the repository that the tests need.
struct Need {
    what: &'static str,
    package: &'static str,
    is_there: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { what: "a C compiler (SQLite is built from source)", package: "build-essential", is_there: || runs("cc") },
    Need { what: "Python 3 with venv", package: "python3-venv", is_there: has_venv },
    Need { what: "Node.js", package: "nodejs", is_there: || runs("node") },
    Need { what: "npm", package: "npm", is_there: || runs("npm") },
    Need { what: "a PostgreSQL server", package: "postgresql", is_there: || postgres::programs().is_some() },
];

/// Installs what is missing, when this is root on Debian; otherwise names the first thing that is missing.
pub fn prepare() -> Result<(), Error> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.is_there)()).collect();
    let Some(first) = missing.first() else { return Ok(()) };
    if !(is_root() && Path::new("/usr/bin/apt-get").exists()) {
        return Err(Error::Missing { what: first.what, package: first.package });
    }
    Step::new("list of Debian packages", "apt-get").args(["update", "-q"]).run()?;
    Step::new("Debian packages", "apt-get")
        .args(["install", "-q", "-y", "--no-install-recommends"])
        .args(missing.iter().map(|need| need.package))
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run()?;
    match missing.iter().find(|need| !(need.is_there)()) {
        Some(still) => Err(Error::Missing { what: still.what, package: still.package }),
        None => Ok(()),
    }
}

/// Whether this process may do anything.
pub fn is_root() -> bool {
    // The owner of a process's folder is its effective user. Systems without /proc have no apt either.
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn runs(program: &str) -> bool {
    Step::new(program, program).args(["--version"]).succeeds()
}

fn has_venv() -> bool {
    // Debian splits ensurepip off: `python3 -m venv` then starts and fails half-way.
    Step::new("python3", "python3").args(["-c", "import venv, ensurepip"]).succeeds()
}
