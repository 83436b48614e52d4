//! Search: any condition on fields, words, phrases and patterns, over memory parts and segments, in the order of a lookup.
//!
//! A condition is an [`Expr`], written in code or by people in a small [language](parse_search). A [`Search`] is it made
//! ready. [`Store::search`](crate::Store::search) gives pages of it that are exact: an index only says where a row cannot
//! be, and what it leaves open is told by the row's own bytes (`row.rs`). `NOT` therefore works on three values: true,
//! false and not known; only the first is an answer, and only the last needs the row.
//!
//! # What a search costs
//!
//! Places are searched in the order of the page, newest first as a rule, and no further than the page needs; segments out
//! of the time range are not opened, and of segments without a needed word two small blocks are read. Then:
//!
//! | Condition | In a segment | In memory |
//! |---|---|---|
//! | field is a value | the rows or granules of the value; columns with few values need no row | the list of the value |
//! | field like a pattern, field exists | columns with few values: their dictionary, then as above; others (ids, lists of names): every row | every row, parsed |
//! | word, phrase, neighbouring characters | the rows or granules that have all words or pairs of characters; a page of 256 rows is read for each | every row, its bytes scanned |
//! | word with `*` or `?` | every row: words are kept as hashes, which have no order. Characters without spaces have pairs all the same | every row, its bytes scanned |
//! | `AND` | what all of its parts leave | the values lead, the rest is scanned |
//! | `OR` | what any of its parts leaves; every row when one of them is not indexed | every row; values are told by their lists |
//! | `NOT` | every row, but rows that its words cannot have are not read for it | every row |
//!
//! "Every row" means every row between the page's first and last, restricted by what else is asked for. A page of 256 rows
//! takes about half a millisecond to read and scan, so a pattern that few words have needs two seconds for a million events
//! of 1.3 KB where nothing else restricts it. A [`Budget`] bounds that: rows, bytes, time, and a flag that calls the
//! search off. It is looked at after each piece of at most 256 rows read or 4,096 examined. A search that ends so says it
//! ([`PageEnd::Stopped`]) and from where to go on; what it gives up to there is whole.

mod budget;
mod compile;
mod expr;
mod filter;
mod language;
mod lexer;
mod literal;
mod memory;
mod merged;
mod names;
mod page;
mod pattern;
mod phrase;
mod print;
mod row;
mod source;

pub use budget::{Budget, Cancel, Stopped};
pub(crate) use compile::{Atom, Known, Node};
pub use compile::{Search, SearchError};
pub use expr::Expr;
pub(crate) use filter::{FilterView, TextHashes, WordFilters};
pub use language::parse_search;
pub use lexer::ParseError;
pub(crate) use memory::MemorySource;
pub(crate) use merged::{Place, Ready, search};
pub use names::FieldNames;
pub use page::{PageEnd, SearchPage};
pub use pattern::{Pattern, PatternPart};
pub(crate) use phrase::Needed;
pub use print::print_search;
pub(crate) use row::RowJudge;
pub(crate) use source::{Source, Step, is_before};
