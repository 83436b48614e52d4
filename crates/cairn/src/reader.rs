//! Who reads the output of a command may stop before its end, as `head` does: that ends the command without a word.
//!
//! A command line of the system ends by a signal then. Rust's own start turns the signal off, which is right for a server,
//! whose clients hang up all the time, and wrong for the commands: printing fails, and that is a panic.

use std::error::Error;
use std::io;
use std::panic;
use std::process::ExitCode;

/// The exit code that shells show for such an end: 128 and the number of the signal.
pub const GONE: u8 = 141;

/// What the text of the panic begins with when printing fails.
const PRINTING_FAILED: &str = "failed printing to stdout";

/// Runs a command, which ends without a word when nobody reads what it prints; what it holds is let go as at any end.
pub fn ending_with_it<T>(command: impl FnOnce() -> T) -> Result<T, ExitCode> {
    let otherwise = panic::take_hook();
    panic::set_hook(Box::new(move |information| {
        if !information.payload_as_str().is_some_and(is_of_a_reader) {
            otherwise(information);
        }
    }));
    panic::catch_unwind(panic::AssertUnwindSafe(command)).map_err(|payload| {
        let text = payload.downcast_ref::<String>();
        if text.is_some_and(|text| is_of_a_reader(text)) { ExitCode::from(GONE) } else { panic::resume_unwind(payload) }
    })
}

fn is_of_a_reader(text: &str) -> bool {
    let broken = io::Error::from(io::ErrorKind::BrokenPipe).to_string();
    text.starts_with(PRINTING_FAILED) && (text.contains("Broken pipe") || text.contains(&broken))
}

/// A command failed because nobody reads what it writes.
pub fn is_gone(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_of_the_reader_is_told_from_other_ends() {
        assert!(is_of_a_reader("failed printing to stdout: Broken pipe (os error 32)"));
        assert!(!is_of_a_reader("failed printing to stdout: No space left on device (os error 28)"));
        assert!(!is_of_a_reader("something else: Broken pipe (os error 32)"));
        assert!(is_gone(&io::Error::from(io::ErrorKind::BrokenPipe)));
        assert!(!is_gone(&io::Error::from(io::ErrorKind::NotFound)));
    }
}
