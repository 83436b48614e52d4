//! The wire's words for what agents do. Public document: CCC 2017-07-05, "ListAgentEvents".

use crate::activity::Kind;

/// All event names.
pub(super) const EVENTS: &[&str] = &[
    CHECKED_IN,
    CHECKED_OUT,
    BREAK,
    READY,
    RINGING,
    TALKING,
    GAVE_UP,
    CALL_ENDED,
    WRAP_UP,
    ASKED_FOR_HELP,
    GAVE_HELP,
    CONFERENCE_STARTED,
    CONFERENCE_ENDED,
    DIALING,
];

const CHECKED_IN: &str = "签入";
const CHECKED_OUT: &str = "签出";
const BREAK: &str = "小休";
const READY: &str = "等待";
const RINGING: &str = "振铃";
const TALKING: &str = "通话";
const GAVE_UP: &str = "放弃";
const CALL_ENDED: &str = "结束";
const WRAP_UP: &str = "处理";
const ASKED_FOR_HELP: &str = "发起求助";
const GAVE_HELP: &str = "求助成功";
const CONFERENCE_STARTED: &str = "会议建立";
const CONFERENCE_ENDED: &str = "会议结束";
const DIALING: &str = "拨号";

/// Name of the event; `None` for what the wire does not show.
pub(super) fn event_of(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::AgentCheckedIn { .. } => CHECKED_IN,
        Kind::AgentCheckedOut => CHECKED_OUT,
        Kind::AgentOnBreak { .. } => BREAK,
        Kind::AgentReady => READY,
        Kind::AgentRinging { .. } => RINGING,
        Kind::AgentTalking { .. } => TALKING,
        Kind::AgentGaveUp { .. } => GAVE_UP,
        Kind::AgentCallEnded => CALL_ENDED,
        Kind::AgentWrapUp { .. } => WRAP_UP,
        Kind::AgentAskedForHelp => ASKED_FOR_HELP,
        Kind::AgentGaveHelp => GAVE_HELP,
        Kind::ConferenceStarted => CONFERENCE_STARTED,
        Kind::ConferenceEnded => CONFERENCE_ENDED,
        Kind::AgentDialing { .. } => DIALING,
        _ => return None,
    })
}

/// State and numeric state of the soft phone after a row; `None` if it moves nobody.
pub(super) fn state_of(kind: &Kind) -> Option<(&'static str, &'static str)> {
    use crate::activity::Direction;
    Some(match kind {
        Kind::AgentCheckedOut => ("LoggedOut", "1"),
        Kind::AgentCheckedIn { .. } => ("LoggedIn", "2"),
        Kind::AgentReady => ("Ready", "3"),
        Kind::AgentOnBreak { .. } => ("Break", "4"),
        Kind::AgentWrapUp { .. } => ("ACW", "5"),
        Kind::AgentRinging { .. } => ("Ringing", "6"),
        Kind::AgentDialing { .. } => ("Dialing", "8"),
        Kind::AgentTalking { direction: Direction::Inbound } => ("Talking", "9"),
        Kind::AgentTalking { direction: Direction::Outbound } | Kind::LegRetrieved { .. } => ("Talking", "10"),
        Kind::LegHeld { .. } => ("Held", "12"),
        Kind::AgentAskedForHelp => ("Consulting", "17"),
        Kind::ConferenceStarted => ("Conference", "19"),
        _ => return None,
    })
}
