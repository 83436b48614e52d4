//! What a ListConfig call asks for: `ConfigItem.N` as JSON text, or taken apart as `ConfigItem.N.Name`.

use std::collections::BTreeMap;

use openapi::{ApiError, Call, ValueFault};
use serde_json::{Map, Value};

use crate::product::unfit;

/// Dimension of the settings known here; an item without one is taken for it.
pub(crate) const INSTANCE_DIMENSION: &str = "instance";

/// The names asked for, in order; `None` if the call names no item. Items of another dimension are left out.
pub(crate) fn asked_names(call: &Call) -> Result<Option<Vec<String>>, ApiError> {
    let mut elements = taken_apart(call)?;
    for (parameter, text) in call.params.iter().filter(|(_, text)| !text.is_empty()) {
        if let Some(index) = parameter.strip_prefix("ConfigItem.").and_then(|rest| rest.parse::<u64>().ok()) {
            elements.insert(index, item_of_json(parameter, text)?);
        }
    }
    if elements.is_empty() {
        return Ok(None);
    }
    Ok(Some(elements.into_values().filter(Item::is_of_instance).map(|item| item.name).collect()))
}

struct Item {
    name: String,
    dimension: Option<String>,
}

impl Item {
    fn is_of_instance(&self) -> bool {
        self.dimension.as_deref().is_none_or(|dimension| dimension.eq_ignore_ascii_case(INSTANCE_DIMENSION))
    }
}

fn taken_apart(call: &Call) -> Result<BTreeMap<u64, Item>, ApiError> {
    let mut elements = BTreeMap::new();
    for (index, fields) in call.params.indexed_structures("ConfigItem") {
        let field = |wanted: &str| {
            let value = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value);
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let name = field("Name").ok_or_else(|| nameless(&format!("ConfigItem.{index}")))?;
        elements.insert(index, Item { name, dimension: field("DimensionName") });
    }
    Ok(elements)
}

fn item_of_json(parameter: &str, text: &str) -> Result<Item, ApiError> {
    let Ok(Value::Object(object)) = serde_json::from_str::<Value>(text) else {
        return Err(nameless(parameter));
    };
    let name = text_field(&object, "Name").ok_or_else(|| nameless(parameter))?;
    Ok(Item { name, dimension: text_field(&object, "DimensionName") })
}

/// A text under a key in any letter case: clients send both `Name` and `name`.
pub(crate) fn text_field(object: &Map<String, Value>, wanted: &str) -> Option<String> {
    let (_, value) = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted))?;
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn nameless(parameter: &str) -> ApiError {
    unfit(
        ValueFault::Format,
        parameter,
        "it must be the JSON text of an object with Name and DimensionName, such as \
         {\"Name\":\"AllowHangup\",\"DimensionName\":\"instance\"}",
    )
}
