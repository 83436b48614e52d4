//! Version 8: an agent's rows by an index that begins with the agent.

pub(super) const SQL: &[&str] = &[
    "DROP INDEX ccc_activity_by_agent",
    // Not with the instance in front: SQLite, which knows no statistics, may then take the index by time instead. A RAM
    // user who works in several instances is rare.
    "CREATE INDEX ccc_activity_by_agent ON ccc_activity (agent_id, at_ms, sequence)",
];
