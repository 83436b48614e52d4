//! Version 7: an agent's rows by an index that has their whole order.

pub(super) const SQL: &[&str] = &[
    "DROP INDEX ccc_activity_by_agent",
    // Without the sequence, SQLite prefers the index by time, which spares it a sort, and walks all rows of the instance.
    "CREATE INDEX ccc_activity_by_agent ON ccc_activity (instance_id, agent_id, at_ms, sequence)",
];
