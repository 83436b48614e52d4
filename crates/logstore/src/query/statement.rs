//! A statement is a search, and behind the first `|` that is neither quoted nor in parentheses what is made of its
//! logs.

/// The parts of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The search, from the beginning of the statement, so that a fault's place is one of the statement. May be empty,
    /// which asks for every log.
    pub search: &'a str,
    /// What stands behind the `|`, without spaces around it: SQL as a rule. Nothing when there is no `|`.
    pub analysis: Option<&'a str>,
}

/// Cuts a statement at its first top-level `|`.
pub fn split(text: &str) -> Statement<'_> {
    match bar(text) {
        None => Statement { search: text.trim_end(), analysis: None },
        Some(at) => Statement { search: text[..at].trim_end(), analysis: Some(text[at + 1..].trim()) },
    }
}

fn bar(text: &str) -> Option<usize> {
    let (mut is_quoted, mut is_escaped, mut depth) = (false, false, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        if is_quoted {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => is_quoted = true,
            // Ranges open and close with either kind.
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'|' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bar_outside_quotes_cuts() {
        for (text, search, analysis) in [
            ("a", "a", None),
            ("", "", None),
            (" a and b ", " a and b", None),
            ("* | SELECT 1", "*", Some("SELECT 1")),
            ("*|", "*", Some("")),
            ("| select 1", "", Some("select 1")),
            ("a:\"b|c\" | select 'a|b' | c", "a:\"b|c\"", Some("select 'a|b' | c")),
            (r#""a\"|b"|select 1"#, r#""a\"|b""#, Some("select 1")),
            (r#""a\\"|select "b"#, r#""a\\""#, Some("select \"b")),
            ("k in (1 5] | select 1", "k in (1 5]", Some("select 1")),
            ("客 |with_pack_meta", "客", Some("with_pack_meta")),
            ("a ) | select 1", "a )", Some("select 1")),
            ("(a | b)", "(a | b)", None),
            ("\"a | b", "\"a | b", None),
        ] {
            assert_eq!(split(text), Statement { search, analysis }, "{text}");
        }
    }
}
