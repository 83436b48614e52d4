//! The life of one message to one number.

/// What is known of a message. `Delivered` and `Failed` are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Stored, not yet given to a provider.
    Queued,
    /// The provider took it; no receipt yet.
    Submitted,
    /// A receipt says that it arrived.
    Delivered,
    /// It was rejected, or a receipt says that it did not arrive.
    Failed,
    /// Nobody knows whether the provider took it; only a report changes that.
    Unknown,
}

impl State {
    /// All states, by name.
    pub const NAMES: &'static [&'static str] = &["Queued", "Submitted", "Delivered", "Failed", "Unknown"];
    const ALL: [State; 5] = [State::Queued, State::Submitted, State::Delivered, State::Failed, State::Unknown];

    /// As stored and shown.
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "Queued",
            State::Submitted => "Submitted",
            State::Delivered => "Delivered",
            State::Failed => "Failed",
            State::Unknown => "Unknown",
        }
    }

    /// The state with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// No later report changes it.
    pub fn is_final(self) -> bool {
        matches!(self, State::Delivered | State::Failed)
    }

    /// State of a message out of the states of its parts: one lost part loses it, and it has arrived when all have.
    pub fn of_parts(parts: &[State]) -> State {
        if parts.is_empty() {
            return State::Unknown;
        }
        if parts.contains(&State::Failed) {
            return State::Failed;
        }
        if parts.iter().all(|part| *part == State::Delivered) { State::Delivered } else { State::Submitted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for (state, name) in State::ALL.into_iter().zip(State::NAMES) {
            assert_eq!((state.name(), State::of_name(name)), (*name, Some(state)));
        }
        assert_eq!(State::of_name("delivered"), None);
    }

    #[test]
    fn a_message_is_where_its_worst_part_is() {
        use State::{Delivered, Failed, Submitted, Unknown};
        assert_eq!(State::of_parts(&[Delivered, Delivered]), Delivered);
        assert_eq!(State::of_parts(&[Delivered, Submitted]), Submitted);
        assert_eq!(State::of_parts(&[Submitted, Failed, Delivered]), Failed);
        assert_eq!(State::of_parts(&[]), Unknown);
    }
}
