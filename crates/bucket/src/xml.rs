//! XML as this service's clients read it: no namespace, booleans in lower case.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::events::Event;
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

/// Reads the XML of a request, whose root has this name. An element that nobody here knows is refused: what it asks for
/// would not be done. Attributes, such as a namespace, say nothing in this protocol. Entities that a document defines
/// itself are refused, so none can grow.
pub(crate) fn parse<T: DeserializeOwned>(root: &str, bytes: &[u8]) -> Result<T, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| codes::MALFORMED_XML.says("The XML is not UTF-8."))?;
    if root_name(text).is_some_and(|name| name != root) {
        return Err(codes::MALFORMED_XML.says(format!("The XML of this operation is a {root}.")));
    }
    let mut unknown = None;
    let mut reader = quick_xml::de::Deserializer::from_str(text);
    let read = serde_ignored::deserialize(&mut reader, |path| {
        let path = path.to_string();
        if !path.rsplit('.').next().is_some_and(|name| name.starts_with('@')) {
            unknown.get_or_insert(path);
        }
    });
    let document = read.map_err(|error| {
        let reason: String = error.to_string().chars().take(200).collect();
        codes::MALFORMED_XML.fault().detail("Reason", reason)
    })?;
    match unknown {
        None => Ok(document),
        Some(path) => {
            let path: String = path.chars().take(200).collect();
            let fault = codes::NOT_IMPLEMENTED.says(format!("This server does not have {path} in a {root}."));
            Err(fault.detail("Element", path))
        }
    }
}

/// Name of the outermost element; `None` when there is none to be read.
fn root_name(text: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => {
                return Some(String::from_utf8_lossy(start.local_name().as_ref()).into_owned());
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "PascalCase")]
    struct Basket {
        #[serde(default)]
        apple: Vec<Apple>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "PascalCase")]
    struct Apple {
        color: String,
    }

    fn read(xml: &str) -> Result<usize, &'static str> {
        parse::<Basket>("Basket", xml.as_bytes()).map(|basket| basket.apple.len()).map_err(|fault| fault.code.name)
    }

    #[test]
    fn what_is_unknown_is_refused_and_not_passed_over() {
        assert_eq!(
            read("<?xml version=\"1.0\"?>\n<Basket xmlns=\"http://x\">\n <Apple><Color>red</Color></Apple>\n</Basket>"),
            Ok(1)
        );
        assert_eq!(read("<Basket/>"), Ok(0));
        assert_eq!(read("<Basket><Pear/></Basket>"), Err("NotImplemented"));
        assert_eq!(read("<Basket><Apple><Color>red</Color><Size>1</Size></Apple></Basket>"), Err("NotImplemented"));
        assert_eq!(read("<Basket>text</Basket>"), Err("NotImplemented"));
        assert_eq!(read("<Bag><Apple><Color>red</Color></Apple></Bag>"), Err("MalformedXML"));
        assert_eq!(read("<Basket><Apple></Apple></Basket>"), Err("MalformedXML"));
        for none in ["", "<Basket>", "text", "<Basket><Apple></Basket>"] {
            assert_eq!(read(none), Err("MalformedXML"), "{none}");
        }
    }
}
