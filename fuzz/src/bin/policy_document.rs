//! Any text as a policy, asked about any action and resource. Input: document, action and resource, each after an empty
//! line; what is missing is empty.

#![no_main]

use std::sync::LazyLock;

use identity::policy::{Context, Policy, PolicyKind, Verdict, combine, evaluate, parse, trusts};
use libfuzzer_sys::fuzz_target;

const ALLOW_ALL: &str = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const DENY_ALL: &str = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;

static EVERYTHING: LazyLock<[Policy; 2]> =
    LazyLock::new(|| [ALLOW_ALL, DENY_ALL].map(|text| parse(text, PolicyKind::Identity).expect("a good policy")));

fuzz_target!(|text: &str| {
    let mut parts = text.split("\n\n");
    let mut part = || parts.next().unwrap_or_default();
    let (document, action, resource) = (part(), part(), part());
    let context = Context::default()
        .with("acs:SourceIp", "203.0.113.7")
        .with("acs:CurrentTime", "2026-03-04T05:06:07Z")
        .with("acs:SecureTransport", "true")
        .with("acs:MFAPresent", "false");
    match parse(document, PolicyKind::Identity) {
        Ok(policy) => ask(&policy, action, resource, &context),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(policy) = parse(document, PolicyKind::Trust) {
        let nobody = trusts(&policy, action, &[], &context);
        assert_ne!(nobody, Verdict::Allow, "trust without a principal");
        let _ = trusts(&policy, action, &[resource.to_owned()], &context);
    }
});

fn ask(policy: &Policy, action: &str, resource: &str, context: &Context) {
    let [allow_all, deny_all] = &*EVERYTHING;
    let alone = evaluate([policy], action, resource, context);
    assert_eq!(evaluate([policy, policy], action, resource, context), alone, "a policy twice says the same");
    assert_eq!(evaluate([policy, deny_all], action, resource, context), Verdict::ExplicitDeny, "a deny wins");
    let with_all = evaluate([allow_all, policy], action, resource, context);
    let expected = if alone == Verdict::ExplicitDeny { Verdict::ExplicitDeny } else { Verdict::Allow };
    assert_eq!(with_all, expected, "only a deny takes away");
    assert_eq!(combine(alone, Verdict::Allow), alone);
    assert_ne!(combine(alone, Verdict::ImplicitDeny), Verdict::Allow);
}
