//! Some leaves of a JSON text, found in one reading.

use std::borrow::Cow;

use crate::query::leaves::{Piece, visit};

/// The values of these paths, in their order: leaves as text, objects and arrays as they are written. Of several under one
/// path the first. Letter case makes no difference, as in searches.
pub(super) fn pick<'a>(text: &'a str, paths: &[&str]) -> Vec<Option<Cow<'a, str>>> {
    let mut found: Vec<Option<Cow<'a, str>>> = vec![None; paths.len()];
    visit(text, &mut |path, _, piece| {
        for (wanted, place) in paths.iter().zip(&mut found) {
            if place.is_none() && wanted.eq_ignore_ascii_case(path) {
                *place = Some(match &piece {
                    Piece::Leaf(text) => text.clone(),
                    Piece::Whole(text) => Cow::Borrowed(text),
                });
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_and_what_holds_them_are_picked() {
        let text = r#"{"a":{"b":"x\n","n":null},"L":[1, {"c":2}],"t":true,"d":1.50,"a.b":"second"}"#;
        let found = pick(text, &["A.B", "l", "t", "d", "a", "a.n", "c", "missing"]);
        let shown: Vec<_> = found.iter().map(|value| value.as_deref()).collect();
        let expected = [
            Some("x\n"),
            Some(r#"[1, {"c":2}]"#),
            Some("true"),
            Some("1.50"),
            Some(r#"{"b":"x\n","n":null}"#),
            None,
            None,
            None,
        ];
        assert_eq!(shown, expected);
        assert_eq!(pick("no JSON", &["a"]), [None]);
    }
}
