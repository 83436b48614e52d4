//! An answer as XML, for V1 callers that ask for it.
//!
//! The root is `<OperationResponse>` or `<Error>`; a list repeats its element's name. Public document: Alibaba Cloud
//! OpenAPI, "RPC API: response formats".

use serde_json::{Map, Value};

/// Writes a document.
pub(crate) fn document(root: &str, body: &Map<String, Value>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    element(&mut out, root, &Value::Object(body.clone()));
    out
}

fn element(out: &mut String, name: &str, value: &Value) {
    if let Value::Array(list) = value {
        list.iter().for_each(|item| element(out, name, item));
        return;
    }
    let name = safe_name(name);
    out.push('<');
    out.push_str(&name);
    out.push('>');
    match value {
        Value::Object(fields) => fields.iter().for_each(|(field, value)| element(out, field, value)),
        Value::String(text) => escape(out, text),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => out.push_str(&value.to_string()),
    }
    out.push_str("</");
    out.push_str(&name);
    out.push('>');
}

/// Event fields such as `ConfigItem.1` are good names; anything else that is not gets `_`.
fn safe_name(name: &str) -> String {
    let mut safe: String =
        name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' }).collect();
    if !safe.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        safe.insert(0, '_');
    }
    safe
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // XML 1.0 cannot carry these, escaped or not.
            c if (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                out.push('\u{fffd}')
            }
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_repeat_and_text_is_escaped() {
        let body = serde_json::json!({
            "RequestId": "5B1E", "ConfigItems": {"ConfigItem": [{"Name": "a<b&\u{1}"}, {"Name": "审计"}]}, "Events": [1, true], "1 x": null
        });
        let Value::Object(body) = body else { unreachable!("an object was written") };
        assert_eq!(
            document("ListConfigResponse", &body),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListConfigResponse><RequestId>5B1E</RequestId><ConfigItems><ConfigItem>\
             <Name>a&lt;b&amp;\u{fffd}</Name></ConfigItem><ConfigItem><Name>审计</Name></ConfigItem></ConfigItems>\
             <Events>1</Events><Events>true</Events><_1_x></_1_x></ListConfigResponse>"
        );
    }
}
