//! The seam to telephony: who really dials.
//!
//! A [`Dialler`] takes an admitted call over and drives it to its end: dial, early media, answer, join, release, and
//! cancel when it is told to. It tells what happens through [`Progress`] and knows neither rows nor reports; the call
//! centre admits calls, writes what happened and counts lines, and knows neither SIP nor media.

use crate::activity::{LegSide, ReleaseReason};
use crate::call::progress::{Progress, Signal};
use crate::limits::{MAX_CALL_S, MAX_MEDIA_SILENCE_S, MAX_RING_S};

/// Makes calls. Version after version of telephony stands behind this trait.
pub trait Dialler: Send + Sync + 'static {
    /// Takes the call over and returns at once; the call goes on in the dialler's own tasks.
    ///
    /// The contract:
    /// * Every call ends with one [`Signal::Released`]. A dialler that drops `progress` without it lost the call, and
    ///   the call centre ends it with the reason `system`.
    /// * The second party is dialled only after the first has answered.
    /// * When [`Progress::cancelled`] resolves, the call is to be ended now: ringing sides are cancelled, answered ones
    ///   are released.
    /// * No limit of the call is exceeded, whatever the other side does.
    fn dial(&self, call: AdmittedCall, progress: Progress);
}

/// A call that may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmittedCall {
    /// The instance that makes it.
    pub instance_id: String,
    /// Its `ContactId`.
    pub contact_id: String,
    /// The number of the call centre that every side sees; its trunk carries the call.
    pub shown_number: String,
    /// Who is dialled first.
    pub first: Party,
    /// Whom the first party is connected with.
    pub then: Then,
    /// How long anything may take.
    pub limits: CallLimits,
}

/// One side to be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its place in the call.
    pub side: LegSide,
    /// Its number: the form that is dialled inside China.
    pub number: String,
}

/// What follows when the first party has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// The second party is dialled.
    Dial(Party),
    /// A contact flow takes the call: `ContactFlowId`.
    Flow(String),
    /// An agent's telephone rings: RAM user id.
    Agent(String),
    /// The call waits in the queue of this `SkillGroupId`.
    Queue(String),
}

/// Bounds that the dialler keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// A side may ring so long, seconds.
    pub ring_s: u32,
    /// The call may take so long from its begin, seconds.
    pub call_s: u32,
    /// A side may send no media for so long, seconds.
    pub media_silence_s: u32,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self { ring_s: MAX_RING_S, call_s: MAX_CALL_S, media_silence_s: MAX_MEDIA_SILENCE_S }
    }
}

/// The dialler of a server without telephony: every call fails, and says why.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrunk;

/// Cause text of its calls.
pub const NO_TRUNK_CAUSE: &str = "no trunk configured";

impl Dialler for NoTrunk {
    fn dial(&self, call: AdmittedCall, progress: Progress) {
        tokio::spawn(async move {
            let Party { side: leg, number } = call.first;
            let cause = NO_TRUNK_CAUSE.to_owned();
            progress.tell(Signal::Dialing { leg, number }).await;
            progress.tell(Signal::LegEnded { leg, cause: cause.clone() }).await;
            progress.tell(Signal::Released { reason: ReleaseReason::Failed, side: None, cause }).await;
        });
    }
}
