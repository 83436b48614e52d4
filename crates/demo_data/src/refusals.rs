//! Calls that did not succeed: codes and texts as callers get them.

use crate::dice::Dice;

/// One call in so many is refused on an ordinary day.
const ORDINARY: f64 = 0.025;
/// Share of refused calls of a script in a burst.
const IN_A_BURST: f64 = 0.2;

/// Code, text and share of all refusals.
const REFUSALS: [(&str, &str, f64); 8] = [
    ("Throttling.User", "Request was denied due to user flow control.", 0.3),
    ("NoPermission", "You are not authorized to perform this action.", 0.25),
    ("NotExist.InstanceId", "The specified instance does not exist.", 0.15),
    ("Parameter.Format", "The format of the parameter PhoneNumber is wrong: 手机号格式错误", 0.1),
    ("NotExist.SkillGroupId", "The specified skill group does not exist.", 0.08),
    ("MissingParameter", "The input parameter InstanceId that is mandatory for processing is not supplied.", 0.06),
    ("InternalService.Common", "The service failed; try again later.", 0.04),
    ("LimitExceeded.SkillGroup", "The number of skill groups has reached its limit.", 0.02),
];

/// The refusal of a call, if it is refused.
pub(crate) fn draw(dice: &mut Dice, in_burst: bool) -> Option<(String, String)> {
    if !dice.happens(if in_burst { IN_A_BURST } else { ORDINARY }) {
        return None;
    }
    let (code, text) = if in_burst { (REFUSALS[0].0, REFUSALS[0].1) } else { weighted(dice) };
    Some((code.to_owned(), text.to_owned()))
}

fn weighted(dice: &mut Dice) -> (&'static str, &'static str) {
    let mut share = dice.share();
    for (code, text, part) in REFUSALS {
        if share < part {
            return (code, text);
        }
        share -= part;
    }
    (REFUSALS[0].0, REFUSALS[0].1)
}
