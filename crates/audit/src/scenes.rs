//! Questions that an auditor asks again and again, as searches with SQL that run on the logstore of a trail.
//!
//! Public documents: ActionTrail, "DescribeScenes", "DescribeSearchTemplates" (2020-07-06). The set is this server's own.

use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Value, json};

use crate::operations::{ActionTrail, invalid};
use crate::page::{PAGE_NUMBER, PAGE_SIZE, Page};

struct Scene {
    id: &'static str,
    token: &'static str,
    name: &'static str,
    description: &'static str,
    templates: &'static [Template],
}

struct Template {
    id: &'static str,
    token: &'static str,
    name: &'static str,
    description: &'static str,
    /// Keys of the index with the values that are looked for, all of them; `None`: any value.
    conditions: &'static [(&'static str, Option<&'static str>)],
    sql: &'static str,
}

static SCENES: &[Scene] = &[
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
                sql: "SELECT \"event.eventName\" AS operation, \"event.sourceIpAddress\" AS address, count(*) AS calls \
                      GROUP BY operation, address ORDER BY calls DESC",
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
                id: "tpl-identity-rights",
                token: "identity.changedRights",
                name: "Changed rights",
                description: "Policies that were attached, detached or written",
                conditions: &[("event.serviceName", Some("Ram")), ("event.eventRW", Some("Write"))],
                sql: "SELECT \"event.eventName\" AS operation, \"event.userIdentity.userName\" AS who, count(*) AS calls \
                      WHERE \"event.eventName\" LIKE '%Policy%' GROUP BY operation, who ORDER BY calls DESC",
            },
        ],
    },
    Scene {
        id: "sc-refusals",
        token: "refusals",
        name: "Refused and failed calls",
        description: "Who tried what he may not, and what does not work",
        templates: &[Template {
            id: "tpl-refusals-codes",
            token: "refusals.byCode",
            name: "Errors by code and user",
            description: "The codes that callers got, the commonest first",
            conditions: &[("event.errorCode", None)],
            sql: "SELECT \"event.errorCode\" AS code, \"event.userIdentity.userName\" AS who, count(*) AS calls, \
                  arbitrary(\"event.errorMessage\") AS example GROUP BY code, who ORDER BY calls DESC",
        }],
    },
    Scene {
        id: "sc-callcentre",
        token: "callcentre",
        name: "Call centre",
        description: "Calls that were started, recordings that were taken away, messages that were sent",
        templates: &[Template {
            id: "tpl-callcentre-operations",
            token: "callcentre.byOperation",
            name: "Operations of the call centre by user",
            description: "Who did what in the call centre",
            conditions: &[("event.serviceName", Some("CloudCallCenter"))],
            sql: "SELECT \"event.eventName\" AS operation, \"event.userIdentity.userName\" AS who, count(*) AS calls \
                  GROUP BY operation, who ORDER BY calls DESC",
        }],
    },
];

/// The operations.
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::read("DescribeScenes").takes(&[Parameter::text("SearchCode")]).answers(&["SceneList"]),
        handler: |_, call| Box::pin(async move { Ok(describe_scenes(call)) }),
    },
    Operation {
        spec: OperationSpec::read("DescribeSearchTemplates")
            .takes(&[Parameter::text("SceneId").required(), PAGE_NUMBER, PAGE_SIZE])
            .answers(&["PageNumber", "PageSize", "TemplateList"])
            .fails_with(&["InvalidQueryParameter"]),
        handler: |_, call| Box::pin(async move { describe_templates(call) }),
    },
];

/// `SearchCode` is a word of the names and tokens.
fn describe_scenes(call: &Call) -> Answer {
    let wanted = call.text("SearchCode").unwrap_or_default().to_lowercase();
    let is_wanted = |scene: &&Scene| [scene.token, scene.name].iter().any(|text| text.to_lowercase().contains(&wanted));
    let list = SCENES.iter().filter(is_wanted).map(|scene| {
        json!({
            "SceneId": scene.id,
            "Name": scene.name,
            "Description": scene.description,
            "Token": scene.token,
            "Type": "normal",
        })
    });
    Answer::empty().with("SceneList", list.collect::<Vec<_>>())
}

fn describe_templates(call: &Call) -> Result<Answer, ApiError> {
    let wanted = call.required("SceneId");
    let scene = SCENES.iter().find(|scene| scene.id == wanted);
    let scene = scene.ok_or_else(|| invalid("SceneId", "an id that DescribeScenes answers"))?;
    let page = Page::of(call);
    Ok(Answer::empty().with("PageNumber", page.number).with("PageSize", page.size).with(
        "TemplateList",
        page.cut(scene.templates).iter().map(|template| shown(scene, template)).collect::<Vec<_>>(),
    ))
}

fn shown(scene: &Scene, template: &Template) -> Value {
    let params = template.conditions.iter().enumerate().map(|(index, (key, value))| {
        let mut condition = json!({"key": key, "value": value.unwrap_or("*"), "type": "system", "display": true});
        if index > 0 {
            condition["oper"] = "AND".into();
        }
        condition
    });
    json!({
        "TemplateId": template.id,
        "TemplateName": template.name,
        "Description": template.description,
        "SceneId": scene.id,
        "Token": template.token,
        "Type": "audit",
        "Sql": template.sql,
        "Params": Value::from(params.collect::<Vec<_>>()).to_string(),
        "Charts": "[]",
    })
}
