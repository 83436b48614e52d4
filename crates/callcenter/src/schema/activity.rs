//! Version 4: what happened to contacts, legs and agents, and what is folded from it.

pub(super) const SQL: &[&str] = &[
    // Append-only. sequence is dense within an instance; (at_ms, sequence) is the order of folding.
    "CREATE TABLE ccc_activity (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        sequence BIGINT NOT NULL,
        at_ms BIGINT NOT NULL,
        kind TEXT NOT NULL,
        contact_id TEXT,
        agent_id TEXT,
        skill_group_id TEXT,
        detail TEXT NOT NULL,
        PRIMARY KEY (instance_id, sequence))",
    "CREATE INDEX ccc_activity_by_time ON ccc_activity (instance_id, at_ms, sequence)",
    "CREATE INDEX ccc_activity_by_agent ON ccc_activity (instance_id, agent_id, at_ms)",
    "CREATE INDEX ccc_activity_by_contact ON ccc_activity (instance_id, contact_id, sequence)",
    // What the fold of a whole day gave, kept so that it need not be folded again. An append to the day or to an
    // earlier one removes it in the same transaction: it can never disagree with the rows.
    "CREATE TABLE ccc_day_sheets (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        day BIGINT NOT NULL,
        sheet {blob} NOT NULL,
        PRIMARY KEY (instance_id, day))",
];
