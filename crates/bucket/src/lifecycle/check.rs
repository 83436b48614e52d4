//! Which rules of a lifecycle can be kept.

use std::collections::BTreeSet;

use super::{Expiration, Filter, MS_OF_A_DAY, Not, Rule, created_before_ms};
use crate::fault::{Fault, codes};
use crate::limits::MAX_LIFECYCLE_RULES;
use crate::operations::attributes::{coldness, is_tag_text};

/// The rules with an ID each, or what is wrong with them.
pub(crate) fn checked(mut rules: Vec<Rule>, may_overlap: bool) -> Result<Vec<Rule>, Fault> {
    if rules.is_empty() || rules.len() > MAX_LIFECYCLE_RULES {
        return Err(codes::MALFORMED_XML.says("A lifecycle has 1 to 1000 rules."));
    }
    for (number, rule) in rules.iter_mut().enumerate() {
        if rule.id.is_empty() {
            rule.id = format!("rule-{}", number + 1);
        }
        if has_days_and_dates(rule) {
            return Err(
                codes::INVALID_REQUEST.says(format!("Lifecycle rule {}: give days or dates, not both.", rule.id))
            );
        }
        check(rule).map_err(|problem| {
            codes::INVALID_ARGUMENT
                .says(format!("Lifecycle rule {}: {problem}", rule.id))
                .detail("ArgumentName", "Rule")
        })?;
    }
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    if ids.len() != rules.len() {
        return Err(codes::INVALID_ARGUMENT.says("Two lifecycle rules have the same ID."));
    }
    if !may_overlap {
        for (action, of) in ACTIONS {
            refuse_overlap(&rules, action, *of)?;
        }
    }
    Ok(rules)
}

type Action = (&'static str, fn(&Rule) -> bool);

/// What only one rule may do to an object, unless the client says that it means it.
const ACTIONS: &[Action] = &[
    ("Expiration", |rule| rule.expiration.is_some()),
    ("AbortMultipartUpload", |rule| rule.abort_multipart_upload.is_some()),
];

fn refuse_overlap(rules: &[Rule], action: &str, is_of: fn(&Rule) -> bool) -> Result<(), Fault> {
    let is_for_all = |rule: &&Rule| is_of(rule) && rule.tags.is_empty() && rule.filter.is_none();
    let mut prefixes: Vec<&str> = rules.iter().filter(is_for_all).map(|rule| rule.prefix.as_str()).collect();
    prefixes.sort_unstable();
    // In this order a prefix stands directly before what begins with it.
    if prefixes.windows(2).any(|pair| pair[1].starts_with(pair[0])) {
        return Err(codes::INVALID_ARGUMENT.says(format!("Overlap for same action type {action}")));
    }
    Ok(())
}

fn has_days_and_dates(rule: &Rule) -> bool {
    let of_end = rule.expiration.iter().map(|end| end.days.is_some());
    let kinds: BTreeSet<bool> = rule.transitions.iter().map(|one| one.days.is_some()).chain(of_end).collect();
    kinds.len() > 1
}

fn check(rule: &Rule) -> Result<(), &'static str> {
    if rule.id.len() > 255 {
        return Err("an ID has at most 255 bytes");
    }
    if !matches!(rule.status.as_str(), "Enabled" | "Disabled") {
        return Err("Status must be Enabled or Disabled");
    }
    if rule.expiration.is_none() && rule.abort_multipart_upload.is_none() && rule.transitions.is_empty() {
        return Err("it says nothing: give Expiration, Transition or AbortMultipartUpload");
    }
    let ends = rule.expiration.iter().chain(&rule.abort_multipart_upload);
    let aborts_by_date = rule.abort_multipart_upload.as_ref().is_some_and(|end| end.date.is_some());
    if !ends.into_iter().all(is_when) || aborts_by_date {
        return Err("give either Days (from 1) or CreatedBeforeDate or Date (a midnight in UTC)");
    }
    if !rule.tags.iter().all(|tag| is_tag_text(&tag.key) && is_tag_text(&tag.value)) {
        return Err("a Tag is of letters, digits, spaces and + - = . _ : /");
    }
    rule.filter.as_ref().map_or(Ok(()), |filter| check_filter(filter, &rule.prefix))?;
    check_transitions(rule)
}

fn is_when(end: &Expiration) -> bool {
    match (end.days, end.created_before_date.as_deref(), end.date.as_deref()) {
        (Some(days), None, None) => (1..=i64::from(u16::MAX)).contains(&days),
        (None, Some(date), None) | (None, None, Some(date)) => {
            created_before_ms(date).is_some_and(|date_ms| date_ms.rem_euclid(MS_OF_A_DAY) == 0)
        }
        _ => false,
    }
}

fn check_filter(filter: &Filter, prefix: &str) -> Result<(), &'static str> {
    let is_part = |not: &Not| match &not.tag {
        Some(_) => not.prefix.is_empty() || not.prefix.starts_with(prefix),
        None => not.prefix.starts_with(prefix) && not.prefix != prefix,
    };
    if !filter.nots.iter().all(is_part) {
        return Err("what Not leaves out begins with the rule's Prefix and is not all of it");
    }
    match (filter.object_size_greater_than, filter.object_size_less_than) {
        (Some(from), Some(to)) if from >= to => Err("ObjectSizeLessThan must be larger than ObjectSizeGreaterThan"),
        _ => Ok(()),
    }
}

/// Objects go to colder classes, later to colder ones, and expire after that.
fn check_transitions(rule: &Rule) -> Result<(), &'static str> {
    let mut steps = Vec::with_capacity(rule.transitions.len());
    for transition in &rule.transitions {
        let end = Expiration {
            days: transition.days,
            created_before_date: transition.created_before_date.clone(),
            date: None,
        };
        let class = coldness(&transition.storage_class).filter(|class| *class > 0);
        match class.filter(|_| is_when(&end)) {
            Some(class) => steps.push((class, transition.days)),
            None => {
                return Err(
                    "a Transition has Days (from 1) or CreatedBeforeDate, and a StorageClass colder than Standard",
                );
            }
        }
    }
    steps.sort_unstable();
    let are_later =
        steps.windows(2).all(|pair| pair[0].0 < pair[1].0 && (pair[0].1.is_none() || pair[0].1 < pair[1].1));
    if !are_later {
        return Err("a colder StorageClass comes after more Days, and each once");
    }
    let end = rule.expiration.as_ref().and_then(|end| end.days);
    match (steps.last().and_then(|(_, days)| *days), end) {
        (Some(days), Some(end)) if end <= days => Err("Expiration must have more Days than every Transition"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::{Tag, Transition};

    fn rule(prefix: &str, expires_after: i64, transitions: &[(i64, &str)]) -> Rule {
        let transition = |(days, class): &(i64, &str)| Transition {
            days: Some(*days),
            created_before_date: None,
            storage_class: (*class).to_owned(),
        };
        Rule {
            prefix: prefix.to_owned(),
            status: "Enabled".to_owned(),
            expiration: Some(Expiration { days: Some(expires_after), ..Expiration::default() }),
            transitions: transitions.iter().map(transition).collect(),
            ..Rule::default()
        }
    }

    fn code(rules: &[Rule]) -> Option<&'static str> {
        checked(rules.to_vec(), false).err().map(|fault| fault.code.name)
    }

    #[test]
    fn objects_grow_colder_and_then_expire() {
        assert_eq!(code(&[rule("a", 356, &[(355, "Archive"), (352, "IA")])]), None);
        for wrong in [
            rule("a", 3, &[(4, "IA")]),
            rule("a", 4, &[(4, "IA")]),
            rule("a", 6, &[(5, "IA"), (2, "Archive")]),
            rule("a", 6, &[(2, "IA"), (3, "IA")]),
            rule("a", 6, &[(5, "Standard")]),
            rule("a", 6, &[(5, "Warm")]),
            rule("a", 0, &[]),
        ] {
            assert_eq!(code(std::slice::from_ref(&wrong)), Some("InvalidArgument"), "{wrong:?}");
        }
        let mut mixed = rule("a", 6, &[(5, "IA")]);
        mixed.expiration =
            Some(Expiration { date: Some("2026-03-04T00:00:00.000Z".to_owned()), ..Expiration::default() });
        assert_eq!(code(&[mixed]), Some("InvalidRequest"));
        let mut at_noon = rule("a", 6, &[]);
        at_noon.expiration = Some(Expiration {
            created_before_date: Some("2026-03-04T12:00:00.000Z".to_owned()),
            ..Expiration::default()
        });
        assert_eq!(code(&[at_noon]), Some("InvalidArgument"));
    }

    #[test]
    fn two_rules_do_not_end_the_same_objects() {
        let two = [rule("a/", 1, &[]), rule("a/b", 2, &[])];
        let fault = checked(two.to_vec(), false).unwrap_err();
        assert_eq!(fault.message, "Overlap for same action type Expiration");
        assert!(checked(two.to_vec(), true).is_ok());
        assert_eq!(code(&[rule("a/", 1, &[]), rule("b", 2, &[]), rule("a-", 1, &[])]), None);
        let mut tagged = two.clone();
        tagged[1].tags = vec![Tag { key: "k".to_owned(), value: "v".to_owned() }];
        assert_eq!(code(&tagged), None);
    }

    #[test]
    fn tags_and_filters_are_looked_at() {
        let mut wrong = rule("a/", 1, &[]);
        wrong.tags = vec![Tag { key: "%&".to_owned(), value: "v".to_owned() }];
        assert_eq!(code(&[wrong]), Some("InvalidArgument"));
        let filtered = |filter: Filter| Rule { filter: Some(filter), ..rule("a/", 1, &[]) };
        let not =
            |prefix: &str| Filter { nots: vec![Not { prefix: prefix.to_owned(), tag: None }], ..Filter::default() };
        assert_eq!(code(&[filtered(not("a/b"))]), None);
        assert_eq!(code(&[filtered(not("a/"))]), Some("InvalidArgument"));
        assert_eq!(code(&[filtered(not("b"))]), Some("InvalidArgument"));
        let sizes = Filter { object_size_greater_than: Some(9), object_size_less_than: Some(9), ..Filter::default() };
        assert_eq!(code(&[filtered(sizes)]), Some("InvalidArgument"));
    }
}
