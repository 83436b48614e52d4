//! ListPhoneTags: the tagged numbers of an instance, in pages.

use std::collections::HashSet;

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use regions::Regions;
use serde_json::{Map, Value};

use super::rows::{self, TaggedNumber};
use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT, PARAMETER_MAXIMUM, PARAMETER_MINIMUM};
use crate::limits::{MAX_LIST_ELEMENTS, MAX_PAGE_SIZE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_SIZE, Page, page_number};
use crate::phone_number::view;
use crate::user::Role;

/// CCC 2017-07-05, "ListPhoneTags": the page is `CurrentPage`, the list has no wrapper.
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListPhoneTags")
    .takes(&[
        INSTANCE_ID,
        page_number("CurrentPage").required(),
        PAGE_SIZE.required(),
        Parameter::boolean("OutboundOnly").required(),
        Parameter::text("Number"),
        Parameter::text("NumberGroupIds").list(MAX_LIST_ELEMENTS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PhoneNumbers"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// `Number` finds numbers that contain it; `NumberGroupIds` are service tags: the numbers of a tag are its group.
pub(crate) async fn list_phone_tags(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let groups = rows::groups_of_tags(&mut connection, &facts.id).await?;
    let part = call.text("Number").unwrap_or_default();
    let tags: HashSet<&str> = call.list("NumberGroupIds").into_iter().collect();
    let outbound_only = call.boolean("OutboundOnly").unwrap_or(false);
    let mut numbers = rows::of_instance(&mut connection, &facts.id).await?;
    numbers.retain(|number| {
        (number.allow_outbound || !outbound_only)
            && number.number.contains(part)
            && (tags.is_empty() || tags.contains(number.service_tag.as_str()))
    });
    let page = Page::numbered_by(call, "CurrentPage", MAX_PAGE_SIZE);
    let total = numbers.len();
    let views = page.cut(&numbers).into_iter().map(|number| {
        let groups = groups.get(&number.service_tag).map(Vec::as_slice).unwrap_or_default();
        view_of(&center.regions, number, groups)
    });
    let mut list = Map::new();
    list.insert("List".to_owned(), views.collect());
    list.insert("PageNumber".to_owned(), page.number.into());
    list.insert("PageSize".to_owned(), page.size.into());
    list.insert("TotalCount".to_owned(), total.into());
    Ok(Answer::empty().with("PhoneNumbers", list))
}

/// The region that the tag names, else the one of the number.
fn view_of(regions: &Regions, number: &TaggedNumber, groups: &[String]) -> Value {
    let (province, city) = view::home(regions, &number.number);
    let or = |given: &str, found: &str| if given.is_empty() { found.to_owned() } else { given.to_owned() };
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    add("City", or(&number.city, city).into());
    if let Some(concurrency) = number.concurrency {
        add("Concurrency", concurrency.into());
    }
    if let Some(flow_id) = &number.contact_flow_id {
        add("ContactFlowId", flow_id.as_str().into());
    }
    add("CreateTime", number.created_at_ms.into());
    add("InstanceId", number.instance_id.as_str().into());
    add("Number", number.number.as_str().into());
    add("PhoneNumberDescription", number.description.as_str().into());
    add("PhoneNumberId", number.phone_number_id.as_str().into());
    add("Provider", number.provider.as_str().into());
    add("Province", or(&number.province, province).into());
    add("ServiceTag", number.service_tag.as_str().into());
    add("SkillGroupIdList", groups.to_vec().into());
    add("Type", number.tag_type.into());
    add("Usage", number.usage.as_str().into());
    Value::Object(fields)
}
