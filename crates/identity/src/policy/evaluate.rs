//! What policies say to a request: a deny beats an allow, silence is an implicit deny.

use super::condition::Context;
use super::document::{Actions, Policy, Principal, Statement};
use super::pattern::matches;

/// What a set of policies says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A statement allows, none denies.
    Allow,
    /// A statement denies.
    ExplicitDeny,
    /// No statement applies.
    ImplicitDeny,
}

/// Asks identity policies.
pub fn evaluate<'a>(
    policies: impl IntoIterator<Item = &'a Policy>,
    action: &str,
    resource: &str,
    context: &Context,
) -> Verdict {
    let statements = policies.into_iter().flat_map(|policy| &policy.statements);
    judge(statements.filter(|statement| {
        statement.covers_action(action)
            && statement.resources.iter().any(|pattern| matches(pattern, resource, false))
            && statement.conditions.iter().all(|condition| condition.holds(context))
    }))
}

/// Asks a trust policy whether one of these ARNs (the caller's own, his account's) may assume the role.
pub fn trusts(policy: &Policy, action: &str, arns: &[String], context: &Context) -> Verdict {
    judge(policy.statements.iter().filter(|statement| {
        statement.covers_action(action)
            && statement.principals.iter().any(|principal| principal.is_one_of(arns))
            && statement.conditions.iter().all(|condition| condition.holds(context))
    }))
}

/// Asks a trust policy whether a service may take on the role.
pub fn trusts_service(policy: &Policy, action: &str, service: &str, context: &Context) -> Verdict {
    judge(policy.statements.iter().filter(|statement| {
        let is_named = |principal: &Principal| matches!(principal, Principal::Service(name) if name == service);
        statement.covers_action(action)
            && statement.principals.iter().any(is_named)
            && statement.conditions.iter().all(|condition| condition.holds(context))
    }))
}

/// Two levels that must both allow.
pub fn combine(first: Verdict, second: Verdict) -> Verdict {
    match (first, second) {
        (Verdict::ExplicitDeny, _) | (_, Verdict::ExplicitDeny) => Verdict::ExplicitDeny,
        (Verdict::Allow, Verdict::Allow) => Verdict::Allow,
        _ => Verdict::ImplicitDeny,
    }
}

fn judge<'a>(applying: impl Iterator<Item = &'a Statement>) -> Verdict {
    let mut verdict = Verdict::ImplicitDeny;
    for statement in applying {
        if !statement.allow {
            return Verdict::ExplicitDeny;
        }
        verdict = Verdict::Allow;
    }
    verdict
}

impl Statement {
    fn covers_action(&self, action: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, action, true));
        match &self.actions {
            Actions::These(patterns) => any(patterns),
            Actions::AllBut(patterns) => !any(patterns),
        }
    }
}

impl Principal {
    fn is_one_of(&self, arns: &[String]) -> bool {
        match self {
            Principal::Ram(arn) => (arn == "*" && !arns.is_empty()) || arns.contains(arn),
            Principal::Service(_) | Principal::Federated(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::policy::{PolicyKind, parse};

    fn policy(statements: serde_json::Value) -> Policy {
        parse(&json!({"Version": "1", "Statement": statements}).to_string(), PolicyKind::Identity)
            .expect("a good policy")
    }

    fn ask(policy: &Policy, action: &str, resource: &str, context: &Context) -> Verdict {
        evaluate([policy], action, resource, context)
    }

    #[test]
    fn actions_resources_and_their_opposites() {
        let policy = policy(json!([
            {"Effect": "Allow", "Action": ["ccc:List*", "ccc:Get?nstance"], "Resource": "acs:ccc:*:*:instance/a*"},
            {"Effect": "Allow", "NotAction": "ccc:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "ccc:ListUsers", "Resource": "*"}
        ]));
        let none = Context::default();
        for (action, resource, expected) in [
            ("ccc:listconfig", "acs:ccc:cn-shanghai:1:instance/abc", Verdict::Allow),
            ("ccc:GetInstance", "acs:ccc:cn-shanghai:1:instance/abc", Verdict::Allow),
            ("ccc:ListConfig", "acs:ccc:cn-shanghai:1:instance/xyz", Verdict::ImplicitDeny),
            ("ccc:CreateSkillGroup", "acs:ccc:cn-shanghai:1:instance/abc", Verdict::ImplicitDeny),
            ("ccc:ListUsers", "acs:ccc:cn-shanghai:1:instance/abc", Verdict::ExplicitDeny),
            ("ram:ListUsers", "anything", Verdict::Allow),
        ] {
            assert_eq!(ask(&policy, action, resource, &none), expected, "{action} {resource}");
        }
    }

    #[test]
    fn conditions_of_every_type() {
        let request = Context::default()
            .with("acs:SourceIp", "203.0.113.7")
            .with("acs:SecureTransport", "false")
            .with("acs:CurrentTime", "2026-03-04T05:06:07Z")
            .with("acs:PrincipalARN", "acs:ram::1:user/Dana")
            .with("test:Count", "7");
        for (condition, holds) in [
            (json!({"IpAddress": {"acs:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}}), true),
            (json!({"IpAddress": {"acs:SourceIp": "203.0.113.8"}}), false),
            (json!({"NotIpAddress": {"acs:SourceIp": "203.0.113.0/24"}}), false),
            (json!({"NotIpAddress": {"acs:VpcSourceIp": "203.0.113.0/24"}}), true),
            (json!({"Bool": {"acs:SecureTransport": "false"}}), true),
            (json!({"Bool": {"acs:MFAPresent": "false"}}), false),
            (json!({"DateLessThan": {"acs:CurrentTime": "2026-03-04T13:06:08+08:00"}}), true),
            (json!({"DateGreaterThanEquals": {"acs:currenttime": "2026-03-04T05:06:08Z"}}), false),
            (json!({"StringEquals": {"acs:PrincipalARN": "acs:ram::1:user/dana"}}), false),
            (json!({"StringEqualsIgnoreCase": {"acs:PrincipalARN": "acs:ram::1:user/dana"}}), true),
            (json!({"StringLike": {"acs:PrincipalARN": "acs:ram::1:user/?an*"}}), true),
            (json!({"StringNotLike": {"acs:PrincipalARN": ["x", "acs:ram::1:user/*"]}}), false),
            (json!({"StringNotEquals": {"acs:RequestTag/team": "a"}}), true),
            (json!({"NumericLessThanEquals": {"test:Count": "7"}, "NumericGreaterThan": {"test:Count": "6.5"}}), true),
            (json!({"NumericEquals": {"test:Count": ["1", "7.0"]}, "NumericNotEquals": {"test:Count": "7"}}), false),
        ] {
            let policy = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]));
            let expected = if holds { Verdict::Allow } else { Verdict::ImplicitDeny };
            assert_eq!(ask(&policy, "ccc:ListConfig", "*", &request), expected, "{condition}");
        }
    }

    #[test]
    fn documents_that_are_wrong_say_where() {
        for (statement, place) in [
            (json!({"Effect": "allow", "Action": "*", "Resource": "*"}), "Statement[0].Effect"),
            (json!({"Effect": "Allow", "Resource": "*"}), "Statement[0]: exactly one"),
            (json!({"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}), "Statement[0]: exactly one"),
            (json!({"Effect": "Allow", "Action": "ListConfig", "Resource": "*"}), "Statement[0].Action"),
            (json!({"Effect": "Allow", "Action": [], "Resource": "*"}), "Statement[0].Action"),
            (json!({"Effect": "Allow", "Action": "*"}), "Statement[0].Resource"),
            (
                json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": {"RAM": "*"}}),
                "Statement[0].Principal",
            ),
            (json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Extra": 1}), "\"Extra\" is not known"),
            (
                json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEqualsIfExists": {"a": "b"}}}),
                "operator is not known",
            ),
            (
                json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"a": "b"}}}),
                "operator is not known",
            ),
            (
                json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"a": "b"}}}),
                "an address or a CIDR block",
            ),
        ] {
            let error = parse(&json!({"Version": "1", "Statement": [statement]}).to_string(), PolicyKind::Identity)
                .expect_err("wrong")
                .to_string();
            assert!(error.contains(place), "{error} should name {place}");
        }
        assert!(parse(r#"{"Version":"2","Statement":[]}"#, PolicyKind::Identity).is_err());
        assert!(parse(&" ".repeat(9_000), PolicyKind::Identity).is_err());
        assert!(
            parse(r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#, PolicyKind::Trust)
                .is_err()
        );
    }

    fn statement() -> impl Strategy<Value = serde_json::Value> {
        (any::<bool>(), "(a|b|\\*):(X|Y|\\*)", "(r|s|\\*)").prop_map(|(allow, action, resource)| {
            json!({"Effect": if allow { "Allow" } else { "Deny" }, "Action": action, "Resource": resource})
        })
    }

    proptest! {
        #[test]
        fn order_and_doubles_do_not_matter_and_deny_wins(
            statements in prop::collection::vec(statement(), 1..8), shuffled in any::<prop::sample::Index>(), again in any::<prop::sample::Index>()
        ) {
            let none = Context::default();
            let verdict = ask(&policy(json!(statements)), "a:X", "r", &none);
            let mut other = statements.clone();
            other.rotate_left(shuffled.index(statements.len()));
            other.push(statements[again.index(statements.len())].clone());
            prop_assert_eq!(ask(&policy(json!(other)), "a:X", "r", &none), verdict);
            other.insert(0, json!({"Effect": "Deny", "Action": "a:X", "Resource": "r"}));
            prop_assert_eq!(ask(&policy(json!(other)), "a:X", "r", &none), Verdict::ExplicitDeny);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = parse(&text, PolicyKind::Identity);
            let _ = parse(&text, PolicyKind::Trust);
        }
    }
}
