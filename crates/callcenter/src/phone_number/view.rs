//! A bound number as answers show it (CCC 2017-07-05, "ListPhoneNumbers", "AddBulkPhoneNumbers").

use openapi::wrapped_list;
use regions::Regions;
use serde_json::{Map, Value, json};

use crate::phone_number::PhoneNumber;
use crate::phone_number::rows::BoundNumber;

/// The nine fields that every answer has.
pub(crate) fn plain(number: &BoundNumber) -> Map<String, Value> {
    [
        ("AllowOutbound", Value::from(number.allow_outbound)),
        ("InstanceId", number.instance_id.as_str().into()),
        ("Number", number.number.as_str().into()),
        ("PhoneNumberDescription", number.description.as_str().into()),
        ("PhoneNumberId", number.id.as_str().into()),
        ("RemainingTime", number.remaining_minutes.into()),
        ("TestOnly", number.test_only.into()),
        ("Trunks", number.trunks.into()),
        ("Usage", number.usage.as_str().into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// With the contact flow, left out if there is none.
pub(crate) fn with_flow(number: &BoundNumber) -> Map<String, Value> {
    let mut fields = plain(number);
    if let Some(flow) = &number.contact_flow {
        fields.insert("ContactFlow".to_owned(), flow.view());
    }
    fields
}

/// With contact flow and skill groups.
pub(crate) fn with_groups(number: &BoundNumber, groups: &[(String, String)]) -> Map<String, Value> {
    let groups = groups.iter().map(|(id, name)| json!({"SkillGroupId": id, "SkillGroupName": name})).collect();
    let mut fields = with_flow(number);
    fields.insert("SkillGroups".to_owned(), wrapped_list("SkillGroup", groups));
    fields
}

/// Adds `Province` and `City`, empty if not known.
pub(crate) fn add_region(fields: &mut Map<String, Value>, regions: &Regions, number: &str) {
    let (province, city) = home(regions, number);
    fields.insert("Province".to_owned(), province.into());
    fields.insert("City".to_owned(), city.into());
}

/// A number with its region, as `GetNumberRegionInfo` and the pairs of `PickGlobalOutboundNumbers` show it.
pub(crate) fn number_with_region(regions: &Regions, number: &str) -> Value {
    let (province, city) = home(regions, number);
    json!({"City": city, "Number": number, "Province": province})
}

/// Province and city, empty if not known.
pub(crate) fn home<'a>(regions: &'a Regions, number: &str) -> (&'a str, &'a str) {
    let region = PhoneNumber::parse(number).and_then(|number| regions.find(&number));
    region.map_or(("", ""), |region| (region.province, region.city))
}
