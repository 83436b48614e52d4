//! Patterns with `*` and `?`.

/// A pattern: literal text, `?` for one character, `*` for any number of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern {
    parts: Vec<PatternPart>,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternPart {
    /// This text.
    Literal(String),
    /// Any one character.
    One,
    /// Any number of characters, also none.
    Many,
}

impl Pattern {
    /// Joins parts; neighbouring literals become one, neighbouring `*` too.
    pub fn new(parts: impl IntoIterator<Item = PatternPart>) -> Pattern {
        let mut pattern = Pattern::default();
        for part in parts {
            match (pattern.parts.last_mut(), part) {
                (_, PatternPart::Literal(text)) if text.is_empty() => {}
                (Some(PatternPart::Literal(before)), PatternPart::Literal(text)) => before.push_str(&text),
                (Some(PatternPart::Many), PatternPart::Many) => {}
                (_, part) => pattern.parts.push(part),
            }
        }
        pattern
    }

    /// Everything that begins with a text.
    pub fn prefix(text: &str) -> Pattern {
        Pattern::new([PatternPart::Literal(text.to_owned()), PatternPart::Many])
    }

    /// Its parts.
    pub fn parts(&self) -> &[PatternPart] {
        &self.parts
    }

    /// Whether a text, as a whole, has this form. Costs the product of both lengths at worst, their sum as a rule.
    pub fn matches(&self, text: &str) -> bool {
        let (mut parts, mut rest) = (self.parts.as_slice(), text);
        // Where the last `*` stood: what follows it, and the text from which it may still grow.
        let mut retry: Option<(&[PatternPart], &str)> = None;
        loop {
            let step = match parts.first() {
                None if rest.is_empty() => return true,
                None => None,
                Some(PatternPart::Many) => {
                    parts = &parts[1..];
                    if parts.is_empty() {
                        return true;
                    }
                    retry = Some((parts, rest));
                    continue;
                }
                Some(PatternPart::One) => skip_one(rest),
                Some(PatternPart::Literal(literal)) => rest.strip_prefix(literal.as_str()),
            };
            if let Some(left) = step {
                (parts, rest) = (&parts[1..], left);
                continue;
            }
            let Some((after_star, from)) = retry else {
                return false;
            };
            let Some(next) = next_start(after_star, from) else {
                return false;
            };
            (parts, rest) = (after_star, next);
            retry = Some((after_star, next));
        }
    }
}

fn skip_one(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    characters.next().map(|_| characters.as_str())
}

/// Where what follows a `*` may begin next, behind the beginning of `from`.
fn next_start<'a>(after_star: &[PatternPart], from: &'a str) -> Option<&'a str> {
    let rest = skip_one(from)?;
    match after_star.first() {
        Some(PatternPart::Literal(literal)) => rest.find(literal.as_str()).map(|at| &rest[at..]),
        _ => Some(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `~` is `*` and `_` is `?`, so that the literals of a test may have both.
    pub(crate) fn pattern(text: &str) -> Pattern {
        Pattern::new(text.chars().map(|character| match character {
            '~' => PatternPart::Many,
            '_' => PatternPart::One,
            other => PatternPart::Literal(other.to_string()),
        }))
    }

    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('~', rest)) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
            Some(('_', rest)) => text.split_first().is_some_and(|(_, left)| naive(rest, left)),
            Some((wanted, rest)) => {
                text.split_first().is_some_and(|(found, left)| found == wanted && naive(rest, left))
            }
        }
    }

    #[test]
    fn stars_and_marks_match() {
        for (form, text) in [("err~", "error"), ("~呼_", "xx呼叫"), ("a~b~c", "a-b-b-c"), ("", ""), ("~", "")] {
            assert!(pattern(form).matches(text), "{form} {text}");
        }
        for (form, text) in [("err~", "an error"), ("_", ""), ("a~b", "abc"), ("", "a"), ("a*", "ab")] {
            assert!(!pattern(form).matches(text), "{form} {text}");
        }
        assert_eq!(pattern("a~~b").parts().len(), 3);
        assert_eq!(Pattern::prefix("ab"), pattern("ab~"));
    }

    proptest! {
        #[test]
        fn matches_as_the_definition_says(form in "[ab呼~_]{0,8}", text in "[ab呼]{0,10}") {
            let (form_chars, text_chars): (Vec<char>, Vec<char>) = (form.chars().collect(), text.chars().collect());
            prop_assert_eq!(pattern(&form).matches(&text), naive(&form_chars, &text_chars));
        }
    }
}
