//! Search: any condition on fields, words, phrases and patterns, over memory parts and segments, in the order of a lookup.
//!
//! A condition is an [`Expr`], written in code or by people in a small [language](parse_search). A [`Search`] is it made
//! ready. [`Store::search`](crate::Store::search) gives pages of it that are exact: an index only says where a row cannot
//! be, and what it leaves open is told by the row's own bytes (`row.rs`). `NOT` therefore works on three values: true,
//! false and not known; only the first is an answer, and only the last needs the row. What only the caller can tell it
//! leaves to a [`RowTest`], which is asked for rows whose truth is not known ([`Expr::AtMost`]).
//!
//! In a segment all rows of a granule are told at once, as bits of masks. A page of which many rows are open is unpacked
//! and looked through as a whole for the bytes that a text needs (`literal.rs`) before any of its rows is looked at, and
//! several pages at once by all idle cores. Where only the places of rows are asked for
//! ([`Store::search_places`](crate::Store::search_places)), rows that the index knows to match are not read.
//!
//! # What a search costs
//!
//! Places are searched in the order of the page, newest first as a rule, and no further than the page needs; segments out
//! of the time range, and those of which a filter ([`FilterOptions`](crate::write::FilterOptions)) knows that they lack what
//! is needed, are not opened; of others without a needed word two small blocks are read. Then:
//!
//! | Condition | In a segment | In memory |
//! |---|---|---|
//! | field is a value | the rows or granules of the value; columns with few values need no row | the list of the value |
//! | field like a pattern, field exists | columns with few values: their dictionary, then as above; others (ids, lists of names): every row, parsed | every row, parsed |
//! | word, phrase, neighbouring characters | the rows or granules that have all words or pairs of characters; a page of 256 rows is read for each | every row that no filter (`filter.rs`) passes over, its bytes scanned |
//! | word with `*` or `?` | every page, its bytes scanned: words are kept as hashes, which have no order. Characters without spaces have pairs all the same | every row, its bytes scanned |
//! | `AND` | what all of its parts leave | the values lead, the rest is scanned |
//! | `OR` | what any of its parts leaves; every row when one of them is not indexed | every row; values are told by their lists |
//! | `NOT` | every row, but rows that its words cannot have are known without being read | every row |
//!
//! "Every row" means every row between the page's first and last, restricted by what else is asked for. tests/search_cost.rs
//! prints what each kind takes: words and characters that are rare or absent are found in a part of a millisecond; a pattern
//! that few words have is bound by memory and decompression; a field of unique values by a pattern, or a text whose letters
//! are in every row, takes ten times as long as that, because every row is parsed.
//!
//! A [`Budget`] bounds that: rows, bytes, time, and a flag that calls the search off. It is looked at after each piece: a
//! page at first, at most sixteen of them later, and fewer where they are large. A search that ends so says it ([`PageEnd::Stopped`]) and from where to go on;
//! what it gives up to there is whole.
//!
//! Tokens of words' beginnings would make prefixes fast. They were not built: four letters of each word are reckoned at 8 to 10 bytes
//! an event and half as many entries again to sort, for searches that a value or a word beside the pattern makes fast, too.

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
mod whereabouts;

pub use budget::{Budget, Cancel, Stopped};
pub(crate) use compile::{Atom, Known, KnownRows};
pub use compile::{Search, SearchError};
pub use expr::{Expr, Fragment};
pub(crate) use filter::{FilterView, TextHashes, WordFilters};
pub use language::parse_search;
pub use lexer::ParseError;
pub(crate) use literal::PageBytes;
pub(crate) use memory::MemorySource;
pub(crate) use merged::{Place, Ready, search};
pub use names::FieldNames;
pub use page::{PageEnd, SearchPage};
pub use pattern::{Pattern, PatternPart};
pub(crate) use phrase::Needed;
pub use print::print_search;
pub(crate) use row::RowJudge;
pub use row::RowTest;
pub(crate) use source::{Source, Step, is_before};
pub(crate) use whereabouts::Whereabouts;
