//! Lists that come with `SkillLevel.N`: each element has its level, matched by index.

use std::collections::HashSet;

use openapi::{ApiError, Call, Parameter, ValueFault};

use crate::errors::PARAMETER_INVALID;
use crate::limits::SKILL_LEVELS;
use crate::product::unfit;

/// `SkillLevel.N`. The bounds are checked here: a level out of them has the code `Parameter.Invalid`.
pub(crate) const fn skill_level_parameter(max: usize) -> Parameter {
    Parameter::integer("SkillLevel", i32::MIN as i64, i32::MAX as i64).list(max)
}

/// The elements of `<list>.N` with their levels.
pub(crate) fn with_levels<'a>(call: &'a Call, list: &str) -> Result<Vec<(&'a str, i64)>, ApiError> {
    let elements = call.list(list);
    let levels = call.list("SkillLevel");
    if elements.len() != levels.len() {
        return Err(PARAMETER_INVALID.error(format!(
            "{list} has {} elements and SkillLevel {}: give every {list}.N its SkillLevel.N.",
            elements.len(),
            levels.len()
        )));
    }
    if elements.iter().collect::<HashSet<_>>().len() != elements.len() {
        return Err(PARAMETER_INVALID.error(format!("a {list} occurs twice: give each one skill level.")));
    }
    elements.into_iter().zip(levels).map(|(element, level)| Ok((element, skill_level(level)?))).collect()
}

fn skill_level(text: &str) -> Result<i64, ApiError> {
    let level: i64 =
        text.parse().map_err(|_| unfit(ValueFault::Format, "SkillLevel", "each must be a whole number"))?;
    if SKILL_LEVELS.contains(&level) {
        return Ok(level);
    }
    Err(PARAMETER_INVALID.error(format!(
        "SkillLevel {level} is not allowed: use {} to {}.",
        SKILL_LEVELS.start(),
        SKILL_LEVELS.end()
    )))
}
