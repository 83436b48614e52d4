//! Version 3: numbers that an account owns, contact flows, media files.

pub(super) const SQL: &[&str] = &[
    // What an account has bought. A number belongs to one account; only its owner binds it to an instance.
    "CREATE TABLE ccc_owned_numbers (
        number TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        in_arrears BIGINT NOT NULL,
        bought_at_ms BIGINT NOT NULL)",
    "CREATE INDEX ccc_owned_numbers_by_account ON ccc_owned_numbers (account_id, number)",
    // Numbers that were bound before there were owners belong to the instance's account.
    "INSERT INTO ccc_owned_numbers (number, account_id, in_arrears, bought_at_ms)
     SELECT p.number, i.account_id, 0, p.created_at_ms
     FROM ccc_phone_numbers p JOIN ccc_instances i ON i.id = p.instance_id",
    // applied_version is the name of the version that is live, empty before the first publishing. route_point is dialled
    // inside the instance to reach the flow.
    "CREATE TABLE ccc_contact_flows (
        id TEXT PRIMARY KEY,
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        type TEXT NOT NULL,
        applied_version TEXT NOT NULL,
        route_point BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        UNIQUE (instance_id, name),
        UNIQUE (instance_id, route_point))",
    // canvas and content are what is being edited, live_content is what was published last and runs. The lock is the
    // editor's until locked_until_ms: locked_by is shown to others, locked_by_id decides.
    "CREATE TABLE ccc_contact_flow_versions (
        id TEXT PRIMARY KEY,
        contact_flow_id TEXT NOT NULL REFERENCES ccc_contact_flows (id) ON DELETE CASCADE,
        version TEXT NOT NULL,
        description TEXT NOT NULL,
        status TEXT NOT NULL,
        canvas TEXT NOT NULL,
        content TEXT NOT NULL,
        live_content TEXT,
        last_modified_ms BIGINT NOT NULL,
        last_modified_by TEXT NOT NULL,
        locked_by TEXT,
        locked_by_id TEXT,
        locked_until_ms BIGINT NOT NULL,
        UNIQUE (contact_flow_id, version))",
    // The flow that takes the calls of a number.
    "ALTER TABLE ccc_phone_numbers ADD COLUMN contact_flow_id TEXT
        REFERENCES ccc_contact_flows (id) ON DELETE SET NULL",
    // Prompts by name. content is the text to speak of a TTS prompt; a file lies in the instance's bucket.
    "CREATE TABLE ccc_media (
        id TEXT PRIMARY KEY,
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        type TEXT NOT NULL,
        description TEXT NOT NULL,
        content TEXT NOT NULL,
        file_name TEXT NOT NULL,
        oss_file_name TEXT NOT NULL,
        oss_file_path TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        UNIQUE (instance_id, name))",
    // Routing tags, one a number.
    "CREATE TABLE ccc_phone_tags (
        phone_number_id TEXT PRIMARY KEY REFERENCES ccc_phone_numbers (id) ON DELETE CASCADE,
        service_tag TEXT NOT NULL,
        provider TEXT NOT NULL,
        province TEXT NOT NULL,
        city TEXT NOT NULL,
        sip_tag TEXT NOT NULL,
        concurrency BIGINT,
        type BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL)",
    // The skill groups that a tag is bound to.
    "CREATE TABLE ccc_service_tag_groups (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        service_tag TEXT NOT NULL,
        skill_group_id TEXT NOT NULL REFERENCES ccc_skill_groups (id) ON DELETE CASCADE,
        PRIMARY KEY (instance_id, service_tag, skill_group_id))",
];
