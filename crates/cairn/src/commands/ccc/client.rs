//! Calls of the call centre's operations about one instance.

use serde_json::Value;

use super::Scope;
use super::output::{Column, table_of};
use crate::commands::CommandError;
use crate::commands::api::{Api, CCC};

/// Elements of a page; the most that every paged operation takes.
const PAGE_SIZE: &str = "100";

/// Parameters with values made on the way.
pub(super) type Parameters = Vec<(String, String)>;

/// One server, perhaps one instance, and how to show answers.
pub(super) struct Client {
    api: Api,
    instance: Option<String>,
    json: bool,
}

impl Client {
    pub(super) fn new(scope: &Scope) -> Result<Self, CommandError> {
        Ok(Self { api: Api::from_arguments(&scope.client)?, instance: scope.instance.clone(), json: scope.json })
    }

    /// Calls an operation that is about no instance.
    pub(super) fn call(&self, operation: &str, parameters: &Parameters) -> Result<Value, CommandError> {
        let borrowed: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Ok(self.api.call(CCC, operation, &borrowed)?)
    }

    /// Calls an operation about the instance.
    pub(super) fn call_instance(&self, operation: &str, parameters: Parameters) -> Result<Value, CommandError> {
        let mut all = vec![("InstanceId".to_owned(), self.instance_id()?)];
        all.extend(parameters);
        self.call(operation, &all)
    }

    /// The named instance, or the only one.
    pub(super) fn instance_id(&self) -> Result<String, CommandError> {
        if let Some(instance) = &self.instance {
            return Ok(instance.clone());
        }
        let answer = self.call("ListInstancesOfUser", &Vec::new())?;
        let instances = answer["Instances"]["CallCenterInstance"].as_array().map(Vec::as_slice).unwrap_or_default();
        match instances {
            [only] => Ok(only["InstanceId"].as_str().unwrap_or_default().to_owned()),
            [] => Err("there is no instance: create one with `cairn ccc instances create`".into()),
            several => Err(format!(
                "there are {} instances: name one with --instance (`cairn ccc instances list` shows them)",
                several.len()
            )
            .into()),
        }
    }

    /// Shows a list in an answer; `place` is its JSON pointer.
    pub(super) fn show(&self, answer: &Value, place: &str, columns: &[Column]) {
        let none = Vec::new();
        let rows = answer.pointer(place).and_then(Value::as_array).unwrap_or(&none);
        self.show_rows(rows, columns);
    }

    /// Shows rows, each a JSON object.
    pub(super) fn show_rows(&self, rows: &[Value], columns: &[Column]) {
        if self.json {
            rows.iter().for_each(|row| println!("{row}"));
        } else {
            println!("{}", table_of(rows, columns));
        }
    }

    /// Says what was done, or prints the answer.
    pub(super) fn done(&self, answer: &Value, sentence: &str) {
        if self.json {
            println!("{answer}");
        } else {
            println!("{sentence}");
        }
    }

    /// All pages of a list, up to a limit. `page` is the answer's paged object, `element` the name inside its `List`.
    pub(super) fn pages(
        &self,
        operation: &str,
        parameters: &Parameters,
        page: &str,
        element: &str,
        limit: usize,
    ) -> Result<Vec<Value>, CommandError> {
        let mut rows = Vec::new();
        for number in 1_usize.. {
            let mut parameters = parameters.clone();
            parameters.extend(given(&[("PageNumber", &number.to_string()), ("PageSize", PAGE_SIZE)]));
            let mut answer = self.call_instance(operation, parameters)?;
            let Value::Array(found) = answer[page]["List"][element].take() else { break };
            let is_last = found.len() < 100;
            rows.extend(found);
            if is_last || rows.len() >= limit {
                break;
            }
        }
        rows.truncate(limit);
        Ok(rows)
    }
}

/// Parameters from pairs.
pub(super) fn given(pairs: &[(&str, &str)]) -> Parameters {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Adds a parameter if it has a value.
pub(super) fn add(parameters: &mut Parameters, name: &str, value: Option<impl ToString>) {
    parameters.extend(value.map(|value| (name.to_owned(), value.to_string())));
}

/// Adds `Name.1`, `Name.2`, ….
pub(super) fn add_list(parameters: &mut Parameters, name: &str, values: &[String]) {
    parameters.extend((1..).zip(values).map(|(index, value)| (format!("{name}.{index}"), value.clone())));
}
