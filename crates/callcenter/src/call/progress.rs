//! What a dialler tells, and how it becomes rows.
//!
//! ```text
//! dialler ── Progress ──▶ bounded queue ──▶ follow: rows of the contact, its legs and its agent, in one transaction each
//!         ◀── cancelled ── Desk::hang_up
//! ```
//!
//! The dialler waits when the queue is full; nothing is dropped. Rows that cannot be written are tried again, and a call
//! whose rows cannot be written at all stays open until the next start ends it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::activity;
use crate::activity::{Activity, Direction, Kind, LegSide, ReleaseReason};
use crate::agent::settle::settle;
use crate::call::desk::Clock;
use crate::call::rows;
use crate::center::{CallCenterError, Store};
use crate::limits::{MAX_PENDING_SIGNALS, MAX_RECORD_ATTEMPTS};

/// One moment of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A side is being dialled.
    Dialing {
        /// Which.
        leg: LegSide,
        /// Its number.
        number: String,
    },
    /// A side rings, with or without early media.
    Ringing {
        /// Which.
        leg: LegSide,
    },
    /// A side answered.
    Answered {
        /// Which.
        leg: LegSide,
    },
    /// Both sides hear each other: talk time and recording begin.
    Joined,
    /// A side holds the call.
    Held {
        /// Which.
        leg: LegSide,
    },
    /// A side takes the call back.
    Retrieved {
        /// Which.
        leg: LegSide,
    },
    /// A side is gone; may come after `Released`, for a leg that took its time to end.
    LegEnded {
        /// Which.
        leg: LegSide,
        /// `SIP 486`, `timer ring`: for people.
        cause: String,
    },
    /// The call is over. Once.
    Released {
        /// Why.
        reason: ReleaseReason,
        /// Who ended it, if a side did.
        side: Option<LegSide>,
        /// For people; empty if there is nothing to add.
        cause: String,
    },
}

/// The dialler's end: tells what happens in one call and hears when to end it.
pub struct Progress {
    sender: mpsc::Sender<(i64, Signal)>,
    clock: Arc<dyn Clock>,
    cancel: watch::Receiver<bool>,
}

impl Progress {
    /// Tells what happened just now. Waits while the database is behind.
    pub async fn tell(&self, signal: Signal) {
        let at_ms = self.clock.now_ms();
        if self.sender.send((at_ms, signal)).await.is_err() {
            tracing::warn!("a call went on after its record was closed");
        }
    }

    /// Resolves when the call is to be ended.
    pub async fn cancelled(&self) {
        let mut cancel = self.cancel.clone();
        if cancel.wait_for(|cancelled| *cancelled).await.is_err() {
            // Nobody is left who could cancel.
            std::future::pending::<()>().await;
        }
    }
}

/// Whose call it is, as far as rows name him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallAgent {
    /// RAM user id.
    pub(crate) id: String,
    /// Name for people.
    pub(crate) name: String,
}

/// What rows need to know of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallRecord {
    pub(crate) instance_id: String,
    pub(crate) contact_id: String,
    pub(crate) agent: Option<CallAgent>,
}

/// The two ends of one call's channel, and the switch that cancels it.
pub(super) fn channel(clock: Arc<dyn Clock>) -> (Progress, mpsc::Receiver<(i64, Signal)>, watch::Sender<bool>) {
    let (sender, receiver) = mpsc::channel(MAX_PENDING_SIGNALS);
    let (switch, cancel) = watch::channel(false);
    (Progress { sender, clock, cancel }, receiver, switch)
}

/// Writes what the dialler tells until it is done; a call that it dropped is ended by `system`.
pub(super) async fn follow(
    store: &Store,
    record: &CallRecord,
    clock: &dyn Clock,
    mut receiver: mpsc::Receiver<(i64, Signal)>,
) {
    let mut state = State::default();
    while let Some((at_ms, signal)) = receiver.recv().await {
        write(store, record, &mut state, at_ms, signal).await;
    }
    if !state.released {
        let cause = "the dialler lost the call".to_owned();
        let signal = Signal::Released { reason: ReleaseReason::System, side: None, cause };
        write(store, record, &mut state, clock.now_ms(), signal).await;
    }
}

async fn write(store: &Store, record: &CallRecord, state: &mut State, at_ms: i64, signal: Signal) {
    let ends = matches!(signal, Signal::Released { .. }) && !state.released;
    let activities = state.rows_of(record, at_ms, signal);
    if activities.is_empty() {
        return;
    }
    for attempt in 1..=MAX_RECORD_ATTEMPTS {
        match append(store, record, &activities, ends.then_some(at_ms)).await {
            Ok(()) => return,
            Err(CallCenterError::UnknownInstance(_)) => return,
            Err(error) => {
                tracing::error!(%error, attempt, contact_id = record.contact_id, "a call's rows were not written");
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Rows and the end of the call in one transaction: a line is free exactly when the rows say that the call is over, and
/// its agent goes on to what follows: after-call work, what he wished meanwhile, or where he was.
pub(super) async fn append(
    store: &Store,
    record: &CallRecord,
    activities: &[Activity],
    ended_at_ms: Option<i64>,
) -> Result<(), CallCenterError> {
    let mut transaction = store.begin(&record.instance_id).await?;
    activity::rows::append(&mut transaction, &record.instance_id, activities).await?;
    if let Some(ended_at_ms) = ended_at_ms {
        rows::end_call(&mut transaction, &record.instance_id, &record.contact_id, ended_at_ms).await?;
        let engaged = activities.iter().find(|activity| activity.kind == Kind::AgentCallEnded);
        if let Some(agent_id) = engaged.and_then(|activity| activity.agent_id.as_deref()) {
            settle(&mut transaction, &record.instance_id, agent_id, ended_at_ms).await?;
        }
    }
    store.commit(transaction, &record.instance_id).await
}

/// What was told before.
#[derive(Debug, Default)]
struct State {
    agent_is_engaged: bool,
    released: bool,
}

impl State {
    /// The rows of one moment; none for what makes no sense after the end.
    fn rows_of(&mut self, record: &CallRecord, at_ms: i64, signal: Signal) -> Vec<Activity> {
        if self.released && !matches!(signal, Signal::LegEnded { .. }) {
            tracing::warn!(?signal, contact_id = record.contact_id, "the dialler told this after the call's end");
            return Vec::new();
        }
        let of_call = |kind| Activity::at(at_ms, kind).of_contact(&record.contact_id);
        let of_agent = |agent: &CallAgent, kind| of_call(kind).of_agent(&agent.id);
        let (kind, agent_kind) = match signal {
            Signal::Dialing { leg, number } => {
                let begins = !std::mem::replace(&mut self.agent_is_engaged, true);
                let agent = record.agent.as_ref().filter(|_| begins);
                (
                    Kind::LegDialing { leg, number },
                    agent.map(|agent| Kind::AgentDialing { agent_name: agent.name.clone() }),
                )
            }
            Signal::Ringing { leg } => (Kind::LegRinging { leg }, None),
            Signal::Answered { leg } => (Kind::LegAnswered { leg }, None),
            Signal::Joined => (Kind::Established, Some(Kind::AgentTalking { direction: Direction::Outbound })),
            Signal::Held { leg } => (Kind::LegHeld { leg }, None),
            Signal::Retrieved { leg } => (Kind::LegRetrieved { leg }, None),
            Signal::LegEnded { leg, cause } => (Kind::LegEnded { leg, cause }, None),
            Signal::Released { reason, side, cause } => {
                self.released = true;
                let ended = self.agent_is_engaged.then_some(Kind::AgentCallEnded);
                (Kind::Released { reason, side, cause }, ended)
            }
        };
        let agent_row = record.agent.as_ref().zip(agent_kind).map(|(agent, kind)| of_agent(agent, kind));
        [of_call(kind)].into_iter().chain(agent_row).collect()
    }
}
