//! The scenes and their searches: the subjects of the documented set, in words and statements of this server's own.

/// A subject.
pub(super) struct Scene {
    pub(super) id: &'static str,
    pub(super) token: &'static str,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) templates: &'static [Template],
}

/// A search with SQL.
pub(super) struct Template {
    pub(super) id: &'static str,
    pub(super) token: &'static str,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// All of them hold.
    pub(super) conditions: &'static [Condition],
    pub(super) sql: &'static str,
}

/// A key of the index with the value that is looked for; `None`: any value.
type Condition = (&'static str, Option<&'static str>);

const READ: Condition = ("event.eventRW", Some("Read"));
const WRITE: Condition = ("event.eventRW", Some("Write"));
const CALL_CENTRE: Condition = ("event.serviceName", Some("CloudCallCenter"));

/// Single operations on what the columns tell, those that a condition picks, the newest first.
macro_rules! newest_first {
    ($columns:literal, $condition:literal) => {
        concat!(
            "SELECT from_unixtime(__time__) AS time, \"event.eventName\" AS operation, ",
            $columns,
            ", \"event.userIdentity.userName\" AS who WHERE ",
            $condition,
            " ORDER BY time DESC"
        )
    };
}

pub(super) static SCENES: &[Scene] = &[
    Scene {
        id: "sc-identity",
        token: "identity",
        name: "Accounts and keys",
        description: "Who may act, and with which keys",
        templates: &[
            Template {
                id: "tpl-identity-root",
                token: "identity.rootCalls",
                name: "Calls of the root account",
                description: "What was done with the account's own keys, which should rest",
                conditions: &[("event.userIdentity.type", Some("root-account"))],
                sql: "SELECT \"event.eventName\" AS operation, \"event.sourceIpAddress\" AS address, \
                      count(*) AS calls GROUP BY operation, address ORDER BY calls DESC",
            },
            Template {
                id: "tpl-identity-keys",
                token: "identity.newKeys",
                name: "New access keys",
                description: "Who made access keys for whom",
                conditions: &[("event.eventName", Some("CreateAccessKey"))],
                sql: "SELECT from_unixtime(__time__) AS time, \"event.userIdentity.userName\" AS maker, \
                      \"event.resourceName\" AS owner ORDER BY time DESC",
            },
            Template {
                id: "tpl-identity-uses",
                token: "identity.usesOfKeys",
                name: "Uses of access keys",
                description: "Which keys call what, and from where they did last",
                conditions: &[("event.userIdentity.accessKeyId", None)],
                sql: "SELECT \"event.userIdentity.accessKeyId\" AS key_id, \"event.serviceName\" AS \
                      service, count(*) AS calls, max_by(\"event.sourceIpAddress\", __time__) AS last_from \
                      GROUP BY key_id, service ORDER BY calls DESC",
            },
        ],
    },
    Scene {
        id: "sc-permission",
        token: "permission",
        name: "Rights",
        description: "What users, groups and roles were allowed",
        templates: &[
            Template {
                id: "tpl-permission-policies",
                token: "permission.changedRights",
                name: "Changed rights",
                description: "Policies that were attached, detached or written",
                conditions: &[("event.serviceName", Some("Ram")), WRITE],
                sql: "SELECT \"event.eventName\" AS operation, \"event.userIdentity.userName\" AS who, \
                      count(*) AS calls WHERE \"event.eventName\" LIKE '%Policy%' GROUP BY operation, who \
                      ORDER BY calls DESC",
            },
            Template {
                id: "tpl-permission-roles",
                token: "permission.rolesTaken",
                name: "Roles that were taken on",
                description: "Who acted as which role",
                conditions: &[("event.eventName", Some("AssumeRole"))],
                sql: "SELECT \"event.userIdentity.userName\" AS who, \"event.resourceName\" AS role, \
                      count(*) AS times GROUP BY who, role ORDER BY times DESC",
            },
        ],
    },
    Scene {
        id: "sc-lifecycle",
        token: "lifecycle",
        name: "Resource life cycle",
        description: "Who made and who removed things",
        templates: &[
            Template {
                id: "tpl-lifecycle-made",
                token: "lifecycle.made",
                name: "Made",
                description: "What was made, by whom",
                conditions: &[WRITE],
                sql: newest_first!(
                    "\"event.resourceType\" AS type, \"event.resourceName\" AS name",
                    "\"event.eventName\" LIKE 'Create%'"
                ),
            },
            Template {
                id: "tpl-lifecycle-removed",
                token: "lifecycle.removed",
                name: "Removed",
                description: "What was removed, by whom",
                conditions: &[WRITE],
                sql: newest_first!(
                    "\"event.resourceType\" AS type, \"event.resourceName\" AS name",
                    "\"event.eventName\" LIKE 'Delete%' OR \"event.eventName\" LIKE 'Remove%'"
                ),
            },
        ],
    },
    Scene {
        id: "sc-network",
        token: "network",
        name: "Network and security",
        description: "From where calls came, and whether they were safe",
        templates: &[
            Template {
                id: "tpl-network-addresses",
                token: "network.newAddresses",
                name: "Addresses of callers",
                description: "From where who called, first and last time",
                conditions: &[("event.sourceIpAddress", None)],
                sql: "SELECT \"event.sourceIpAddress\" AS address, \"event.userIdentity.userName\" AS who, \
                      count(*) AS calls, from_unixtime(min(__time__)) AS first, \
                      from_unixtime(max(__time__)) AS last GROUP BY address, who ORDER BY calls DESC",
            },
            Template {
                id: "tpl-network-exposed",
                token: "network.openedBuckets",
                name: "Opened buckets",
                description: "Whose objects were opened to others, by access lists and policies",
                conditions: &[("event.serviceName", Some("Oss")), WRITE],
                sql: newest_first!(
                    "\"event.resourceName\" AS bucket",
                    "\"event.eventName\" IN ('PutBucketAcl', 'PutBucketPolicy', 'PutObjectAcl')"
                ),
            },
            Template {
                id: "tpl-network-mfa",
                token: "network.withoutSecondFactor",
                name: "Writing sessions without a second factor",
                description: "Who changed something in a session that was opened without one",
                conditions: &[WRITE, ("event.userIdentity.sessionContext.attributes.mfaAuthenticated", Some("false"))],
                sql: "SELECT \"event.userIdentity.userName\" AS who, \"event.eventName\" AS operation, \
                      count(*) AS calls GROUP BY who, operation ORDER BY calls DESC",
            },
        ],
    },
    Scene {
        id: "sc-trail",
        token: "trail",
        name: "The audit itself",
        description: "Trails that were stopped, changed or deleted, and retention that was shortened",
        templates: &[
            Template {
                id: "tpl-trail-changes",
                token: "trail.changes",
                name: "Stopped and changed trails",
                description: "Who stopped, changed or deleted a trail",
                conditions: &[("event.serviceName", Some("Actiontrail")), WRITE],
                sql: newest_first!(
                    "\"event.resourceName\" AS trail",
                    "\"event.eventName\" IN ('StopLogging', 'UpdateTrail', 'DeleteTrail', 'DeleteDataEventSelector')"
                ),
            },
            Template {
                id: "tpl-trail-destinations",
                token: "trail.destinations",
                name: "Changed destinations",
                description: "Who changed or removed logstores and buckets, where trails deliver to",
                conditions: &[WRITE],
                sql: newest_first!(
                    "\"event.resourceName\" AS name",
                    "\"event.eventName\" IN ('UpdateLogStore', 'DeleteLogStore', 'DeleteProject', 'DeleteBucket', 'PutBucketLifecycle')"
                ),
            },
        ],
    },
    Scene {
        id: "sc-refusals",
        token: "refusals",
        name: "Refused and failed calls",
        description: "Who tried what he may not, and what does not work",
        templates: &[
            Template {
                id: "tpl-refusals-codes",
                token: "refusals.byCode",
                name: "Errors by code and user",
                description: "The codes that callers got, the commonest first",
                conditions: &[("event.errorCode", None)],
                sql: "SELECT \"event.errorCode\" AS code, \"event.userIdentity.userName\" AS who, count(*) \
                      AS calls, arbitrary(\"event.errorMessage\") AS example GROUP BY code, who ORDER BY \
                      calls DESC",
            },
            Template {
                id: "tpl-refusals-denied",
                token: "refusals.denied",
                name: "Denied calls",
                description: "Who was told that he may not, and where",
                conditions: &[("event.errorCode", Some("NoPermission"))],
                sql: "SELECT \"event.userIdentity.userName\" AS who, \"event.serviceName\" AS service, \
                      \"event.eventName\" AS operation, count(*) AS calls GROUP BY who, service, operation \
                      ORDER BY calls DESC",
            },
        ],
    },
    Scene {
        id: "sc-callcentre",
        token: "callcentre",
        name: "Call centre: configuration",
        description: "Who set the call centre up, and how",
        templates: &[
            Template {
                id: "tpl-callcentre-operations",
                token: "callcentre.byOperation",
                name: "Operations of the call centre by user",
                description: "Who did what in the call centre",
                conditions: &[CALL_CENTRE],
                sql: "SELECT \"event.eventName\" AS operation, \"event.userIdentity.userName\" AS who, \
                      count(*) AS calls GROUP BY operation, who ORDER BY calls DESC",
            },
            Template {
                id: "tpl-callcentre-people",
                token: "callcentre.people",
                name: "People and skill groups",
                description: "Users and skill groups that came, went or changed",
                conditions: &[CALL_CENTRE, WRITE],
                sql: newest_first!(
                    "\"event.resourceName\" AS name",
                    "\"event.eventName\" LIKE '%User%' OR \"event.eventName\" LIKE '%SkillGroup%'"
                ),
            },
            Template {
                id: "tpl-callcentre-numbers",
                token: "callcentre.numbers",
                name: "Numbers and flows",
                description: "Phone numbers and contact flows that came, went or changed",
                conditions: &[CALL_CENTRE, WRITE],
                sql: newest_first!(
                    "\"event.resourceName\" AS name",
                    "\"event.eventName\" LIKE '%PhoneNumber%' OR \"event.eventName\" LIKE '%ContactFlow%'"
                ),
            },
        ],
    },
    Scene {
        id: "sc-calldata",
        token: "calldata",
        name: "Call centre: access to calls",
        description: "Who looked at call records, recordings and messages",
        templates: &[
            Template {
                id: "tpl-calldata-records",
                token: "calldata.records",
                name: "Call records and recordings",
                description: "Who listed or fetched what callers said and did",
                conditions: &[CALL_CENTRE, READ],
                sql: "SELECT \"event.userIdentity.userName\" AS who, \"event.eventName\" AS operation, \
                      count(*) AS calls, from_unixtime(max(__time__)) AS last WHERE \"event.eventName\" \
                      LIKE '%Recording%' OR \"event.eventName\" LIKE '%CallRecords%' OR \
                      \"event.eventName\" LIKE '%CallDetail%' OR \"event.eventName\" LIKE \
                      '%CallEventDetail%' OR \"event.eventName\" LIKE '%ShortMessage%' GROUP BY who, \
                      operation ORDER BY calls DESC",
            },
            Template {
                id: "tpl-calldata-addresses",
                token: "calldata.addresses",
                name: "Addresses that looked",
                description: "From where call data was asked for",
                conditions: &[CALL_CENTRE, READ],
                sql: "SELECT \"event.sourceIpAddress\" AS address, \"event.userIdentity.userName\" AS who, \
                      count(*) AS calls WHERE \"event.eventName\" LIKE '%Recording%' OR \
                      \"event.eventName\" LIKE '%CallRecords%' OR \"event.eventName\" LIKE '%CallDetail%' \
                      GROUP BY address, who ORDER BY calls DESC",
            },
        ],
    },
];
