//! Version 5: short messages, recordings, quality samples.

pub(super) const SQL: &[&str] = &[
    // A deleted config stays, so that its id is never given again and old messages keep their origin.
    "CREATE TABLE ccc_sms_configs (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        id BIGINT NOT NULL,
        name TEXT NOT NULL,
        sign_name TEXT NOT NULL,
        template_code TEXT NOT NULL,
        description TEXT NOT NULL,
        extra TEXT NOT NULL,
        scenario BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        modified_at_ms BIGINT NOT NULL,
        deleted BIGINT NOT NULL,
        PRIMARY KEY (instance_id, id))",
    // One row for each number of a call; batch_id is the call's. code and cause are the provider's words for a failure.
    "CREATE TABLE ccc_short_messages (
        id TEXT PRIMARY KEY,
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        batch_id TEXT NOT NULL,
        config_id BIGINT NOT NULL,
        phone_number TEXT NOT NULL,
        sign_name TEXT NOT NULL,
        text TEXT NOT NULL,
        provider TEXT NOT NULL,
        biz_id TEXT NOT NULL,
        state TEXT NOT NULL,
        code TEXT NOT NULL,
        cause TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        changed_at_ms BIGINT NOT NULL)",
    "CREATE INDEX ccc_short_messages_by_time ON ccc_short_messages (instance_id, created_at_ms)",
    "CREATE INDEX ccc_short_messages_by_state ON ccc_short_messages (state)",
    // What the provider calls the parts of a message.
    "CREATE TABLE ccc_short_message_parts (
        message_id TEXT NOT NULL REFERENCES ccc_short_messages (id) ON DELETE CASCADE,
        reference TEXT NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (message_id, reference))",
    "CREATE INDEX ccc_short_message_parts_by_reference ON ccc_short_message_parts (reference)",
    // A contact gets the survey's message once.
    "CREATE TABLE ccc_short_message_surveys (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        contact_id TEXT NOT NULL,
        batch_id TEXT NOT NULL,
        PRIMARY KEY (instance_id, contact_id))",
    // mixed_file_name is empty when there is no mono mix.
    "CREATE TABLE ccc_recordings (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        file_name TEXT NOT NULL,
        mixed_file_name TEXT NOT NULL,
        contact_id TEXT NOT NULL,
        contact_type TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        agent_name TEXT NOT NULL,
        calling_number TEXT NOT NULL,
        called_number TEXT NOT NULL,
        started_at_ms BIGINT NOT NULL,
        duration_s BIGINT NOT NULL,
        channels BIGINT NOT NULL,
        PRIMARY KEY (instance_id, file_name))",
    "CREATE INDEX ccc_recordings_by_time ON ccc_recordings (instance_id, started_at_ms)",
    "CREATE INDEX ccc_recordings_by_contact ON ccc_recordings (instance_id, contact_id)",
    // figures is a JSON object with what the sample has.
    "CREATE TABLE ccc_quality_samples (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        call_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        caller_number TEXT NOT NULL,
        callee_number TEXT NOT NULL,
        call_started_at_ms BIGINT NOT NULL,
        recorded_at_ms BIGINT NOT NULL,
        figures TEXT NOT NULL,
        PRIMARY KEY (instance_id, id))",
    "CREATE INDEX ccc_quality_samples_by_call ON ccc_quality_samples (instance_id, call_id, recorded_at_ms)",
];
