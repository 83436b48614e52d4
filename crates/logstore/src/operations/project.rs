//! Projects. Public documents: Simple Log Service, "CreateProject", "GetProject", "ListProject", "UpdateProject",
//! "DeleteProject".

use openapi::clock::now_ms;
use serde_json::{Value, json};

use super::{Fields, window};
use crate::answer::{Answer, empty_answer, json_answer};
use crate::fault::{Fault, codes};
use crate::limits::MAX_PROJECTS;
use crate::logstores::no_project;
use crate::names;
use crate::rows::logstore;
use crate::rows::project::{self, Project, Properties};
use crate::service::{LogService, Request};

/// Longest description, bytes.
const MAX_DESCRIPTION_BYTES: usize = 512;

pub(crate) async fn create(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let fields = Fields::of_body(&request.head)?;
    if !names::is_project(&request.project) {
        return Err(codes::PARAMETER_INVALID.says(
            "projectName must have 3 to 63 lower-case letters, digits and hyphens, and begin and end with a letter or digit",
        ));
    }
    let now_s = now_ms().div_euclid(1_000);
    let mut properties = Properties { data_redundancy_type: "LRS".to_owned(), ..Properties::default() };
    change(&mut properties, &fields)?;
    let new = Project {
        name: request.project.clone(),
        account_id: request.caller.account_id.clone(),
        region: service.settings.default_region.clone(),
        properties,
        created_s: now_s,
        modified_s: now_s,
    };
    let mut transaction = service.database.begin().await?;
    if project::find(&mut transaction, &new.name).await?.is_some() {
        return Err(exists(&new.name));
    }
    if project::count(&mut transaction, &new.account_id).await? >= MAX_PROJECTS {
        return Err(codes::PROJECT_QUOTA.fault());
    }
    match project::insert(&mut transaction, &new).await {
        Err(error) if database::is_unique_violation(&error) => return Err(exists(&new.name)),
        inserted => inserted?,
    }
    transaction.commit().await?;
    Ok(empty_answer())
}

fn exists(name: &str) -> Fault {
    codes::PROJECT_EXISTS.says(format!("Project {name} already exist"))
}

fn change(properties: &mut Properties, fields: &Fields) -> Result<(), Fault> {
    if let Some(description) = fields.text("description") {
        if description.len() > MAX_DESCRIPTION_BYTES {
            return Err(codes::PARAMETER_INVALID.says("description has more than 512 bytes"));
        }
        properties.description = description;
    }
    if let Some(group) = fields.text("resourceGroupId") {
        properties.resource_group_id = group.chars().take(64).collect();
    }
    match fields.text("dataRedundancyType").as_deref() {
        None | Some("") => {}
        Some(kind @ ("LRS" | "ZRS")) => properties.data_redundancy_type = kind.to_owned(),
        Some(_) => return Err(codes::PARAMETER_INVALID.says("dataRedundancyType must be LRS or ZRS")),
    }
    if let Some(is_enabled) = fields.flag("recycleBinEnabled") {
        properties.recycle_bin_enabled = is_enabled;
    }
    Ok(())
}

pub(crate) async fn get(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    Ok(json_answer(&shown(&service.project(request).await?)))
}

fn shown(project: &Project) -> Value {
    json!({
        "projectName": project.name,
        "description": project.properties.description,
        "status": "Normal",
        "region": project.region,
        "owner": project.account_id,
        "createTime": project.created_s.to_string(),
        "lastModifyTime": project.modified_s.to_string(),
        "resourceGroupId": project.properties.resource_group_id,
        "dataRedundancyType": project.properties.data_redundancy_type,
        "recycleBinEnabled": project.properties.recycle_bin_enabled,
    })
}

pub(crate) async fn list(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let (offset, size) = window(request, 100)?;
    let part = request.query.text("projectName").unwrap_or_default();
    let mut connection = service.database.pool().acquire().await?;
    let mut all = project::containing_name(&mut connection, &request.caller.account_id, part).await?;
    for (name, read) in [
        ("description", (|found: &Project| found.properties.description.clone()) as fn(&Project) -> String),
        ("resourceGroupId", |found| found.properties.resource_group_id.clone()),
    ] {
        if let Some(wanted) = request.query.text(name) {
            all.retain(|found| read(found).contains(wanted));
        }
    }
    let page: Vec<Value> = all.iter().skip(offset).take(size).map(shown).collect();
    Ok(json_answer(&json!({"count": page.len(), "total": all.len(), "projects": page})))
}

pub(crate) async fn update(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let mut properties = service.project(request).await?.properties;
    change(&mut properties, &Fields::of_body(&request.head)?)?;
    let mut transaction = service.database.begin().await?;
    project::update(&mut transaction, &request.project, &properties, now_ms().div_euclid(1_000)).await?;
    transaction.commit().await?;
    Ok(empty_answer())
}

pub(crate) async fn delete(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let mut transaction = service.database.begin().await?;
    if !project::lock(&mut transaction, &request.project).await? {
        return Err(no_project(&request.project));
    }
    let logstores = logstore::containing_name(&mut transaction, &request.project, "").await?;
    let mut streams = Vec::new();
    for row in &logstores {
        if !row.delivered_by.is_empty() {
            return Err(super::logstore::belongs_to_a_trail(row));
        }
        streams.extend(super::logstore::remove(&mut transaction, &request.caller.account_id, row).await?);
    }
    project::delete(&mut transaction, &request.project).await?;
    transaction.commit().await?;
    service.logstores.forget();
    super::keeping::let_go(service, streams).await;
    Ok(empty_answer())
}
