//! Version 1: instances, users, skill groups, numbers, settings.

pub(super) const SQL: &[&str] = &[
    // domain_key is the domain name in lower case: host names do not know letter case.
    "CREATE TABLE ccc_instances (
        id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        name TEXT NOT NULL,
        domain_name TEXT NOT NULL,
        domain_key TEXT NOT NULL UNIQUE,
        description TEXT NOT NULL,
        directory_id TEXT NOT NULL,
        tenant_id TEXT NOT NULL,
        status TEXT NOT NULL,
        max_online_agents BIGINT NOT NULL,
        storage_bucket TEXT NOT NULL,
        storage_max_days BIGINT NOT NULL,
        storage_max_size_gb BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        UNIQUE (account_id, name))",
    // A user of an instance has at least one role. ordinal is the order of joining.
    "CREATE TABLE ccc_users (
        id TEXT PRIMARY KEY,
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        ram_user_id TEXT NOT NULL,
        login_name TEXT NOT NULL,
        display_name TEXT NOT NULL,
        email TEXT NOT NULL,
        phone TEXT NOT NULL,
        department TEXT NOT NULL,
        is_primary BIGINT NOT NULL,
        ordinal BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        UNIQUE (instance_id, ram_user_id))",
    "CREATE INDEX ccc_users_by_ram_user ON ccc_users (ram_user_id)",
    "CREATE TABLE ccc_roles (
        id TEXT PRIMARY KEY,
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        UNIQUE (instance_id, name))",
    "CREATE TABLE ccc_user_roles (
        user_id TEXT NOT NULL REFERENCES ccc_users (id) ON DELETE CASCADE,
        role_id TEXT NOT NULL REFERENCES ccc_roles (id) ON DELETE CASCADE,
        PRIMARY KEY (user_id, role_id))",
    // A number is bound to one instance at a time, over all accounts; it is kept as digits with an optional plus sign.
    "CREATE TABLE ccc_phone_numbers (
        id TEXT PRIMARY KEY,
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        number TEXT NOT NULL UNIQUE,
        description TEXT NOT NULL,
        usage TEXT NOT NULL,
        allow_outbound BIGINT NOT NULL,
        test_only BIGINT NOT NULL,
        remaining_minutes BIGINT NOT NULL,
        trunks BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL)",
    "CREATE INDEX ccc_phone_numbers_by_instance ON ccc_phone_numbers (instance_id)",
    "CREATE TABLE ccc_skill_groups (
        id TEXT PRIMARY KEY,
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        routing_strategy TEXT NOT NULL,
        allow_private_outbound_number BIGINT NOT NULL,
        created_at_ms BIGINT NOT NULL,
        UNIQUE (instance_id, name))",
    "CREATE TABLE ccc_skill_levels (
        id TEXT PRIMARY KEY,
        skill_group_id TEXT NOT NULL REFERENCES ccc_skill_groups (id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES ccc_users (id) ON DELETE CASCADE,
        level BIGINT NOT NULL,
        UNIQUE (skill_group_id, user_id))",
    "CREATE INDEX ccc_skill_levels_by_user ON ccc_skill_levels (user_id)",
    "CREATE TABLE ccc_skill_group_numbers (
        skill_group_id TEXT NOT NULL REFERENCES ccc_skill_groups (id) ON DELETE CASCADE,
        phone_number_id TEXT NOT NULL REFERENCES ccc_phone_numbers (id) ON DELETE CASCADE,
        PRIMARY KEY (skill_group_id, phone_number_id))",
    "CREATE TABLE ccc_config_items (
        instance_id TEXT NOT NULL REFERENCES ccc_instances (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (instance_id, name))",
];
