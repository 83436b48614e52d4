//! Which agent of a skill group gets a call.

/// `RoutingStrategy` (CCC 2017-07-05, "CreateSkillGroup").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoutingStrategy {
    /// The longest idle agent.
    Default,
    /// First the agents who served this customer in the last seven days, then the longest idle.
    Acquaintance,
}

impl RoutingStrategy {
    /// All texts on the wire.
    pub(crate) const NAMES: &'static [&'static str] = &["default", "acquaintance"];

    pub(crate) fn name(self) -> &'static str {
        match self {
            RoutingStrategy::Default => "default",
            RoutingStrategy::Acquaintance => "acquaintance",
        }
    }

    pub(crate) fn of_name(name: &str) -> Option<Self> {
        [Self::Default, Self::Acquaintance].into_iter().find(|strategy| strategy.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::RoutingStrategy;

    #[test]
    fn every_name_has_a_strategy() {
        for name in RoutingStrategy::NAMES {
            assert_eq!(RoutingStrategy::of_name(name).map(RoutingStrategy::name), Some(*name));
        }
        assert_eq!(RoutingStrategy::of_name("Default"), None);
    }
}
