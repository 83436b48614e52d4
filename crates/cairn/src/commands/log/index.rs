//! `cairn log index`: what searches and SQL know the logs of a logstore by.

use std::fs::File;
use std::io::{BufReader, Read, stdin};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Subcommand};
use logstore::client::LogStoreClient;
use logstore::index::KeyKind;
use logstore::limits::MAX_JSON_BYTES;
use serde_json::{Map, Value, json};

use crate::commands::CommandError;

/// Characters at which texts are cut into words.
const DELIMITERS: &str = ", '\";=()[]{}?@&<>/:\n\t\r";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The index of a logstore, as JSON that `set --from-json` takes
    Show {
        /// Project
        project: String,
        /// Logstore
        logstore: String,
    },
    /// Make the index exactly what is said; it holds for the logs that are there, too, at once
    #[command(after_help = "\
Types: text, long, double, json. A name with a dot is a leaf of the json field before the dot, so that SQL has it as a
column; a tag is __tag__:NAME. SQL has every field that is named here.

  cairn log index set web access --line --field status:long --field path:text
  cairn log index set web access --field event:json --field event.user.name:text --field __tag__:host:text")]
    Set(SetArguments),
}

#[derive(Debug, Args)]
struct SetArguments {
    /// Project
    project: String,
    /// Logstore
    logstore: String,
    /// A field with an index of its own
    #[arg(long = "field", value_name = "NAME:TYPE", required_unless_present_any = ["line", "from_json"])]
    fields: Vec<Field>,
    /// Words are found whatever field they are in
    #[arg(long)]
    line: bool,
    /// The whole configuration as the service has it, from a file or, with -, standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fields", "line"])]
    from_json: Option<PathBuf>,
}

/// A field of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    name: String,
    kind: KeyKind,
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Field, String> {
        let (name, kind) = text.rsplit_once(':').unwrap_or((text, ""));
        let kind = match kind {
            "text" => KeyKind::Text,
            "long" => KeyKind::Long,
            "double" => KeyKind::Double,
            "json" => KeyKind::Json,
            _ => return Err("write NAME:TYPE, with the type text, long, double or json".to_owned()),
        };
        match name {
            "" => Err("the name before the type is missing".to_owned()),
            name => Ok(Field { name: name.to_owned(), kind }),
        }
    }
}

impl Field {
    /// The name of this field as a leaf of another, if it is one.
    fn leaf_of(&self, parent: &Field) -> Option<&str> {
        let is_json = parent.kind == KeyKind::Json;
        self.name.strip_prefix(&parent.name)?.strip_prefix('.').filter(|leaf| is_json && !leaf.is_empty())
    }

    fn document(&self) -> Value {
        let mut document = json!({"type": self.kind, "doc_value": true, "alias": ""});
        if matches!(self.kind, KeyKind::Text | KeyKind::Json) {
            document["token"] = delimiters();
            document["caseSensitive"] = false.into();
            document["chn"] = true.into();
        }
        if self.kind == KeyKind::Json {
            document["index_all"] = true.into();
            document["max_depth"] = (-1).into();
            document["json_keys"] = json!({});
        }
        document
    }
}

fn delimiters() -> Value {
    DELIMITERS.chars().map(String::from).collect()
}

/// The configuration of an index of fields and, if wanted, of the words of all fields.
pub(super) fn document(has_line: bool, fields: &[Field]) -> Value {
    // The shortest of several is itself no leaf of another.
    let parent_of = |field: &Field| {
        let parents = fields.iter().filter_map(|parent| Some((parent, field.leaf_of(parent)?.to_owned())));
        parents.min_by_key(|(parent, _)| parent.name.len())
    };
    let mut keys = Map::new();
    for field in fields.iter().filter(|field| parent_of(field).is_none()) {
        keys.insert(field.name.clone(), field.document());
    }
    for field in fields {
        if let Some((parent, leaf)) = parent_of(field) {
            keys[&parent.name]["json_keys"][leaf] = json!({"type": field.kind, "doc_value": true, "alias": ""});
        }
    }
    let mut document = json!({});
    if has_line {
        document["line"] = json!({"token": delimiters(), "caseSensitive": false, "chn": true});
    }
    if !keys.is_empty() {
        document["keys"] = keys.into();
    }
    document
}

/// The index of a logstore, if it has one.
pub(super) fn find(client: &LogStoreClient, project: &str, logstore: &str) -> Result<Option<Value>, CommandError> {
    match client.get(project, &format!("/logstores/{logstore}/index"), &[]) {
        Ok(document) => Ok(Some(document)),
        Err(error) if error.code() == "IndexConfigNotExist" => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn run(client: &LogStoreClient, arguments: &Arguments) -> Result<(), CommandError> {
    match &arguments.action {
        Action::Show { project, logstore } => {
            let document = find(client, project, logstore)?;
            let document = document.ok_or_else(|| {
                format!("{logstore} has no index: make one with cairn log index set {project} {logstore} --line")
            })?;
            println!("{document:#}");
        }
        Action::Set(arguments) => set(client, arguments)?,
    }
    Ok(())
}

fn set(client: &LogStoreClient, arguments: &SetArguments) -> Result<(), CommandError> {
    let SetArguments { project, logstore, fields, line, from_json } = arguments;
    let document = match from_json {
        Some(path) => read(path)?,
        None => document(*line, fields),
    };
    match find(client, project, logstore)? {
        Some(_) => client.update_index(project, logstore, &document)?,
        None => client.create_index(project, logstore, &document)?,
    }
    Ok(())
}

fn read(path: &Path) -> Result<Value, CommandError> {
    let unreadable = |cause: &dyn std::fmt::Display| format!("{} cannot be read: {cause}", path.display());
    let input: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(stdin().lock()),
        _ => Box::new(File::open(path).map_err(|error| unreadable(&error))?),
    };
    // A service takes no larger one.
    let read = serde_json::from_reader(BufReader::new(input.take(MAX_JSON_BYTES as u64)));
    Ok(read.map_err(|error| unreadable(&format!("it is no JSON: {error}")))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(texts: &[&str]) -> Vec<Field> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn fields_are_a_name_and_a_type() {
        assert_eq!("n:long".parse(), Ok(Field { name: "n".to_owned(), kind: KeyKind::Long }));
        let tag: Field = "__tag__:host:text".parse().unwrap();
        assert_eq!(tag.name, "__tag__:host");
        for wrong in ["n", "n:", ":long", "n:blob", "__tag__:host"] {
            assert!(wrong.parse::<Field>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn leaves_stand_below_their_json_field() {
        let made = document(true, &fields(&["event.user.name:text", "event:json", "a.b:long", "a:text"]));
        let keys: Vec<&String> = made["keys"].as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 3, "{keys:?}");
        assert_eq!(made["keys"]["event"]["json_keys"]["user.name"]["type"], "text");
        assert_eq!((&made["keys"]["a.b"]["type"], &made["keys"]["a.b"]["token"]), (&json!("long"), &Value::Null));
        assert_eq!(made["line"]["token"].as_array().unwrap().len(), DELIMITERS.chars().count());
        let nested = document(false, &fields(&["a.b:json", "a:json", "a.b.c:text"]));
        assert_eq!(nested["keys"].as_object().unwrap().len(), 1, "{nested}");
        assert_eq!(nested["keys"]["a"]["json_keys"]["b.c"]["type"], "text");
        assert_eq!(document(false, &fields(&["a:text"])).get("line"), None);
        assert_eq!(document(true, &[]).get("keys"), None);
    }
}
