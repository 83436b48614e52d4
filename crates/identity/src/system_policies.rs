//! The system policies. Public documents: RAM, "System policies"; ActionTrail, "Authorization information".

use std::sync::{Arc, LazyLock};

use crate::policy::{Policy, PolicyKind, parse};

/// A policy that every account has.
pub(crate) struct SystemPolicy {
    pub name: &'static str,
    pub description: &'static str,
    pub document: &'static str,
}

pub(crate) const SYSTEM_POLICIES: [SystemPolicy; 9] = [
    SystemPolicy {
        name: "AdministratorAccess",
        description: "All operations on all resources.",
        document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    SystemPolicy {
        name: "AliyunCCCFullAccess",
        description: "All operations of the call centre.",
        document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ccc:*","Resource":"*"}]}"#,
    },
    SystemPolicy {
        name: "AliyunCCCReadOnlyAccess",
        description: "Reading operations of the call centre.",
        document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["ccc:Get*","ccc:List*","ccc:Find*","ccc:Pick*","ccc:Check*","ccc:Describe*","ccc:Query*","ccc:Download*"],"Resource":"*"}]}"#,
    },
    SystemPolicy {
        name: "AliyunActionTrailFullAccess",
        description: "All operations of the operation audit.",
        document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["actiontrail:*","ram:CreateServiceLinkedRole"],"Resource":"*"},{"Effect":"Allow","Action":"ram:PassRole","Resource":"*","Condition":{"StringEquals":{"acs:Service":"actiontrail.aliyuncs.com"}}}]}"#,
    },
    SystemPolicy {
        name: "AliyunActionTrailReadOnlyAccess",
        description: "Reading operations of the operation audit.",
        document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["actiontrail:Get*","actiontrail:List*","actiontrail:Describe*","actiontrail:Lookup*"],"Resource":"*"}]}"#,
    },
    SystemPolicy {
        name: "AliyunActionTrailDeliveryPolicy",
        description: "What a trail needs to write into buckets and logstores.",
        document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["oss:PutObject","oss:GetBucketInfo","oss:GetBucketLifecycle","oss:GetBucketLocation"],"Resource":"*"},{"Effect":"Allow","Action":["kms:ListKeys","kms:Listalias","kms:ListAliasesByKeyId","kms:DescribeKey","kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"},{"Effect":"Allow","Action":["log:GetProject","log:PostLogStoreLogs","log:CreateLogstore","log:GetLogstore","log:CreateIndex","log:UpdateIndex","log:GetIndex","log:GetLogStoreLogs"],"Resource":"*"}]}"#,
    },
    SystemPolicy {
        name: "AliyunRAMFullAccess",
        description: "All operations of RAM.",
        document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":"*"}]}"#,
    },
    SystemPolicy {
        name: "AliyunRAMReadOnlyAccess",
        description: "Reading operations of RAM.",
        document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["ram:Get*","ram:List*"],"Resource":"*"}]}"#,
    },
    SystemPolicy {
        name: "AliyunSTSAssumeRoleAccess",
        description: "Assuming roles.",
        document: r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#,
    },
];

static PARSED: LazyLock<Vec<(&'static str, Arc<Policy>)>> = LazyLock::new(|| {
    let parsed = SYSTEM_POLICIES.iter().map(|policy| match parse(policy.document, PolicyKind::Identity) {
        Ok(parsed) => (policy.name, Arc::new(parsed)),
        Err(error) => unreachable!("the system policy {} is a constant that a test parses: {error}", policy.name),
    });
    parsed.collect()
});

pub(crate) fn find(name: &str) -> Option<&'static SystemPolicy> {
    SYSTEM_POLICIES.iter().find(|policy| policy.name == name)
}

pub(crate) fn parsed(name: &str) -> Option<Arc<Policy>> {
    PARSED.iter().find(|(known, _)| *known == name).map(|(_, policy)| policy.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_documents_parse() {
        assert!(SYSTEM_POLICIES.iter().all(|policy| parsed(policy.name).is_some()));
        assert!(find("AliyunNothing").is_none());
    }
}
