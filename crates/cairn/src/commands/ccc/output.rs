//! Cells of tables out of answers.

use openapi::clock::format_utc;
use serde_json::Value;

use crate::commands::table;

/// One column: header, place in a row (`Detail.Phone`, `Roles.Role[].RoleName`), and how it is written.
pub(in crate::commands) struct Column(pub(super) &'static str, pub(super) &'static str, pub(super) Format);

/// How a value is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) enum Format {
    /// As it is; lists joined with commas.
    Plain,
    /// Unix milliseconds as a time in UTC+8.
    Time,
    /// Seconds as minutes and seconds.
    Seconds,
    /// A share of 1 in percent.
    Percent,
}

/// Rows as a table.
pub(in crate::commands) fn table_of(rows: &[Value], columns: &[Column]) -> comfy_table::Table {
    let headers: Vec<&str> = columns.iter().map(|Column(header, _, _)| *header).collect();
    let mut table = table::new(&headers);
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|Column(_, place, format)| cell(row, place, *format)).collect();
        table.add_row(cells);
    }
    table
}

/// The text at a place.
pub(in crate::commands) fn cell(row: &Value, place: &str, format: Format) -> String {
    let mut found = vec![row];
    for part in place.split('.') {
        let (name, is_list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        found = found.into_iter().map(|value| &value[name]).collect();
        if is_list {
            found = found.into_iter().flat_map(|value| value.as_array().into_iter().flatten()).collect();
        }
    }
    let texts: Vec<String> = found.into_iter().map(|value| written(value, format)).collect();
    texts.join(", ")
}

fn written(value: &Value, format: Format) -> String {
    let number = || value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match (value, format) {
        (Value::Null, _) => String::new(),
        (_, Format::Time) => number().map(|milliseconds| utc_plus_8(milliseconds as i64)).unwrap_or_default(),
        (_, Format::Seconds) => number().map(|seconds| clock(seconds as i64)).unwrap_or_default(),
        (_, Format::Percent) => number().map(|share| format!("{:.1} %", share * 100.0)).unwrap_or_default(),
        (Value::String(text), Format::Plain) => text.clone(),
        (Value::Bool(yes), Format::Plain) => if *yes { "yes" } else { "no" }.to_owned(),
        (other, Format::Plain) => other.to_string(),
    }
}

/// `2026-03-01 08:00:00`, the call centre's own form.
pub(in crate::commands) fn utc_plus_8(unix_ms: i64) -> String {
    format_utc(unix_ms.div_euclid(1_000).saturating_add(8 * 3_600)).replace('T', " ").replace('Z', "")
}

fn clock(seconds: i64) -> String {
    if seconds < 3_600 {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    } else {
        format!("{}:{:02}:{:02}", seconds / 3_600, seconds % 3_600 / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_find_their_values() {
        let row = json!({
            "Name": "王芳", "Primary": true, "Start": 1_772_294_400_000_i64, "Talk": 65, "Max": "3725", "Rate": 0.5,
            "Detail": {"Phone": "138"}, "Roles": {"Role": [{"RoleName": "Admin"}, {"RoleName": "Agent"}]},
        });
        for (place, format, expected) in [
            ("Name", Format::Plain, "王芳"),
            ("Primary", Format::Plain, "yes"),
            ("Start", Format::Time, "2026-03-01 00:00:00"),
            ("Talk", Format::Seconds, "1:05"),
            ("Max", Format::Seconds, "1:02:05"),
            ("Rate", Format::Percent, "50.0 %"),
            ("Detail.Phone", Format::Plain, "138"),
            ("Roles.Role[].RoleName", Format::Plain, "Admin, Agent"),
            ("Detail.Missing", Format::Plain, ""),
            ("Missing.List[].Name", Format::Plain, ""),
            ("Missing", Format::Time, ""),
        ] {
            assert_eq!(cell(&row, place, format), expected, "{place}");
        }
    }
}
