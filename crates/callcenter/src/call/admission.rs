//! May this call be made? A pure function over what is known; the database and the clock are read before.
//!
//! The order of the questions is fixed: what is wrong with the call itself comes before what the moment forbids, so that
//! trying again never changes the answer about an unlawful call. Refusals never repeat a party's number: they become
//! part of events.

use std::collections::HashSet;

use openapi::{ApiError, ValueFault};

use crate::call::destination::{Destination, normalise};
use crate::call::rules::DiallingRules;
use crate::errors::{
    NOT_EXIST_PHONE_NUMBER, PERMISSION_COOL_DOWN, PERMISSION_DESTINATION, PERMISSION_LOOP, PERMISSION_QUIET_HOURS,
    SERVICE_UNAVAILABLE, THROTTLING_USER,
};
use crate::limits::MAX_OPEN_CALLS;
use crate::product::unfit;

/// Who is to be called. `caller` is missing if the platform itself calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parties {
    /// First party.
    pub(crate) caller: Option<Destination>,
    /// Second party, or the only one.
    pub(crate) callee: Destination,
}

/// A number of the instance that calls may go out with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// As bound to the instance.
    pub(crate) number: String,
    /// Simultaneous calls that it bears.
    pub(crate) trunks: i64,
    /// Dialled calls that it bears now.
    pub(crate) open_calls: i64,
}

/// What is known at the moment of asking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Situation {
    /// Now, Unix milliseconds.
    pub(crate) now_ms: i64,
    pub(crate) rules: DiallingRules,
    /// Normal forms of the instance's numbers that take calls.
    pub(crate) own_inbound: HashSet<String>,
    /// Numbers of the instance that allow outbound calls.
    pub(crate) lines: Vec<Line>,
    /// Calls begun in the second before now.
    pub(crate) calls_of_last_second: i64,
    /// Dialled calls of the instance that are not over.
    pub(crate) open_calls: i64,
    /// The same of all instances.
    pub(crate) open_calls_everywhere: i64,
    /// Begin of the last call to this callee, from anyone.
    pub(crate) last_call_to_callee_ms: Option<i64>,
    /// Begin of the last call from this caller to this callee.
    pub(crate) last_call_of_pair_ms: Option<i64>,
}

/// Reads a number that is to be dialled.
pub(crate) fn destination(parameter: &'static str, given: &str) -> Result<Destination, ApiError> {
    normalise(given).ok_or_else(|| {
        unfit(
            ValueFault::Format,
            parameter,
            "it must be a mobile number, a fixed one with its area code, or an international one with + or 00",
        )
    })
}

/// The line that the call goes out with, or why it may not be made. `choose` picks one of so many.
pub(crate) fn admit<'a>(
    parties: &Parties,
    center_number: Option<&str>,
    situation: &'a Situation,
    choose: impl FnOnce(usize) -> usize,
) -> Result<&'a Line, ApiError> {
    check_parties(parties, situation)?;
    let line = free_line(center_number, &situation.lines, choose)?;
    check_destinations(parties, &situation.rules)?;
    check_capacity(situation)?;
    check_cool_down(situation)?;
    check_quiet_hours(situation)?;
    Ok(line)
}

/// Whether this number may be called now, whatever line it goes out with.
pub(crate) fn check_callee(parties: &Parties, situation: &Situation) -> Result<(), ApiError> {
    check_parties(parties, situation)?;
    check_destinations(parties, &situation.rules)?;
    check_cool_down(situation)?;
    check_quiet_hours(situation)
}

fn check_parties(parties: &Parties, situation: &Situation) -> Result<(), ApiError> {
    if parties.caller.as_ref().is_some_and(|caller| caller.number == parties.callee.number) {
        return Err(PERMISSION_LOOP.error("Caller and Callee are the same party: give two different numbers."));
    }
    for (parameter, party) in named(parties) {
        if situation.own_inbound.contains(&party.number) {
            return Err(PERMISSION_LOOP.error(format!(
                "{parameter} is a number of this instance that takes calls, so the call would come back: give another number."
            )));
        }
    }
    Ok(())
}

fn named(parties: &Parties) -> impl Iterator<Item = (&'static str, &Destination)> {
    parties.caller.iter().map(|caller| ("Caller", caller)).chain([("Callee", &parties.callee)])
}

fn free_line<'a>(
    center_number: Option<&str>,
    lines: &'a [Line],
    choose: impl FnOnce(usize) -> usize,
) -> Result<&'a Line, ApiError> {
    let asked = center_number.map(|given| normalise(given).map_or_else(|| given.to_owned(), |found| found.number));
    let is_asked = |line: &Line| {
        let own = normalise(&line.number).map_or_else(|| line.number.clone(), |found| found.number);
        asked.as_ref().is_none_or(|asked| *asked == own)
    };
    let candidates: Vec<&Line> = lines.iter().filter(|line| is_asked(line)).collect();
    if candidates.is_empty() {
        return Err(NOT_EXIST_PHONE_NUMBER.error(match center_number {
            Some(_) => "the call center number is not a number of this instance that allows outbound calls: take one that ListPhoneNumbers returns with AllowOutbound.",
            None => "the instance has no number that allows outbound calls: add one with AddPhoneNumber first.",
        }));
    }
    let free: Vec<&Line> = candidates.into_iter().filter(|line| line.open_calls < line.trunks).collect();
    let index = if free.len() > 1 { choose(free.len()) } else { 0 };
    free.get(index).copied().ok_or_else(|| {
        SERVICE_UNAVAILABLE
            .error("no free line: every line of the call center number bears a call. Try again when one has ended.")
    })
}

fn check_destinations(parties: &Parties, rules: &DiallingRules) -> Result<(), ApiError> {
    for (parameter, party) in named(parties) {
        if let Some(what) = rules.refusal_of(party) {
            return Err(PERMISSION_DESTINATION.error(format!(
                "{parameter} may not be dialled: the dialling rules of this instance refuse {what}. An administrator can change them with SetDiallingRules."
            )));
        }
    }
    Ok(())
}

fn check_capacity(situation: &Situation) -> Result<(), ApiError> {
    let rules = &situation.rules;
    if situation.calls_of_last_second >= rules.calls_per_second {
        let mut error = THROTTLING_USER.error(format!(
            "the instance begins at most {} calls a second: try again a second later.",
            rules.calls_per_second
        ));
        error.retry_after_ms = Some(1_000);
        return Err(error);
    }
    if situation.open_calls >= rules.concurrent_calls {
        return Err(SERVICE_UNAVAILABLE.error(format!(
            "the instance has {} dialled calls, as many as its dialling rules allow: try again when one has ended.",
            situation.open_calls
        )));
    }
    if situation.open_calls_everywhere >= MAX_OPEN_CALLS {
        return Err(SERVICE_UNAVAILABLE.error("the server bears as many calls as it may: try again later."));
    }
    Ok(())
}

fn check_cool_down(situation: &Situation) -> Result<(), ApiError> {
    let rules = &situation.rules;
    let remaining_s = |last_ms: Option<i64>, cool_down_s: i64| {
        let until_ms = last_ms?.saturating_add(cool_down_s.saturating_mul(1_000));
        let left_ms = until_ms.saturating_sub(situation.now_ms);
        (left_ms > 0).then(|| (left_ms + 999) / 1_000)
    };
    let callee = remaining_s(situation.last_call_to_callee_ms, rules.callee_cool_down_s);
    let pair = remaining_s(situation.last_call_of_pair_ms, rules.pair_cool_down_s);
    match callee.max(pair) {
        Some(seconds) => Err(PERMISSION_COOL_DOWN
            .error(format!("Callee was called a moment ago: the dialling rules allow the next call in {seconds} s."))),
        None => Ok(()),
    }
}

fn check_quiet_hours(situation: &Situation) -> Result<(), ApiError> {
    match situation.rules.quiet_hours {
        Some(hours) if hours.contains(situation.now_ms) => Err(PERMISSION_QUIET_HOURS.error(format!(
            "nobody is called during the quiet hours {} (UTC+8) of this instance: call later.",
            String::from(hours)
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::rules::QuietHours;

    /// 2026-03-01 12:00:00 UTC+8.
    const NOON_MS: i64 = 1_772_337_600_000;

    fn parties(caller: &str, callee: &str) -> Parties {
        Parties { caller: Some(normalise(caller).expect("a caller")), callee: normalise(callee).expect("a callee") }
    }

    fn calm() -> Situation {
        Situation {
            now_ms: NOON_MS,
            own_inbound: HashSet::from(["02112345678".to_owned()]),
            lines: vec![line("02112345678", 0), line("+8657126883072", 0)],
            ..Situation::default()
        }
    }

    fn line(number: &str, open_calls: i64) -> Line {
        Line { number: number.to_owned(), trunks: 2, open_calls }
    }

    fn asked(parties: &Parties, center: Option<&str>, situation: &Situation) -> Result<String, (String, u16)> {
        admit(parties, center, situation, |_| 1)
            .map(|line| line.number.clone())
            .map_err(|error| (error.code.into_owned(), error.http_status))
    }

    fn refused(code: &str, http_status: u16) -> Result<String, (String, u16)> {
        Err((code.to_owned(), http_status))
    }

    #[test]
    fn an_honest_call_gets_a_line() {
        let good = parties("13812345678", "13912345678");
        assert_eq!(asked(&good, None, &calm()), Ok("+8657126883072".to_owned()));
        for spelling in ["02112345678", "+86 21 12345678", "021-12345678"] {
            assert_eq!(asked(&good, Some(spelling), &calm()), Ok("02112345678".to_owned()));
        }
    }

    #[test]
    fn the_call_itself_must_be_lawful() {
        let good = parties("13812345678", "13912345678");
        for (parties, center, expected) in [
            (parties("13812345678", "+86 138-1234-5678"), None, refused("Permission.Loop", 403)),
            (parties("13812345678", "02112345678"), None, refused("Permission.Loop", 403)),
            (parties("+862112345678", "13812345678"), None, refused("Permission.Loop", 403)),
            (good.clone(), Some("02187654321"), refused("NotExist.PhoneNumber", 404)),
            (good.clone(), Some("nonsense"), refused("NotExist.PhoneNumber", 404)),
            (parties("13812345678", "110"), None, refused("Permission.Destination", 403)),
            (parties("+12127365000", "13812345678"), None, refused("Permission.Destination", 403)),
        ] {
            assert_eq!(asked(&parties, center, &calm()), expected, "{parties:?}");
        }
        let nothing = Situation { lines: Vec::new(), ..calm() };
        assert_eq!(asked(&good, None, &nothing), refused("NotExist.PhoneNumber", 404));
    }

    #[test]
    fn the_moment_must_allow_it() {
        let good = parties("13812345678", "13912345678");
        let full = Situation { lines: vec![line("02112345678", 2), line("057126883072", 0)], ..calm() };
        assert_eq!(asked(&good, Some("02112345678"), &full), refused("ServiceUnavailable", 503));
        assert_eq!(asked(&good, None, &full), Ok("057126883072".to_owned()));
        let rules = DiallingRules { quiet_hours: QuietHours::parse("11:00-13:00"), ..DiallingRules::default() };
        let limit = DiallingRules::default();
        for (situation, expected) in [
            (Situation { calls_of_last_second: limit.calls_per_second, ..calm() }, refused("Throttling.User", 429)),
            (Situation { open_calls: limit.concurrent_calls, ..calm() }, refused("ServiceUnavailable", 503)),
            (Situation { open_calls_everywhere: MAX_OPEN_CALLS, ..calm() }, refused("ServiceUnavailable", 503)),
            (Situation { last_call_to_callee_ms: Some(NOON_MS - 1), ..calm() }, refused("Permission.CoolDown", 403)),
            (
                Situation { last_call_of_pair_ms: Some(NOON_MS - 1_000 * limit.pair_cool_down_s + 1), ..calm() },
                refused("Permission.CoolDown", 403),
            ),
            (Situation { rules, ..calm() }, refused("Permission.QuietHours", 403)),
        ] {
            assert_eq!(asked(&good, None, &situation), expected, "{situation:?}");
        }
        let cooled = Situation { last_call_of_pair_ms: Some(NOON_MS - 1_000 * limit.pair_cool_down_s), ..calm() };
        assert!(asked(&good, None, &cooled).is_ok());
    }

    #[test]
    fn refusals_do_not_repeat_numbers() {
        let bad = parties("13812345678", "+12127365000");
        let error = admit(&bad, None, &calm(), |_| 0).expect_err("international");
        assert!(!error.message.contains("2127365000") && !error.message.contains("13812345678"), "{}", error.message);
    }
}
