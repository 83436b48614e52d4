//! What the table says of the audited operations, as the tests with the official client read it: which codes each may
//! answer, and what each of its parameters takes. Those tests exercise every code and every bound of that file; here
//! the file is kept equal to the table.

use std::collections::BTreeSet;

use openapi::{Kind, OperationSpec, Parameter, Repeat};
use serde_json::{Map, Value, json};

use crate::OPERATIONS;

/// The operations of the vendor's audit page of the call centre.
const AUDITED: [&str; 22] = [
    "AddBulkPhoneNumbers",
    "AssignUsers",
    "CreateSkillGroup",
    "DownloadRecording",
    "GetInstance",
    "GetNumberRegionInfo",
    "LaunchAppraise",
    "ListAgentEvents",
    "ListAgentSummaryReports",
    "ListCallDetailRecords",
    "ListConfig",
    "ListContactFlows",
    "ListSkillGroupSummaryReports",
    "ListSkillGroups",
    "ListSkillGroupsOfUser",
    "ListTransferableSkillGroups",
    "ListUsers",
    "PickGlobalOutboundNumbers",
    "RefreshToken",
    "SaveWebRTCStats",
    "SendPredefinedShortMessage",
    "StartBack2BackCall",
];

const KEPT: &str = include_str!("../../../../tests/clients/ccc_audited_contract.json");

#[test]
fn the_file_of_the_client_tests_is_the_table() {
    let contracts: Map<String, Value> =
        AUDITED.iter().map(|name| ((*name).to_owned(), contract(spec_of(name)))).collect();
    let expected = serde_json::to_string_pretty(&contracts).expect("JSON") + "\n";
    assert!(KEPT == expected, "tests/clients/ccc_audited_contract.json must say:\n{expected}");
}

fn spec_of(name: &str) -> &'static OperationSpec {
    let row = OPERATIONS.iter().copied().flatten().find(|row| row.spec.name == name);
    &row.unwrap_or_else(|| panic!("the table has no {name}")).spec
}

fn contract(spec: &OperationSpec) -> Value {
    let of_parameters = spec.parameters.iter().flat_map(codes);
    let errors: BTreeSet<String> = spec.errors.iter().map(|code| (*code).to_owned()).chain(of_parameters).collect();
    let parameters: Map<String, Value> = spec.parameters.iter().map(|row| (row.name.to_owned(), shape(row))).collect();
    json!({ "errors": errors, "parameters": parameters })
}

/// Codes that the check of a parameter can answer. An empty text counts as absent, so a least length of 1 has none.
fn codes(row: &Parameter) -> Vec<String> {
    let mut codes = match row.kind {
        Kind::Text { min_chars, .. } if min_chars > 1 => vec!["Parameter.Maximum", "Parameter.Minimum"],
        Kind::Text { .. } => vec!["Parameter.Maximum"],
        Kind::OneOf(_) => vec!["Parameter.Enumeration"],
        Kind::Boolean | Kind::Json => vec!["Parameter.Format"],
        Kind::Integer { min, max } => [("Parameter.Format", true), ("Parameter.Minimum", min > i64::MIN)]
            .into_iter()
            .chain([("Parameter.Maximum", max < i64::MAX)])
            .filter_map(|(code, can_be)| can_be.then_some(code))
            .collect(),
    };
    if matches!(row.repeat, Repeat::List { .. }) {
        codes.push("Parameter.Maximum");
    }
    let missing = row.required.then(|| format!("Missing{}", row.name));
    codes.into_iter().map(str::to_owned).chain(missing).collect()
}

fn shape(row: &Parameter) -> Value {
    let mut shape = match row.kind {
        Kind::Text { max_chars, .. } => json!({ "kind": "text", "max_chars": max_chars }),
        Kind::OneOf(values) => json!({ "kind": "one of", "values": values }),
        Kind::Boolean => json!({ "kind": "boolean" }),
        Kind::Json => json!({ "kind": "JSON" }),
        Kind::Integer { min, max } => json!({ "kind": "integer", "min": min, "max": max }),
    };
    if row.required {
        shape["required"] = true.into();
    }
    match row.repeat {
        Repeat::Once => {}
        Repeat::List { max } => shape["max_elements"] = max.into(),
        Repeat::Structures { .. } => panic!("{} is of structures: no audited operation has one", row.name),
    }
    shape
}
