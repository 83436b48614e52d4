//! Version 6: what limits dialling, the calls that this server dials, and which instances hold demo data.

pub(super) const SQL: &[&str] = &[
    // rules is the JSON text of all rules; an instance without a row has the rules that everybody begins with.
    "CREATE TABLE ccc_dialling_rules (
        instance_id TEXT PRIMARY KEY REFERENCES ccc_instances (id) ON DELETE CASCADE,
        rules TEXT NOT NULL)",
    // One row a dialled call: TaskId and contact, who is called (in the normal form that the rules compare), and whether
    // the call is over. What happened in the call is in ccc_activity alone.
    "CREATE TABLE ccc_dialled_calls (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        contact_id TEXT NOT NULL,
        task_id TEXT NOT NULL,
        caller TEXT NOT NULL,
        callee TEXT NOT NULL,
        center_number TEXT NOT NULL,
        agent_id TEXT,
        started_at_ms BIGINT NOT NULL,
        ended_at_ms BIGINT,
        PRIMARY KEY (instance_id, contact_id),
        UNIQUE (instance_id, task_id))",
    "CREATE INDEX ccc_dialled_calls_by_callee ON ccc_dialled_calls (instance_id, callee, started_at_ms)",
    "CREATE INDEX ccc_dialled_calls_by_time ON ccc_dialled_calls (instance_id, started_at_ms)",
    "CREATE INDEX ccc_dialled_calls_open ON ccc_dialled_calls (instance_id) WHERE ended_at_ms IS NULL",
    // A row here, and the instance holds generated days and nothing else.
    "CREATE TABLE ccc_demo_days (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        day BIGINT NOT NULL,
        seed BIGINT NOT NULL,
        generated_at_ms BIGINT NOT NULL,
        PRIMARY KEY (instance_id, day))",
];
