//! Ranges of numbers. Whole numbers compare as whole numbers: no digit is lost.

use std::cmp::Ordering;

use super::lexer::Comparison;
use super::syntax::Range;

/// A number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Long(i64),
    /// Finite.
    Double(f64),
}

impl Number {
    /// Reads a number: a whole one as such when it is in range.
    pub(crate) fn read(text: &str) -> Option<Number> {
        match text.parse() {
            Ok(long) => Some(Number::Long(long)),
            Err(_) => text.parse().ok().filter(|double: &f64| double.is_finite()).map(Number::Double),
        }
    }

    fn compare(self, other: Number) -> Ordering {
        match (self, other) {
            (Number::Long(left), Number::Long(right)) => left.cmp(&right),
            (Number::Long(left), Number::Double(right)) => compare(left, right),
            (Number::Double(left), Number::Long(right)) => compare(right, left).reverse(),
            (Number::Double(left), Number::Double(right)) => left.partial_cmp(&right).unwrap_or(Ordering::Equal),
        }
    }
}

/// Compares exactly: not every whole number of 64 bits is a double.
fn compare(long: i64, double: f64) -> Ordering {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if double >= END {
        return Ordering::Less;
    }
    if double < -END {
        return Ordering::Greater;
    }
    let whole = double.trunc();
    long.cmp(&(whole as i64)).then_with(|| 0.0_f64.partial_cmp(&(double - whole)).unwrap_or(Ordering::Equal))
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberKind {
    Long,
    Double,
}

impl NumberKind {
    /// A value as the index has it; nothing when it has it not.
    pub(crate) fn read(self, value: &str) -> Option<Number> {
        match (self, Number::read(value)?) {
            (NumberKind::Long, Number::Double(_)) => None,
            (NumberKind::Long, long) => Some(long),
            (NumberKind::Double, Number::Double(double)) => Some(Number::Double(double)),
            (NumberKind::Double, Number::Long(_)) => value.parse().ok().map(Number::Double),
        }
    }
}

/// Numbers between two bounds, each with whether it is in the range itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Numbers {
    pub(crate) kind: NumberKind,
    low: Option<(Number, bool)>,
    high: Option<(Number, bool)>,
}

impl Numbers {
    /// Numbers that compare so with a text; nothing when it is no number.
    pub(crate) fn that(kind: NumberKind, comparison: Comparison, text: &str) -> Option<Numbers> {
        let number = Number::read(text)?;
        let (low, high) = match comparison {
            Comparison::Less => (None, Some((number, false))),
            Comparison::LessOrEqual => (None, Some((number, true))),
            Comparison::Greater => (Some((number, false)), None),
            Comparison::GreaterOrEqual => (Some((number, true)), None),
            Comparison::Equal => (Some((number, true)), Some((number, true))),
        };
        Some(Numbers { kind, low, high })
    }

    /// Numbers of a range; the text that is no number otherwise.
    pub(crate) fn between(kind: NumberKind, range: &Range) -> Result<Numbers, &str> {
        let low = Number::read(&range.low).ok_or(range.low.as_str())?;
        let high = Number::read(&range.high).ok_or(range.high.as_str())?;
        Ok(Numbers { kind, low: Some((low, range.has_low)), high: Some((high, range.has_high)) })
    }

    /// Whether a value is a number of these.
    pub(crate) fn has(&self, value: &str) -> bool {
        let Some(number) = self.kind.read(value) else {
            return false;
        };
        let is_over = self.low.is_none_or(|(low, is_in)| match number.compare(low) {
            Ordering::Greater => true,
            Ordering::Equal => is_in,
            Ordering::Less => false,
        });
        is_over
            && self.high.is_none_or(|(high, is_in)| match number.compare(high) {
                Ordering::Less => true,
                Ordering::Equal => is_in,
                Ordering::Greater => false,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(kind: NumberKind, comparison: Comparison, bound: &str, value: &str) -> bool {
        Numbers::that(kind, comparison, bound).unwrap().has(value)
    }

    #[test]
    fn numbers_compare_exactly() {
        use Comparison::*;
        let long = |comparison, bound, value| has(NumberKind::Long, comparison, bound, value);
        assert!(long(Greater, "9223372036854775806", "9223372036854775807"));
        assert!(!long(Equal, "9007199254740993", "9007199254740992"));
        assert!(long(Greater, "5.5", "6") && !long(Greater, "5.5", "5") && long(Less, "-5.5", "-6"));
        assert!(long(Less, "1e300", "9223372036854775807") && long(Greater, "-1e300", "0"));
        assert!(long(GreaterOrEqual, "5", "5") && long(LessOrEqual, "5.0", "5") && !long(Less, "5", "5"));
        assert!(!long(Greater, "0", "5.0") && !long(Greater, "0", "abc") && !long(Greater, "0", ""));
        let double = |comparison, bound, value| has(NumberKind::Double, comparison, bound, value);
        assert!(double(Equal, "5", "5.0") && double(Greater, "0.1", "1e-0") && !double(Less, "1", "nan"));
        assert!(!double(Greater, "0", "inf") && double(Equal, "-0", "0.0"));
        assert!(Number::read("inf").is_none() && Number::read("5a").is_none() && Number::read("").is_none());
    }

    #[test]
    fn ranges_have_their_bounds_or_not() {
        let range = |has_low, has_high| Range { low: "1".into(), has_low, high: "3".into(), has_high };
        let has = |range: &Range, value| Numbers::between(NumberKind::Long, range).unwrap().has(value);
        assert!(has(&range(true, true), "1") && has(&range(true, true), "3") && !has(&range(true, true), "4"));
        assert!(!has(&range(false, true), "1") && !has(&range(true, false), "3") && has(&range(false, false), "2"));
        let bad = Range { low: "1".into(), has_low: true, high: "x".into(), has_high: true };
        assert_eq!(Numbers::between(NumberKind::Long, &bad), Err("x"));
    }
}
