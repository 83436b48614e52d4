//! Names: letter case makes no difference, quoted or not; the columns of an answer are called as the statement writes
//! them.

use std::collections::{HashMap, HashSet};

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Select, SelectItem, SetExpr};

use super::words::Words;

/// Stands for a dot in DataFusion's names: there a dot may part a table from its column.
const DOT: char = '\u{2024}';

/// The one form of a name in which DataFusion sees it.
pub(crate) fn fold(name: &str) -> String {
    name.chars().map(|letter| if letter == '.' { DOT } else { letter.to_ascii_lowercase() }).collect()
}

/// A text of DataFusion's for people.
pub(crate) fn unfold(text: &str) -> String {
    text.replace(DOT, ".")
}

/// What the columns of an answer are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Titles(Vec<Title>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Title {
    Name(String),
    /// As many columns as there are.
    Wildcard,
}

impl Titles {
    /// The titles of a query, before anything in it is changed.
    pub(super) fn of(query: &Query, words: &Words) -> Titles {
        let Some(select) = first_select(&query.body) else {
            return Titles(vec![Title::Wildcard]);
        };
        let title = |(index, item): (usize, &SelectItem)| match item {
            SelectItem::ExprWithAlias { alias, .. } => Title::Name(words.written(alias)),
            SelectItem::UnnamedExpr(expression) => {
                Title::Name(own_name(expression).map_or_else(|| unnamed(index), |name| words.written(name)))
            }
            _ => Title::Wildcard,
        };
        Titles(select.projection.iter().enumerate().map(title).collect())
    }

    /// The names of so many columns, which DataFusion calls so; a table's own columns are spelled as the index does.
    pub(crate) fn names(&self, columns: &[String], spelled: &HashMap<String, String>) -> Vec<String> {
        let fixed = self.0.iter().filter(|title| **title != Title::Wildcard).count();
        let wildcards = self.0.len() - fixed;
        let of_table = |name: &String| spelled.get(name).cloned().unwrap_or_else(|| unfold(name));
        let mut names = Vec::new();
        for title in &self.0 {
            match title {
                Title::Name(name) => names.push(name.clone()),
                Title::Wildcard if wildcards == 1 => {
                    let count = columns.len().saturating_sub(fixed);
                    let start = names.len();
                    names.extend(columns.iter().skip(start).take(count).map(of_table));
                }
                Title::Wildcard => {
                    names = columns.iter().map(of_table).collect();
                    break;
                }
            }
        }
        // Should the counts ever differ, names that are true are better than none.
        if names.len() != columns.len() {
            names = columns.iter().map(of_table).collect();
        }
        distinct(names)
    }
}

/// A cell of an answer is found by its column's name, so later ones of the same name are numbered.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut one = |name: String| {
        let mut number = 1;
        let mut free = name.clone();
        while !taken.insert(free.clone()) {
            number += 1;
            free = format!("{name}_{number}");
        }
        free
    };
    names.into_iter().map(&mut one).collect()
}

/// What Presto calls an expression without a name.
fn unnamed(index: usize) -> String {
    format!("_col{index}")
}

fn own_name(expression: &Expr) -> Option<&Ident> {
    match expression {
        Expr::Identifier(name) => Some(name),
        Expr::CompoundIdentifier(parts) => parts.last(),
        _ => None,
    }
}

fn first_select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => first_select(&query.body),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}

/// Gives every expression without a name Presto's, and names that come twice a number: DataFusion wants each once.
pub(super) fn name_all(select: &mut Select) {
    let mut taken: HashSet<String> = HashSet::new();
    for (index, item) in select.projection.iter_mut().enumerate() {
        let (expression, name) = match &*item {
            SelectItem::UnnamedExpr(expression) => match own_name(expression) {
                Some(name) => (expression, fold(&name.value)),
                None => (expression, unnamed(index)),
            },
            SelectItem::ExprWithAlias { expr, alias } => (expr, fold(&alias.value)),
            _ => continue,
        };
        let mut free = name.clone();
        let mut number = 1;
        while !taken.insert(free.clone()) {
            number += 1;
            free = format!("{name}_{number}");
        }
        if free != name || own_name(expression).is_none() {
            let alias = match &*item {
                SelectItem::ExprWithAlias { alias, .. } if free == name => alias.clone(),
                _ => Ident::with_quote('"', free),
            };
            let expr = expression.clone();
            *item = SelectItem::ExprWithAlias { expr, alias };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_once_and_as_they_are_written() {
        assert_eq!(distinct(vec!["a".into(), "a".into(), "a_2".into()]), ["a", "a_2", "a_2_2"]);
        assert_eq!(unfold(&fold("Event.EventRW")), "event.eventrw");
        let titles = Titles(vec![Title::Name("X".into()), Title::Wildcard, Title::Name("Y".into())]);
        let columns = ["x".to_owned(), fold("e.a"), "b".to_owned(), "y".to_owned()];
        let spelled = HashMap::from([(fold("e.a"), "e.A".to_owned())]);
        assert_eq!(titles.names(&columns, &spelled), ["X", "e.A", "b", "Y"]);
    }
}
