//! Whether a log matches. The log alone decides, exactly; the store's index only saves logs from being asked.

use crate::data::row::{LogRow, TAG_PREFIX as CONTENT_TAG_PREFIX};
use crate::log::Log;

use super::compile::{Anywhere, Condition, Node, TextTest};
use super::fields::{Field, LineScope, SOURCE, TAG_PREFIX, TOPIC};
use super::leaves::{LeafRef, visit_leaves};
use super::tokens::{all_marks, mark};

/// Whether a log matches.
pub(crate) fn matches(node: &Node, log: &Log) -> bool {
    let Log { time_s, topic, source, tags, contents, .. } = log;
    Seen { time_s: *time_s, topic, source, tags: pairs(tags), contents: pairs(contents) }.matches(node)
}

fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// Whether the log of a row matches. Nothing of it is copied.
pub(crate) fn row_matches(node: &Node, row: &LogRow<'_>) -> bool {
    let (topic, source) = (row.topic.as_deref().unwrap_or_default(), row.source.as_deref().unwrap_or_default());
    let mut tags: Vec<(&str, &str)> = row.tags.0.iter().map(|(key, value)| (&**key, &**value)).collect();
    let mut contents = Vec::with_capacity(row.contents.0.len());
    for (key, value) in &row.contents.0 {
        match key.strip_prefix(CONTENT_TAG_PREFIX) {
            Some(tag) => tags.push((tag, value)),
            None => contents.push((&**key, &**value)),
        }
    }
    Seen { time_s: row.time, topic, source, tags, contents }.matches(node)
}

/// A log while it is asked.
struct Seen<'l> {
    time_s: u32,
    topic: &'l str,
    source: &'l str,
    tags: Vec<(&'l str, &'l str)>,
    contents: Vec<(&'l str, &'l str)>,
}

impl Seen<'_> {
    fn matches(&self, node: &Node) -> bool {
        match node {
            Node::All => true,
            Node::And(parts) => parts.iter().all(|part| self.matches(part)),
            Node::Or(parts) => parts.iter().any(|part| self.matches(part)),
            Node::Not(inner) => !self.matches(inner),
            Node::Anywhere(anywhere) => self.is_anywhere(anywhere),
            Node::Field(field, condition) => self.has(field, condition),
        }
    }

    fn has(&self, field: &Field, condition: &Condition) -> bool {
        self.any_value(field, &mut |value| match condition {
            // Every log has a topic and a source on the wire; an empty one says that the writer gave none.
            Condition::Exists => !matches!(field, Field::Topic | Field::Source) || !value.is_empty(),
            Condition::Empty => value.is_empty(),
            Condition::Text(test) => test.is_in(value),
            Condition::Numbers(numbers) => numbers.has(value),
        })
    }

    fn is_anywhere(&self, anywhere: &Anywhere) -> bool {
        anywhere.line.as_ref().is_some_and(|(scope, test)| self.is_in_line(scope, test))
            || anywhere.fields.iter().any(|(field, test)| self.any_value(field, &mut |value| test.is_in(value)))
    }

    /// Tokens may be spread over the names and values of all fields; a phrase is in one of them.
    fn is_in_line(&self, scope: &LineScope, test: &TextTest) -> bool {
        let mut found = 0;
        self.any_line_text(scope, &mut |text| match test {
            TextTest::Phrase(phrase) => phrase.is_in(text),
            TextTest::Tokens(tokenizer, wanted) => {
                mark(wanted, tokenizer, text, &mut found);
                found == all_marks(wanted)
            }
        })
    }

    /// Asks all texts that the full-text index has, until one is right: the values of all fields, and the names of
    /// those that a writer named.
    fn any_line_text(&self, scope: &LineScope, is_right: &mut dyn FnMut(&str) -> bool) -> bool {
        let Seen { topic, source, tags, contents, .. } = self;
        let mut is_any = scope.has(TOPIC) && is_right(topic) || scope.has(SOURCE) && is_right(source);
        for (key, value) in contents {
            is_any = is_any || scope.has(key) && (is_right(key) || is_right(value));
        }
        for (tag, value) in tags {
            is_any = is_any || scope.has(&format!("{TAG_PREFIX}{tag}")) && (is_right(tag) || is_right(value));
        }
        is_any
    }

    /// Asks the values of a field until one is right.
    fn any_value(&self, field: &Field, is_right: &mut dyn FnMut(&str) -> bool) -> bool {
        match field {
            Field::Time => is_right(&self.time_s.to_string()),
            Field::Topic => is_right(self.topic),
            Field::Source => is_right(self.source),
            Field::Tag(tag) => self.tags.iter().any(|(key, value)| key == tag && is_right(value)),
            Field::Content(content) => self.contents.iter().any(|(key, value)| key == content && is_right(value)),
            Field::Leaf { content, path, max_depth } => self.any_leaf(content, &mut |leaf| {
                leaf.depth <= *max_depth && leaf.path.eq_ignore_ascii_case(path) && is_right(leaf.text)
            }),
            Field::AnyLeaf { content, scope } => {
                self.any_leaf(content, &mut |leaf| scope.has(leaf) && is_right(leaf.text))
            }
        }
    }

    fn any_leaf(&self, content: &str, is_right: &mut dyn FnMut(LeafRef<'_>) -> bool) -> bool {
        let values = self.contents.iter().filter(|(key, _)| *key == content);
        let mut is_any = false;
        for (_, value) in values {
            visit_leaves(value, &mut |leaf| is_any = is_any || is_right(leaf));
        }
        is_any
    }
}

impl TextTest {
    fn is_in(&self, value: &str) -> bool {
        match self {
            TextTest::Phrase(phrase) => phrase.is_in(value),
            TextTest::Tokens(tokenizer, wanted) => {
                let mut found = 0;
                mark(wanted, tokenizer, value, &mut found);
                found == all_marks(wanted)
            }
        }
    }
}
