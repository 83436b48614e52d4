//! Reads every source file: length, markers, module docs, paths of somebody's machine.

use std::path::Path;

use crate::error::Error;
use crate::repository;
use crate::step::Step;

/// Longer files hold more than one idea.
const MAX_LINES: usize = 600;
/// A crate root says in a few lines what the crate is and what it is not.
const MIN_CRATE_DOC_LINES: usize = 3;
/// Files that people write. Lock files and golden samples are not among them.
const SOURCE_ENDINGS: &[&str] =
    &[".rs", ".py", ".js", ".toml", ".md", ".sql", ".sh", ".ini", ".txt", ".yml", "/.ci/run"];
/// Put together here, so that this file does not find itself.
const MARKERS: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("HA", "CK"), concat!("WI", "P")];
const MACHINE_FOLDERS: &[&str] =
    &[concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("C:", "\\")];

/// Reads all files that git knows or would take.
pub fn run() -> Result<(), Error> {
    println!("\n==> tidy\n    $ cargo xtask tidy");
    let listed = Step::new("list of files", "git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()?;
    let mut findings = 0;
    let mut count = 0;
    for name in listed.split('\0').filter(|name| is_source(name)) {
        let path = repository::root().join(name);
        // Listed but deleted: git will notice.
        if !path.exists() {
            continue;
        }
        count += 1;
        let bytes = std::fs::read(&path).map_err(Error::file(&path))?;
        for finding in examine(name, &bytes) {
            findings += 1;
            println!("{finding}");
        }
    }
    println!("    {count} files");
    if findings == 0 { Ok(()) } else { Err(Error::Findings { count: findings, check: "tidy" }) }
}

fn is_source(name: &str) -> bool {
    let rooted = format!("/{name}");
    SOURCE_ENDINGS.iter().any(|ending| rooted.ends_with(ending))
}

fn examine(name: &str, bytes: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return vec![format!("{name}: is not UTF-8")];
    };
    let mut findings = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        findings.push(format!("{name}: {lines} lines, at most {MAX_LINES}; split it by idea"));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        findings.push(format!("{name}: the last line has no end"));
    }
    if is_crate_root(name) && crate_doc_lines(text) < MIN_CRATE_DOC_LINES {
        findings.push(format!("{name}:1: crate root without {MIN_CRATE_DOC_LINES} lines of `//!` docs"));
    }
    for (n, line) in text.lines().enumerate() {
        findings.extend(examine_line(line).map(|what| format!("{name}:{}: {what}", n + 1)));
    }
    findings
}

fn examine_line(line: &str) -> Option<String> {
    if let Some(marker) = MARKERS.iter().find(|marker| has_word(line, marker)) {
        return Some(format!("marker word {marker}; do it or write it into docs/gaps.md"));
    }
    let folder = MACHINE_FOLDERS.iter().find(|folder| has_absolute(line, folder))?;
    Some(format!("path of one machine ({folder}…)"))
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
}

/// Whether the folder stands at the beginning of a path, not in the middle of one.
fn has_absolute(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !(c.is_alphanumeric() || "._-/}>~*".contains(c)))
    })
}

fn is_crate_root(name: &str) -> bool {
    let path = Path::new(name);
    let folder = path.parent().and_then(Path::file_name).and_then(|folder| folder.to_str());
    let file = path.file_name().and_then(|file| file.to_str());
    matches!((folder, file), (Some("src"), Some("lib.rs" | "main.rs")))
}

fn crate_doc_lines(text: &str) -> usize {
    text.lines().take_while(|line| line.starts_with("//!")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, text: &str) -> usize {
        examine(name, text.as_bytes()).len()
    }

    #[test]
    fn good_file_has_no_findings() {
        assert_eq!(found("crates/a/src/lib.rs", "//! A.\n//! Is.\n//! Is not.\n\nfn a() {}\n"), 0);
        assert_eq!(found("crates/a/src/part.rs", "fn a() {}\n"), 0);
    }

    #[test]
    fn crate_roots_have_docs() {
        assert_eq!(found("crates/a/src/lib.rs", "fn a() {}\n"), 1);
        assert_eq!(found("xtask/src/main.rs", "//! One line.\n"), 1);
    }

    #[test]
    fn long_files_are_found() {
        assert_eq!(found("a.rs", &"x\n".repeat(MAX_LINES)), 0);
        assert_eq!(found("a.rs", &"x\n".repeat(MAX_LINES + 1)), 1);
    }

    #[test]
    fn markers_are_whole_words() {
        let marker = MARKERS[0];
        assert_eq!(found("a.py", &format!("# {marker}: later\n")), 1);
        assert_eq!(found("a.py", &format!("{marker}S = 1\n")), 0);
    }

    #[test]
    fn machine_paths_are_found_at_their_beginning_only() {
        let folder = MACHINE_FOLDERS[0];
        assert_eq!(found("a.md", &format!("see {folder}me/notes\n")), 1);
        assert_eq!(found("a.md", &format!("see `{folder}me`\n")), 1);
        assert_eq!(found("a.md", &format!("https://a.example{folder}me\n")), 0);
    }

    #[test]
    fn bytes_that_are_no_text_are_found() {
        assert_eq!(examine("a.rs", b"\xff\xfe").len(), 1);
    }
}
