//! Data that a package of others carries, read by build scripts where cargo has put the package, so that none of it lies
//! in this repository.
//!
//! It is not for programs: it needs what cargo tells a build script.

use std::error::Error;
use std::path::PathBuf;

use cargo_metadata::{Metadata, MetadataCommand};

/// A file of a package.
#[derive(Debug)]
pub struct PackageFile {
    /// Its content.
    pub text: String,
    /// What stands behind the `+` in the package's version: the data's own version, where the package names it.
    pub build_version: String,
}

/// Reads a file of a dependency of the package whose build script runs, which is built again when the file changes.
///
/// # Errors
/// When cargo does not know the package, or it carries no such file.
pub fn read(package_name: &str, file: &str) -> Result<PackageFile, Box<dyn Error>> {
    let metadata = metadata()?;
    let package = metadata.packages.iter().find(|package| package.name.as_str() == package_name);
    let package =
        package.ok_or_else(|| format!("cargo metadata does not list the package {package_name}: run `cargo fetch`"))?;
    let folder = package.manifest_path.parent().ok_or("the package's manifest has no folder")?;
    let path = folder.join(file);
    println!("cargo::rerun-if-changed={path}");
    // Another version of the package lies in another folder.
    println!("cargo::rerun-if-changed={}", metadata.workspace_root.join("Cargo.lock"));
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("{path}: {error}; the package {} no longer carries it", package.version))?;
    Ok(PackageFile { text, build_version: package.version.build.as_str().to_owned() })
}

/// Where a build script puts what it makes.
///
/// # Errors
/// Outside a build script.
pub fn out_folder() -> Result<PathBuf, Box<dyn Error>> {
    Ok(variable("OUT_DIR")?.into())
}

/// Without the network when everything is fetched already, as it is after `cargo fetch` or an earlier build.
fn metadata() -> Result<Metadata, Box<dyn Error>> {
    let platform = format!("--filter-platform={}", variable("TARGET")?);
    let command = |more: &[&str]| {
        let options = more.iter().map(|option| (*option).to_owned()).chain([platform.clone()]);
        let mut command = MetadataCommand::new();
        command.manifest_path("Cargo.toml").other_options(options.collect::<Vec<_>>());
        command.exec()
    };
    Ok(command(&["--offline"]).or_else(|_not_fetched| command(&[]))?)
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script everything through variables")]
fn variable(name: &str) -> Result<String, Box<dyn Error>> {
    std::env::var(name).map_err(|error| format!("{name}: {error}").into())
}
