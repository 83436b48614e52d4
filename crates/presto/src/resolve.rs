//! Which of a function's signatures a call means, and what that makes of its arguments.

use datafusion::common::plan_err;
use datafusion::error::Result;

use crate::type_text::Signature;
use crate::types::Type;

/// What a call's arguments become, and its result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resolved {
    pub(crate) arguments: Vec<Type>,
    pub(crate) result: Type,
    /// The place of the signature in the function's list.
    pub(crate) index: usize,
}

/// The best of the signatures for the arguments: the first that takes them as they are, or else the first that takes
/// them at all.
pub(crate) fn resolve(name: &str, signatures: &[Signature], given: &[Type]) -> Result<Resolved> {
    let fits = signatures.iter().enumerate().filter_map(|(index, signature)| fit(signature, given, index));
    match fits.min_by_key(|(cost, _)| *cost) {
        Some((_, resolved)) => Ok(resolved),
        None => plan_err!("{name} expects {}, got ({})", choices(signatures), list(given)),
    }
}

fn choices(signatures: &[Signature]) -> String {
    let one = |signature: &Signature| {
        format!("({}{})", list(&signature.parameters), if signature.repeats { ", ..." } else { "" })
    };
    signatures.iter().map(one).collect::<Vec<_>>().join(" or ")
}

fn list(types: &[Type]) -> String {
    types.iter().map(Type::to_string).collect::<Vec<_>>().join(", ")
}

fn fit(signature: &Signature, given: &[Type], index: usize) -> Option<(usize, Resolved)> {
    let fixed = signature.parameters.len() - usize::from(signature.repeats);
    if given.len() < fixed || (given.len() > fixed && !signature.repeats) {
        return None;
    }
    let parameter = |place: usize| &signature.parameters[place.min(signature.parameters.len() - 1)];
    let mut bound = Bindings::default();
    let mut cost = 0;
    // All are bound before any is filled in: what a later argument widens is wide for the earlier one, too.
    for (place, argument) in given.iter().enumerate() {
        cost += bound.bind(parameter(place), argument)?;
    }
    let arguments = given.iter().enumerate().map(|(place, argument)| bound.fill(parameter(place)).known_by(argument));
    let arguments: Vec<Type> = arguments.collect();
    let result = match bound.fill(&signature.result) {
        // What is made of an instant stays in its zone.
        Type::Zoned(_) => arguments.iter().find(|given| matches!(given, Type::Zoned(_))).cloned(),
        other => Some(other),
    };
    let result = result.unwrap_or_else(|| signature.result.clone());
    Some((cost, Resolved { arguments, result, index }))
}

impl Type {
    /// Itself, or what is given where it leaves something open.
    fn known_by(self, given: &Type) -> Type {
        match (&self, given) {
            (Type::Unknown, _) | (Type::Zoned(_), Type::Zoned(_)) => given.clone(),
            _ => self,
        }
    }
}

#[derive(Default)]
struct Bindings(Vec<(char, Type)>);

impl Bindings {
    fn bind(&mut self, parameter: &Type, given: &Type) -> Option<usize> {
        Some(match (parameter, given) {
            (Type::Variable(letter), _) => match self.0.iter_mut().find(|(bound, _)| bound == letter) {
                None => {
                    self.0.push((*letter, given.clone()));
                    0
                }
                Some((_, bound)) => {
                    let common = bound.common(given)?;
                    let widened = usize::from(common != *bound || common != *given);
                    *bound = common;
                    widened
                }
            },
            (_, Type::Unknown) => 0,
            (Type::Json, Type::Varchar) | (Type::Varchar, Type::Json) | (Type::Zoned(_), Type::Zoned(_)) => 0,
            (Type::Array(item), Type::Array(given)) => self.bind(item, given)?,
            (Type::Map(key, value), Type::Map(given_key, given_value)) => {
                self.bind(key, given_key)? + self.bind(value, given_value)?
            }
            (Type::Row(fields), Type::Row(given)) if fields.len() == given.len() => {
                let each = fields.iter().zip(given).map(|((_, field), (_, given))| self.bind(field, given));
                each.sum::<Option<usize>>()?
            }
            (one, two) if one == two => 0,
            (Type::Double, Type::Bigint) | (Type::Timestamp, Type::Date) => 1,
            (Type::Zoned(_), Type::Timestamp) | (Type::Timestamp, Type::Zoned(_)) => 1,
            (Type::Zoned(_), Type::Date) => 2,
            _ => return None,
        })
    }

    fn fill(&self, open: &Type) -> Type {
        match open {
            Type::Variable(letter) => {
                self.0.iter().find(|(bound, _)| bound == letter).map_or(Type::Unknown, |(_, found)| found.clone())
            }
            Type::Array(item) => Type::Array(Box::new(self.fill(item))),
            Type::Map(key, value) => Type::Map(Box::new(self.fill(key)), Box::new(self.fill(value))),
            Type::Row(fields) => {
                Type::Row(fields.iter().map(|(name, inner)| (name.clone(), self.fill(inner))).collect())
            }
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::type_text::Reader;

    fn resolved(signatures: &[&str], given: &[&str]) -> Result<(String, String)> {
        let signatures: Vec<Signature> =
            signatures.iter().map(|text| Reader::signature(text).unwrap_or_else(|| panic!("{text}")).1).collect();
        let given: Vec<Type> = given.iter().map(|text| Reader::whole_type(text).unwrap()).collect();
        resolve("f", &signatures, &given).map(|found| (list(&found.arguments), found.result.to_string()))
    }

    #[test]
    fn variables_are_bound_and_widened() {
        let element = ["f(array(T), bigint) -> T", "f(map(K, V), K) -> V"];
        assert_eq!(resolved(&element, &["array(varchar)", "bigint"]).unwrap().1, "varchar");
        assert_eq!(resolved(&element, &["map(varchar, double)", "varchar"]).unwrap().1, "double");
        let contains = ["f(array(T), T) -> boolean"];
        assert_eq!(resolved(&contains, &["array(bigint)", "double"]).unwrap().0, "array(double), double");
        let number = ["f(bigint) -> bigint", "f(double) -> double"];
        assert_eq!(resolved(&number, &["bigint"]).unwrap().1, "bigint");
        assert_eq!(resolved(&number, &["double"]).unwrap().1, "double");
        assert_eq!(resolved(&number, &["unknown"]).unwrap(), ("bigint".to_owned(), "bigint".to_owned()));
    }

    #[test]
    fn a_wrong_call_is_told_what_is_right() {
        let error = resolved(&["f(varchar, bigint) -> bigint"], &["bigint", "varchar"]).unwrap_err().to_string();
        assert!(error.contains("f expects (varchar, bigint), got (bigint, varchar)"), "{error}");
        assert!(resolved(&["f(varchar...) -> varchar"], &[]).is_ok());
        assert!(resolved(&["f(varchar) -> varchar"], &["varchar", "varchar"]).is_err());
    }
}
