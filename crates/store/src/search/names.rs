//! Names of fields as people write them.

use crate::query::FieldId;
use crate::schema::Layout;

/// Names of fields. Case and underscores make no difference: `eventName`, `EventName` and `event_name` are one.
#[derive(Debug, Clone, Default)]
pub struct FieldNames(Vec<(String, FieldId)>);

impl FieldNames {
    /// The columns of a layout.
    pub fn of(layout: &Layout) -> FieldNames {
        layout.fields.iter().fold(FieldNames::default(), |names, field| names.with(&field.column, field.id))
    }

    /// Adds another name of a field, unless it is known; a field's first name is the one that is printed.
    pub fn with(mut self, name: &str, field: FieldId) -> FieldNames {
        if self.find(name).is_none() {
            self.0.push((name.to_owned(), field));
        }
        self
    }

    /// The field of a name.
    pub fn find(&self, name: &str) -> Option<FieldId> {
        self.0.iter().find(|(known, _)| plain(known).eq(plain(name))).map(|(_, field)| *field)
    }

    /// The name of a field.
    pub fn name(&self, field: FieldId) -> Option<&str> {
        self.0.iter().find(|(_, known)| *known == field).map(|(name, _)| name.as_str())
    }

    /// All names, for a text that lists them.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

fn plain(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|character| *character != '_').map(|character| character.to_ascii_lowercase())
}
