//! The rule for names and descriptions: "at most 32 Latin or 16 Chinese characters" is one count, not two.

use openapi::{ApiError, ValueFault};

use crate::product::unfit;

/// Last code point of the Latin blocks (Latin Extended-B).
const LAST_LATIN: char = '\u{24F}';

/// Width of a text: a Latin letter, digit or ASCII sign counts 1, anything else 2, as in the GBK bytes behind the rule.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|character| if character <= LAST_LATIN { 1 } else { 2 }).sum()
}

/// Refuses a text that is too wide, `Parameter.Maximum`, or that XML answers could not carry, `Parameter.Format`.
pub(crate) fn check_text(parameter: &str, text: &str, max_width: usize) -> Result<(), ApiError> {
    let found = width(text);
    if found > max_width {
        let half = max_width / 2;
        return Err(unfit(
            ValueFault::Maximum,
            parameter,
            format!(
                "it counts {found}, at most {max_width} are allowed ({max_width} Latin or {half} Chinese characters)"
            ),
        ));
    }
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
        return Err(unfit(ValueFault::Format, parameter, "it must not contain control characters"));
    }
    Ok(())
}

/// [`check_text`] for a name: not blank and on one line.
pub(crate) fn check_name(parameter: &str, name: &str, max_width: usize) -> Result<(), ApiError> {
    check_text(parameter, name, max_width)?;
    if name.trim().is_empty() {
        return Err(unfit(ValueFault::Format, parameter, "it must not be blank"));
    }
    if name.chars().any(char::is_control) {
        return Err(unfit(ValueFault::Format, parameter, "it must be one line"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_bounds() {
        assert!(check_name("Name", &"a".repeat(32), 32).is_ok());
        assert!(check_name("Name", &"组".repeat(16), 32).is_ok());
        assert!(check_name("Name", &format!("{}组", "é".repeat(30)), 32).is_ok());
        for name in ["a".repeat(33), "组".repeat(17), format!("{}组", "a".repeat(31))] {
            assert_eq!(check_name("Name", &name, 32).expect_err("too wide").code, "Parameter.Maximum");
        }
        for name in ["  ", "a\nb", "a\u{0}"] {
            assert_eq!(check_name("Name", name, 32).expect_err("unfit").code, "Parameter.Format");
        }
        assert!(check_text("Description", "a\nb", 32).is_ok());
    }

    proptest! {
        #[test]
        fn width_counts_latin_once_and_chinese_twice(parts in prop::collection::vec("[a-zA-Z0-9À-ÿ -]|[一-龥]", 0..48)) {
            let chinese = parts.iter().filter(|part| part.chars().all(|c| c >= '一')).count();
            let latin = parts.len() - chinese;
            let text = parts.concat();
            prop_assert_eq!(width(&text), latin + 2 * chinese);
            prop_assert_eq!(check_text("Name", &text, 32).is_ok(), latin + 2 * chinese <= 32);
        }

        #[test]
        fn width_of_any_text_adds_up(left in ".{0,40}", right in ".{0,40}") {
            prop_assert_eq!(width(&format!("{left}{right}")), width(&left) + width(&right));
            prop_assert!(width(&left) >= left.chars().count() && width(&left) <= 2 * left.chars().count());
        }
    }
}
