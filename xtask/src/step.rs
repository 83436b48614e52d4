//! One command of a longer run: printed before it starts, named when it fails.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::repository;

/// A command with a name, run in the repository's root.
pub struct Step {
    name: String,
    command: Command,
    repeat: Option<String>,
}

impl Step {
    /// A step that runs `program`.
    pub fn new(name: impl Into<String>, program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(repository::root());
        Self { name: name.into(), command, repeat: None }
    }

    /// The cargo that runs xtask.
    #[expect(clippy::disallowed_methods, reason = "cargo says by this variable which cargo it is")]
    pub fn cargo(name: impl Into<String>) -> Self {
        // By hand, the one on PATH is meant.
        Self::new(name, std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Adds arguments.
    pub fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What to type to repeat it, when the command line itself would not do (it needs a server that is gone by then).
    pub fn repeat(mut self, command_line: impl Into<String>) -> Self {
        self.repeat = Some(command_line.into());
        self
    }

    /// Runs it with its output on the terminal.
    pub fn run(mut self) -> Result<(), Error> {
        println!("\n==> {}\n    $ {}", self.name, self.command_line());
        let status = self.command.stdin(Stdio::null()).status().map_err(|cause| self.start_error(cause))?;
        if status.success() { Ok(()) } else { Err(self.failed(status.to_string())) }
    }

    /// Runs it beside others: its output goes into a file, so that it does not mix with theirs.
    pub fn run_aside(mut self, output: &std::fs::File) -> Result<(), Error> {
        let mut head = output;
        let line = format!("\n==> {}\n    $ {}\n", self.name, self.command_line());
        let status = head.write_all(line.as_bytes()).and_then(|()| {
            self.command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?).status()
        });
        let status = status.map_err(|cause| self.start_error(cause))?;
        if status.success() { Ok(()) } else { Err(self.failed(status.to_string())) }
    }

    /// Runs it quietly and answers its standard output.
    pub fn output(mut self) -> Result<String, Error> {
        let output = self
            .command
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|cause| self.start_error(cause))?;
        if !output.status.success() {
            return Err(self.failed(output.status.to_string()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it without any output and answers whether it succeeded; a program that is not there did not.
    pub fn succeeds(mut self) -> bool {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn start_error(&self, cause: std::io::Error) -> Error {
        Error::Start { step: self.name.clone(), program: text(self.command.get_program()), cause }
    }

    fn failed(&self, outcome: String) -> Error {
        let repeat = self.repeat.clone().unwrap_or_else(|| self.command_line());
        Error::Step { step: self.name.clone(), outcome, repeat }
    }

    /// As it would be typed in the repository's root.
    fn command_line(&self) -> String {
        let variables =
            self.command.get_envs().filter_map(|(name, value)| Some(format!("{}={}", text(name), quoted(value?))));
        let program = std::iter::once(shorten(self.command.get_program()));
        let arguments = self.command.get_args().map(quoted);
        variables.chain(program).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

fn text(value: &OsStr) -> String {
    value.to_string_lossy().into_owned()
}

/// A program of the toolchain by its name alone.
fn shorten(program: &OsStr) -> String {
    let path = std::path::Path::new(program);
    match path.file_name() {
        Some(name) if name == "cargo" => text(name),
        _ => quoted(program),
    }
}

fn quoted(value: &OsStr) -> String {
    // Commands run in the root: what lies below it needs no more than its own path.
    let root = format!("{}/", repository::root().display());
    let value = text(value).replace(&root, "");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
    if !value.is_empty() && value.chars().all(plain) { value } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_can_be_typed() {
        let step = Step::new("name", "tool").args(["plain", "two words", "it's", ""]).env("VAR", "a b");
        assert_eq!(step.command_line(), r"VAR='a b' tool plain 'two words' 'it'\''s' ''");
    }

    #[test]
    fn failure_names_step_and_repetition() {
        let Err(error) = Step::new("no luck", "false").run() else { panic!("false succeeded") };
        let message = error.to_string();
        assert!(message.contains("no luck") && message.ends_with("false"), "{message}");
    }

    #[test]
    fn missing_program_is_named() {
        let Err(error) = Step::new("step", "no-such-program-anywhere").run() else { panic!("it ran") };
        assert!(error.to_string().contains("no-such-program-anywhere"));
        assert!(!Step::new("step", "no-such-program-anywhere").succeeds());
    }
}
