//! XML as this service's clients read it: no namespace, booleans in lower case.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use crate::fault::{Fault, codes};

/// A document that is being written.
pub(crate) struct Xml(String);

impl Xml {
    /// A document with one root, whose content the function writes.
    pub(crate) fn document(root: &str, content: impl FnOnce(&mut Xml)) -> String {
        let mut xml = Xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned());
        xml.nested(root, content);
        xml.0
    }

    /// A document that is one text.
    pub(crate) fn text_document(root: &str, text: &str) -> String {
        Xml::document(root, |xml| xml.escape(text))
    }

    /// An element with elements in it.
    pub(crate) fn nested(&mut self, name: &str, content: impl FnOnce(&mut Xml)) {
        self.0.extend(["<", name, ">"]);
        content(self);
        self.0.extend(["</", name, ">"]);
    }

    /// An element with text.
    pub(crate) fn text(&mut self, name: &str, text: impl AsRef<str>) {
        self.nested(name, |xml| xml.escape(text.as_ref()));
    }

    /// An element with text, if there is any.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\r' => self.0.push_str("&#13;"),
                // What XML 1.0 cannot hold; a client that has such keys asks for their encoding.
                '\u{fffe}' | '\u{ffff}' => self.0.push('?'),
                character if character < ' ' && !matches!(character, '\n' | '\t') => self.0.push('?'),
                character => self.0.push(character),
            }
        }
    }
}

/// Keys and their like, encoded when the client asked for `encoding-type=url`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyText(pub(crate) bool);

impl KeyText {
    /// The text as the answer shows it.
    pub(crate) fn of(self, text: &str) -> String {
        if self.0 { utf8_percent_encode(text, NON_ALPHANUMERIC).to_string() } else { text.to_owned() }
    }
}

/// Reads the XML of a request. Entities that a document defines itself are refused, so none can grow.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| codes::MALFORMED_XML.says("The XML is not UTF-8."))?;
    quick_xml::de::from_str(text).map_err(|error| {
        let reason: String = error.to_string().chars().take(200).collect();
        codes::MALFORMED_XML.fault().detail("Reason", reason)
    })
}
