//! Tallies as the reports show them.
//!
//! Public document: CCC 2017-07-05, "ListAgentSummaryReports" and "ListSkillGroupSummaryReports". Rates are fractions
//! computed in 32 bits and printed with the digits of the equal double; a whole one is printed as an integer. Averages
//! are cut to whole seconds. What has nothing to be divided by is 0.

use serde_json::{Map, Number, Value, json};

use crate::report::tally::{Calls, Line, Queue, Tally};

/// A few figures differ in type between operations: this one is text, as the wire has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `"120"`
    Text,
    /// `120`
    Integer,
}

impl Form {
    fn of(self, seconds: i64) -> Value {
        match self {
            Form::Text => seconds.to_string().into(),
            Form::Integer => seconds.into(),
        }
    }
}

/// A rate as a fraction.
pub(super) fn fraction(part: i64, whole: i64) -> Value {
    rate(part as f32, whole)
}

/// A rate in percent.
pub(super) fn percent(part: i64, whole: i64) -> Value {
    rate(part as f32 * 100.0, whole)
}

fn rate(part: f32, whole: i64) -> Value {
    if whole == 0 {
        return 0.into();
    }
    let rate = f64::from(part / whole as f32);
    if rate.fract() == 0.0 {
        return (rate as i64).into();
    }
    Number::from_f64(rate).map_or(Value::from(0), Value::Number)
}

/// An average, cut.
pub(super) fn average(total: i64, count: i64) -> i64 {
    total.checked_div(count).unwrap_or(0)
}

pub(super) type Fields = Map<String, Value>;

pub(super) fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

/// `Inbound`, the part that all reports share.
pub(super) fn inbound(calls: &Calls, max_talk: Form) -> Fields {
    fields(json!({
        "AverageRingTime": average(calls.waiting_s, calls.begun),
        "AverageTalkTime": average(calls.talk_s, calls.answered),
        "AverageWorkTime": average(calls.work_s, calls.answered),
        "CallsHandled": calls.answered,
        "CallsOffered": calls.begun,
        "HandleRate": fraction(calls.answered, calls.begun),
        "MaxRingTime": calls.waiting_max_s,
        "MaxTalkTime": max_talk.of(calls.talk_max_s),
        "MaxWorkTime": calls.work_max_s,
        "SatisfactionIndex": fraction(calls.surveys_satisfied, calls.surveys_answered),
        "SatisfactionSurveysOffered": calls.surveys_offered,
        "SatisfactionSurveysResponded": calls.surveys_answered,
        "ServiceLevel20": fraction(calls.answered_within_20_s, calls.begun),
        "TotalRingTime": calls.waiting_s,
        "TotalTalkTime": calls.talk_s,
        "TotalWorkTime": calls.work_s,
    }))
}

/// `Outbound`.
pub(super) fn outbound(calls: &Calls, max_work: Form) -> Fields {
    fields(json!({
        "AnswerRate": fraction(calls.answered, calls.begun),
        "AverageDialingTime": average(calls.waiting_s, calls.begun),
        "AverageTalkTime": average(calls.talk_s, calls.answered),
        "AverageWorkTime": average(calls.work_s, calls.answered),
        "CallsAnswered": calls.answered,
        "CallsDialed": calls.begun,
        "MaxDialingTime": calls.waiting_max_s,
        "MaxTalkTime": calls.talk_max_s,
        "MaxWorkTime": max_work.of(calls.work_max_s),
        "SatisfactionIndex": fraction(calls.surveys_satisfied, calls.surveys_answered),
        "SatisfactionSurveysOffered": calls.surveys_offered,
        "SatisfactionSurveysResponded": calls.surveys_answered,
        "TotalDialingTime": calls.waiting_s,
        "TotalTalkTime": calls.talk_s,
        "TotalWorkTime": calls.work_s,
    }))
}

/// `Overall`.
pub(super) fn overall(tally: &Tally) -> Fields {
    let (both, shift) = (tally.both(), &tally.shift);
    fields(json!({
        "AverageReadyTime": average(shift.ready_s, shift.ready_stretches),
        "AverageTalkTime": average(both.talk_s, both.answered),
        "AverageWorkTime": average(both.work_s, both.answered),
        "MaxReadyTime": shift.ready_max_s,
        "MaxTalkTime": both.talk_max_s,
        "MaxWorkTime": both.work_max_s,
        "OccupancyRate": fraction(both.talk_s.saturating_add(both.work_s), tally.logged_in_s()),
        "SatisfactionIndex": fraction(both.surveys_satisfied, both.surveys_answered),
        "SatisfactionSurveysOffered": both.surveys_offered,
        "SatisfactionSurveysResponded": both.surveys_answered,
        "TotalBreakTime": shift.break_s,
        "TotalCalls": both.answered,
        "TotalLoggedInTime": tally.logged_in_s(),
        "TotalReadyTime": shift.ready_s,
        "TotalTalkTime": both.talk_s,
        "TotalWorkTime": both.work_s,
    }))
}

/// What a skill group's `Inbound` has beside [`inbound`].
pub(super) fn add_queue(inbound: &mut Fields, queue: &Queue) {
    inbound.extend(fields(json!({
        "AbandonedInQueueOfQueueCount": queue.abandoned,
        "AnsweredByAgentOfQueueCount": queue.answered,
        "AnsweredByAgentOfQueueMaxWaitTimeDuration": queue.answered_wait_max_s,
        "AnsweredByAgentOfQueueWaitTimeDuration": queue.answered_wait_s,
        "GiveUpByAgentOfQueueCount": queue.abandoned_ringing,
        "InComingQueueOfQueueCount": queue.entries,
        "OverFlowInQueueOfQueueCount": queue.overflowed,
        "QueueMaxWaitTimeDuration": queue.wait_max_s,
        "QueueWaitTimeDuration": queue.wait_s,
        "ServiceLevel20": fraction(queue.answered_within_20_s, queue.entries),
    })));
}

/// What the instance's `Inbound` has beside [`inbound`].
pub(super) fn add_line(inbound: &mut Fields, line: &Line, queue: &Queue) {
    inbound.extend(fields(json!({
        "AverageWaitTime": average(queue.wait_s, queue.entries),
        "CallsAbandonedInIVR": line.abandoned_in_flow,
        "CallsAbandonedInQueue": queue.abandoned,
        "CallsIncomingIVR": line.entered_flow,
        "CallsIncomingLine": line.incoming,
        "CallsIncomingQueue": queue.entries,
        "MaxWaitTime": queue.wait_max_s,
        "ServiceLevel20": fraction(queue.answered_within_20_s, queue.entries),
        "TotalWaitTime": queue.wait_s,
    })));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tally::Shift;

    #[test]
    fn rates_have_the_digits_of_the_equal_double() {
        for (part, whole, printed) in [
            (3, 1158, "0.0025906735099852085"),
            (30, 3648, "0.008223684504628181"),
            (176, 1150, "0.1530434787273407"),
            (1, 2, "0.5"),
            (3, 3, "1"),
            (0, 7, "0"),
            (5, 0, "0"),
            (3, 2, "1.5"),
        ] {
            assert_eq!(fraction(part, whole).to_string(), printed, "{part}/{whole}");
        }
        assert_eq!(percent(1, 2).to_string(), "50");
        assert_eq!(percent(3, 3).to_string(), "100");
    }

    #[test]
    fn averages_are_cut() {
        assert_eq!(average(3583, 5), 716);
        assert_eq!(average(9, 0), 0);
    }

    /// The worked example of the reports.
    #[test]
    fn the_worked_example() {
        let inbound_calls = Calls { begun: 2, answered: 1, waiting_s: 34, talk_s: 100, work_s: 10, ..Calls::default() };
        let outbound_calls = Calls { begun: 4, answered: 2, waiting_s: 40, talk_s: 60, work_s: 6, ..Calls::default() };
        let shift = Shift { ready_s: 600, break_s: 300, ..Shift::default() };
        let tally = Tally { inbound: inbound_calls, outbound: outbound_calls, shift };
        let inbound = inbound(&tally.inbound, Form::Integer);
        let outbound = outbound(&tally.outbound, Form::Text);
        let overall = overall(&tally);
        assert_eq!(inbound["HandleRate"].to_string(), "0.5");
        assert_eq!(inbound["AverageRingTime"], 17);
        assert_eq!(outbound["AnswerRate"].to_string(), "0.5");
        assert_eq!(outbound["AverageDialingTime"], 10);
        assert_eq!(outbound["MaxWorkTime"], "0");
        assert_eq!(overall["TotalCalls"], 3);
        assert_eq!(overall["TotalTalkTime"], 160);
        assert_eq!(overall["AverageTalkTime"], 53);
        assert_eq!(overall["TotalWorkTime"], 16);
        assert_eq!(overall["TotalLoggedInTime"], 1150);
        assert_eq!(overall["OccupancyRate"].to_string(), "0.1530434787273407");
    }
}
