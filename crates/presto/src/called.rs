//! What planning knows of a function: how it is called.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::logical_expr::{Signature as Planned, Volatility};

use crate::resolve::{Resolved, resolve};
use crate::session::Session;
use crate::type_text::{Reader, Signature};
use crate::types::Type;

/// Names and signatures of a function in a session. Two are the same when they are called alike in the same session:
/// nothing else differs.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) signatures: Vec<Signature>,
    pub(crate) planned: Planned,
    pub(crate) session: Arc<Session>,
}

impl Called {
    /// By the texts of a table: `name(type, ...) -> type`, one for each way to call it.
    pub(crate) fn new(
        signatures: &[&'static str],
        also: &[&'static str],
        volatility: Volatility,
        session: &Arc<Session>,
    ) -> Result<Called> {
        let mut called = Called {
            name: String::new(),
            aliases: also.iter().map(|name| (*name).to_owned()).collect(),
            signatures: Vec::new(),
            planned: Planned::user_defined(volatility),
            session: session.clone(),
        };
        for text in signatures {
            let Some((name, signature)) = Reader::signature(text) else {
                return internal_err!("'{text}' is no signature");
            };
            name.clone_into(&mut called.name);
            called.signatures.push(signature);
        }
        Ok(called)
    }

    /// What people call it: for what the grammar makes of `cast` and others the name has a prefix.
    pub(crate) fn shown(&self) -> &str {
        self.name.strip_prefix("presto_").unwrap_or(&self.name)
    }

    /// The way in which these arguments call it.
    pub(crate) fn resolve(&self, given: &[Type]) -> Result<Resolved> {
        resolve(self.shown(), &self.signatures, given)
    }

    /// The arguments as they are, if they can call it: what differs is converted value by value.
    pub(crate) fn accept(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let types: Vec<Type> = given.iter().map(Type::of).collect();
        self.resolve(&types)?;
        Ok(given.to_vec())
    }
}

impl PartialEq for Called {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.session, &other.session)
    }
}

impl Eq for Called {}

impl Hash for Called {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
