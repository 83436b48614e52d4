//! Questions that an auditor asks again and again, as searches with SQL that run on the logstore of a trail.
//!
//! Public documents: ActionTrail, "DescribeScenes", "DescribeSearchTemplates" (2020-07-06). The set is this server's own.

mod catalogue;

use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Value, json};

use catalogue::{SCENES, Scene, Template};

use crate::operations::{ActionTrail, invalid};
use crate::page::{PAGE_NUMBER, PAGE_SIZE, Page};

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
