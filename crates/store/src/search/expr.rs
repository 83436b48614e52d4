//! What rows are looked for.

use crate::query::FieldId;

use super::pattern::Pattern;

/// A condition on a row. Fields compare with their exact values; texts are cut into words and folded as the row was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// All of these; every row when there are none.
    And(Vec<Expr>),
    /// At least one of these; no row when there are none.
    Or(Vec<Expr>),
    /// Rows of which the condition is not true.
    Not(Box<Expr>),
    /// A value of the field is this one.
    Is(FieldId, String),
    /// A value of the field, as a whole, has this form.
    Like(FieldId, Pattern),
    /// The field has a value.
    Exists(FieldId),
    /// The row has this word, or these words next to each other. Of Chinese, Japanese and Korean characters any part of
    /// the row is found.
    Text(String),
    /// The same with wildcards inside words; a wildcard does not reach over the end of a word.
    TextLike(Pattern),
    /// The time of the row, Unix seconds, is this or later.
    Since(i64),
    /// Rows that do not have the condition, or do not have the text, are not meant; which of the others are, the search's
    /// [`RowTest`](super::RowTest) says. Without one all of them are.
    AtMost(Box<Expr>, Option<Fragment>),
}

/// A text that stands somewhere in a row in one piece, give or take the escapes of JSON, whatever cuts words there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// The text.
    pub text: String,
    /// Whether the row may have its letters in either case.
    pub folds_case: bool,
}

impl Expr {
    /// Every row.
    pub const ALL: Expr = Expr::And(Vec::new());
}
