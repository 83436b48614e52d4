//! The one form that parameters have inside a string to sign, whatever they looked like on the wire.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986: letters, digits and `-_.~` stay, every other byte becomes `%XX`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Percent-encodes one name or value.
pub fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, RESERVED)
}

/// `name=value&…`, both encoded. The caller gives the parameters in byte order of their names.
pub fn query<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(512);
    for (name, value) in parameters {
        let separator = if out.is_empty() { "" } else { "&" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{separator}{}={}", encode(name), encode(value));
    }
    out
}
