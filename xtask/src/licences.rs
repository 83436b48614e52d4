//! Whether every dependency has a licence of the table.

use cargo_metadata::MetadataCommand;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::allowed_licences::{ALLOWED, ALLOWED_EXCEPTIONS};
use crate::error::Error;
use crate::repository;

/// Reads what cargo knows of all packages, on every platform and with every feature.
pub fn run() -> Result<(), Error> {
    println!("\n==> licences of the dependencies\n    $ cargo xtask licences");
    let metadata = MetadataCommand::new().manifest_path(repository::root().join("Cargo.toml")).exec()?;
    let mut findings = 0;
    for package in &metadata.packages {
        if let Err(why) = judge(package.license.as_deref()) {
            findings += 1;
            println!("{} {}: {why}", package.name, package.version);
        }
    }
    println!("    {} packages", metadata.packages.len());
    if findings == 0 { Ok(()) } else { Err(Error::Findings { count: findings, check: "licences" }) }
}

fn judge(licence: Option<&str>) -> Result<(), String> {
    let text = licence.ok_or("names no licence; read its files and replace it if in doubt")?;
    // Old packages write `MIT/Apache-2.0` for "or".
    let expression = Expression::parse_mode(text, ParseMode::LAX).map_err(|error| format!("{text:?}: {error}"))?;
    if expression.evaluate(is_allowed) {
        Ok(())
    } else {
        Err(format!("{text:?} is not in the table of allowed licences (xtask/src/allowed_licences.rs)"))
    }
}

fn is_allowed(requirement: &LicenseReq) -> bool {
    let licence = requirement.license.id().is_some_and(|id| ALLOWED.contains(&id.name));
    let addition = requirement.addition.as_ref().is_none_or(|addition| {
        let name = addition.to_string();
        ALLOWED_EXCEPTIONS.contains(&name.as_str())
    });
    licence && addition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_alternative_is_enough() {
        assert_eq!(judge(Some("MIT OR GPL-3.0-only")), Ok(()));
        assert_eq!(judge(Some("MIT/Apache-2.0")), Ok(()));
        assert_eq!(judge(Some("Apache-2.0 WITH LLVM-exception")), Ok(()));
    }

    #[test]
    fn all_of_several_are_needed() {
        assert!(judge(Some("MIT AND GPL-3.0-only")).is_err());
        assert_eq!(judge(Some("(MIT OR Apache-2.0) AND Unicode-3.0")), Ok(()));
    }

    #[test]
    fn none_and_unknown_are_findings() {
        assert!(judge(None).is_err());
        assert!(judge(Some("My own terms")).is_err());
        assert!(judge(Some("GPL-3.0-only WITH Classpath-exception-2.0")).is_err());
    }
}
