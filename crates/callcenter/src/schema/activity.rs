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
    // One row a call that is over: what the fold of its rows gave, as JSON, beside the columns that lists filter and
    // order by. Written in the transaction that appends the rows.
    "CREATE TABLE ccc_call_details (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        contact_id TEXT NOT NULL,
        started_at_ms BIGINT NOT NULL,
        contact_type TEXT NOT NULL,
        disposition TEXT NOT NULL,
        center_number TEXT NOT NULL,
        detail TEXT NOT NULL,
        PRIMARY KEY (instance_id, contact_id))",
    // Each holds all columns that a list filters by, so that pages are found and counted in the index alone.
    "CREATE INDEX ccc_call_details_by_time ON ccc_call_details
        (instance_id, started_at_ms, contact_id, contact_type, disposition, center_number)",
    "CREATE INDEX ccc_call_details_by_number ON ccc_call_details
        (instance_id, center_number, started_at_ms, contact_id, contact_type, disposition)",
    // What a call is found by. A term is '=' and a customer number, agent name or skill group name, or '@' and an
    // agent's RAM user id.
    "CREATE TABLE ccc_call_terms (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        term TEXT NOT NULL,
        started_at_ms BIGINT NOT NULL,
        contact_id TEXT NOT NULL,
        contact_type TEXT NOT NULL,
        disposition TEXT NOT NULL,
        center_number TEXT NOT NULL)",
    "CREATE UNIQUE INDEX ccc_call_terms_by_term ON ccc_call_terms
        (instance_id, term, started_at_ms, contact_id, contact_type, disposition, center_number)",
    // What each agent who ever worked here is doing: the fold of his rows, as JSON, beside its state. Written in the
    // transaction that appends the rows.
    "CREATE TABLE ccc_agent_states (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        agent_id TEXT NOT NULL,
        state TEXT NOT NULL,
        since_ms BIGINT NOT NULL,
        detail TEXT NOT NULL,
        PRIMARY KEY (instance_id, agent_id))",
];
