//! From rows of prefixes of different lengths to runs of prefixes of one length.

use crate::runs::{NOWHERE, PREFIX_DIGITS, Runs, RunsBuilder};

/// All prefixes of seven digits.
const PREFIXES: usize = 10_000_000;

/// Runs of rows with one to seven digits; a longer prefix wins over a shorter one, a later row over an equal one.
pub(crate) fn flatten(mut rows: Vec<(&str, u16)>) -> Result<Runs, String> {
    rows.sort_by_key(|(prefix, _)| prefix.len());
    let mut places = vec![NOWHERE; PREFIXES];
    for (prefix, place) in rows {
        let unfit = || format!("prefix {prefix:?} is not of one to seven digits");
        let range = range(prefix).ok_or_else(unfit)?;
        places.get_mut(range).ok_or_else(unfit)?.fill(place);
    }
    let mut builder = RunsBuilder::default();
    for (prefix, place) in (0..).zip(places) {
        builder.push(prefix, place);
    }
    Ok(builder.finish())
}

/// The seven-digit prefixes that begin with these digits.
fn range(digits: &str) -> Option<std::ops::Range<usize>> {
    let missing = PREFIX_DIGITS.checked_sub(digits.len())?;
    let width = 10_usize.pow(u32::try_from(missing).ok()?);
    let first: usize = digits.parse().ok()?;
    Some(first * width..(first + 1) * width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins() {
        let runs = flatten(vec![("1381234", 7), ("571", 1), ("57126", 2), ("138", 3)]).expect("digits");
        for (prefix, place) in [
            (5_710_000, Some(1)),
            (5_712_599, Some(1)),
            (5_712_600, Some(2)),
            (5_712_699, Some(2)),
            (5_712_700, Some(1)),
            (5_719_999, Some(1)),
            (5_720_000, None),
            (5_709_999, None),
            (1_381_233, Some(3)),
            (1_381_234, Some(7)),
            (1_381_235, Some(3)),
            (0, None),
            (9_999_999, None),
            (u32::MAX, None),
        ] {
            assert_eq!(runs.find(prefix), place, "{prefix}");
        }
    }

    #[test]
    fn unfit_rows_are_refused() {
        assert!(flatten(vec![("12345678", 1)]).is_err());
        assert!(flatten(vec![("12a", 1)]).is_err());
    }
}
