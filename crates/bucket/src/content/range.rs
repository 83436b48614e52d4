//! Which bytes a `Range` header asks for. Public document: Object Storage Service, "GetObject".

/// Bytes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// The whole object.
    Whole,
    /// From, up to but without.
    Part(u64, u64),
    /// None that there are.
    Outside,
}

/// The service's own rule: a range that is malformed or not fully inside is ignored; with the standard behaviour its end
/// is cut, and one that begins outside is refused.
pub(crate) fn span(range: &str, length: u64, is_standard: bool) -> Span {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Span::Whole;
    };
    let (start, end) = match (number(first), number(last)) {
        (Some(start), Some(last)) if start <= last => (start, last.saturating_add(1)),
        (Some(start), None) if last.is_empty() => (start, length.max(start)),
        (None, Some(count)) if first.is_empty() && count > 0 => (length.saturating_sub(count), length),
        _ => return Span::Whole,
    };
    match (start < length, end <= length, is_standard) {
        (true, true, _) => Span::Part(start, end),
        (true, false, true) => Span::Part(start, length),
        (false, _, true) => Span::Outside,
        _ => Span::Whole,
    }
}

/// Digits and nothing else: the standard library would take a sign, too.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, plain, standard) in [
            ("bytes=0-9", Span::Part(0, 10), Span::Part(0, 10)),
            ("bytes=90-", Span::Part(90, 100), Span::Part(90, 100)),
            ("bytes=-10", Span::Part(90, 100), Span::Part(90, 100)),
            ("bytes=-200", Span::Part(0, 100), Span::Part(0, 100)),
            ("bytes=90-100", Span::Whole, Span::Part(90, 100)),
            ("bytes=100-", Span::Whole, Span::Outside),
            ("bytes=9-3", Span::Whole, Span::Whole),
            ("bytes=+1-3", Span::Whole, Span::Whole),
            ("bytes=-0", Span::Whole, Span::Whole),
            ("bytes=x", Span::Whole, Span::Whole),
            ("bytes=0-1,5-6", Span::Whole, Span::Whole),
            ("bytes=0-18446744073709551615", Span::Whole, Span::Part(0, 100)),
        ] {
            assert_eq!(span(range, 100, false), plain, "{range}");
            assert_eq!(span(range, 100, true), standard, "{range} standard");
        }
    }
}
