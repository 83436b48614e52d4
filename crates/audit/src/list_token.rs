//! `NextToken` of lists that are short: the number of the next item. A token of another list is refused when it lies
//! behind the list's end, else it answers what a page there has; nothing of others can be seen with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openapi::{ApiError, Call};

/// The items of the page that the call asks for, and the token of the next.
pub(crate) fn page<T>(call: &Call, size: usize, items: Vec<T>) -> Result<(Vec<T>, Option<String>), ApiError> {
    let from = match call.text("NextToken") {
        None => 0,
        Some(token) => read(token).filter(|from| *from < items.len()).ok_or_else(invalid_token)?,
    };
    let end = from.saturating_add(size).min(items.len());
    let next = (end < items.len()).then(|| write(end));
    Ok((items.into_iter().skip(from).take(end - from).collect(), next))
}

/// A token of the item with a number.
pub(crate) fn write(from: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("V1:{from}"))
}

/// The number in a token.
pub(crate) fn read(token: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("V1:")?.parse().ok()
}

fn invalid_token() -> ApiError {
    ApiError::bad_request(
        "InvalidNextToken",
        "The specified NextToken is not valid: use the one of the page before, with all other parameters unchanged.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back() {
        assert_eq!(read(&write(20)), Some(20));
        for token in ["", "VjE6", "審計", "AAAA", "MjA"] {
            assert_eq!(read(token), None, "{token}");
        }
    }
}
