//! Types and signatures read from their texts: `map(varchar, array(bigint))`, `element_at(array(T), bigint) -> T`.

use crate::types::Type;

/// What a function takes and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) parameters: Vec<Type>,
    /// The last parameter may come any number of times, also not at all.
    pub(crate) repeats: bool,
    pub(crate) result: Type,
}

/// Reads texts of types.
pub(crate) struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t str) -> Reader<'t> {
        Reader { rest: text.trim() }
    }

    /// The type that the text names, if it names one and nothing else.
    pub(crate) fn whole_type(text: &str) -> Option<Type> {
        let mut reader = Reader::new(text);
        let found = reader.one_type()?;
        reader.rest.trim().is_empty().then_some(found)
    }

    /// The name and the signature of `name(type, type...) -> type`.
    pub(crate) fn signature(text: &'t str) -> Option<(&'t str, Signature)> {
        let mut reader = Reader::new(text);
        let name = reader.word()?;
        reader.expect("(").then_some(())?;
        let (mut parameters, mut repeats) = (Vec::new(), false);
        while !reader.expect(")") {
            parameters.push(reader.one_type()?);
            repeats = reader.expect("...");
            reader.expect(",");
        }
        reader.expect("->").then_some(())?;
        let result = reader.one_type()?;
        reader.rest.is_empty().then_some((name, Signature { parameters, repeats, result }))
    }

    fn word(&mut self) -> Option<&'t str> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        (!word.is_empty()).then(|| {
            self.rest = rest;
            word
        })
    }

    fn expect(&mut self, sign: &str) -> bool {
        let trimmed = self.rest.trim_start();
        match trimmed.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn words(&mut self, wanted: &[&str]) -> bool {
        let before = self.rest;
        let all = wanted.iter().all(|word| self.word().is_some_and(|found| found.eq_ignore_ascii_case(word)));
        if !all {
            self.rest = before;
        }
        all
    }

    fn one_type(&mut self) -> Option<Type> {
        let word = self.word()?;
        Some(match word.to_ascii_lowercase().as_str() {
            _ if word.len() == 1 && word.chars().all(|letter| letter.is_ascii_uppercase()) => {
                Type::Variable(word.chars().next()?)
            }
            "unknown" => Type::Unknown,
            "boolean" => Type::Boolean,
            "tinyint" | "smallint" | "integer" | "int" | "bigint" => Type::Bigint,
            "real" | "float" | "double" => {
                self.words(&["precision"]);
                Type::Double
            }
            "decimal" | "numeric" => {
                self.sizes()?;
                Type::Double
            }
            "varchar" | "char" | "string" | "text" => {
                self.sizes()?;
                Type::Varchar
            }
            "varbinary" => Type::Varbinary,
            "json" => Type::Json,
            "date" => Type::Date,
            "timestamp" => {
                self.sizes()?;
                if self.words(&["with", "time", "zone"]) {
                    return Some(Type::Zoned("".into()));
                }
                self.words(&["without", "time", "zone"]);
                Type::Timestamp
            }
            "array" => {
                let (open, close) = self.brackets()?;
                debug_assert!(open != close);
                let item = self.one_type()?;
                self.expect(close).then(|| Type::Array(Box::new(item)))?
            }
            "map" => {
                let (_, close) = self.brackets()?;
                let key = self.one_type()?;
                self.expect(",").then_some(())?;
                let value = self.one_type()?;
                self.expect(close).then(|| Type::Map(Box::new(key), Box::new(value)))?
            }
            "row" => self.row()?,
            _ => return None,
        })
    }

    fn brackets(&mut self) -> Option<(&'static str, &'static str)> {
        [("(", ")"), ("<", ">")].into_iter().find(|(open, _)| self.expect(open))
    }

    /// `(10, 2)`, which changes nothing here.
    fn sizes(&mut self) -> Option<()> {
        if self.expect("(") {
            while !self.expect(")") {
                self.word()?;
                self.expect(",");
            }
        }
        Some(())
    }

    /// `row(name type, type)`.
    fn row(&mut self) -> Option<Type> {
        let (_, close) = self.brackets()?;
        let mut fields = Vec::new();
        loop {
            let before = self.rest;
            let unnamed = self.one_type().filter(|_| {
                let next = self.rest.trim_start();
                next.starts_with(',') || next.starts_with(close)
            });
            let field = match unnamed {
                Some(inner) => (format!("field{}", fields.len()), inner),
                None => {
                    self.rest = before;
                    let name = if self.expect("\"") {
                        let (name, rest) = self.rest.split_once('"')?;
                        self.rest = rest;
                        name
                    } else {
                        self.word()?
                    };
                    (name.to_owned(), self.one_type()?)
                }
            };
            fields.push(field);
            if self.expect(close) {
                return Some(Type::Row(fields));
            }
            self.expect(",").then_some(())?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_back_from_their_texts() {
        for text in [
            "bigint",
            "double",
            "array(map(varchar, array(bigint)))",
            "row(a bigint, b array(varchar))",
            "timestamp with time zone",
            "row(field0 bigint, field1 varchar)",
        ] {
            assert_eq!(Reader::whole_type(text).map(|found| found.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Reader::whole_type("decimal(10, 2)"), Some(Type::Double));
        assert_eq!(Reader::whole_type("VARCHAR(20)"), Some(Type::Varchar));
        assert_eq!(
            Reader::whole_type("row(bigint, varchar)"),
            Reader::whole_type("row(field0 bigint, field1 varchar)")
        );
        for text in ["", "array", "array(bigint", "bigint x", "map(varchar)", "row()", "colour"] {
            assert_eq!(Reader::whole_type(text), None, "{text}");
        }
    }
}
