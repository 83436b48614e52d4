//! Bounds of the call centre, each with its unit and why it is so.

/// Skill groups of one instance, the default one included (public behaviour: refused after about 100).
pub const MAX_SKILL_GROUPS_PER_INSTANCE: i64 = 100;
/// Width of a skill group's name: 32 Latin or 16 Chinese characters (CCC 2017-07-05, "CreateSkillGroup").
pub const MAX_SKILL_GROUP_NAME_WIDTH: usize = 32;
/// Width of a skill group's description: 256 Latin or 128 Chinese characters (CCC 2017-07-05, "CreateSkillGroup").
pub const MAX_SKILL_GROUP_DESCRIPTION_WIDTH: usize = 256;
/// Weakest and strongest skill level (CCC 2017-07-05, "CreateSkillGroup").
pub const SKILL_LEVELS: std::ops::RangeInclusive<i64> = 1..=10;
/// Members, and numbers, that one call may give a skill group. The gateway takes 1,000 parameters in all, and a member
/// needs two.
pub const MAX_LIST_ELEMENTS: usize = 400;
/// Characters of an id. Ids are UUIDs of 36; a little more so that a mistyped one is unknown, not malformed.
pub const MAX_ID_CHARS: usize = 64;
/// Width of an instance's name, counted like a skill group's. Not published; the same text fits the same places.
pub const MAX_INSTANCE_NAME_WIDTH: usize = 64;
/// Width of an instance's description, counted like a skill group's. Not published.
pub const MAX_INSTANCE_DESCRIPTION_WIDTH: usize = 256;
/// Characters of a domain name: one label of a host name (RFC 1035).
pub const MAX_DOMAIN_NAME_CHARS: usize = 63;
/// Users named in one CreateInstance; far above the administrators of any honest instance.
pub const MAX_USERS_PER_CALL: usize = 100;
/// Largest value of the storage limits (days, GB): the type on the wire is int32.
pub const MAX_STORAGE: i64 = i32::MAX as i64;
/// Agents that may be on line at a time in a new instance. A package decides it in the cloud; tests met about 100.
pub const DEFAULT_MAX_ONLINE_AGENTS: i64 = 100;
/// Simultaneous calls of a newly bound number.
pub const DEFAULT_TRUNKS: i64 = 10;
/// Settings asked for in one ListConfig; ten are known.
pub const MAX_CONFIG_ITEMS_PER_CALL: usize = 100;
/// Bytes of a setting's value; the survey settings are small JSON texts.
pub const MAX_CONFIG_VALUE_BYTES: usize = 16 * 1024;
/// Instances kept in memory. At a few KB each it stays in the tens of MB; beyond it the memory starts anew.
pub const MAX_CACHED_INSTANCES: usize = 10_000;
/// Numbers of one instance: far above any call centre, and all of them fit into one answer.
pub const MAX_PHONE_NUMBERS_PER_INSTANCE: i64 = 10_000;
/// Numbers that one Pick operation may answer.
pub const MAX_PICKED_NUMBERS: i64 = 100;
/// Numbers whose last use is remembered, over all instances. At about 100 bytes each some ten MB; beyond it the memory
/// starts anew.
pub const MAX_REMEMBERED_NUMBERS: usize = 100_000;
/// Width of a routing tag's texts, counted like a skill group's name. Not published.
pub const MAX_TAG_WIDTH: usize = 64;
/// Elements of one page. Not published for the lists that use it; the cloud's other lists allow 100.
pub const MAX_PAGE_SIZE: i64 = 100;
/// Contact flows of one instance. Not published; they are all in one answer.
pub const MAX_CONTACT_FLOWS_PER_INSTANCE: i64 = 500;
/// Width of a contact flow's name, counted like a skill group's. Not published.
pub const MAX_CONTACT_FLOW_NAME_WIDTH: usize = 64;
/// Characters of a contact flow's canvas, and of its content: both fit into a request of 4 MB, whatever their script.
pub const MAX_FLOW_TEXT_CHARS: usize = 200_000;
/// How long a contact flow version stays locked after its editor saved it, milliseconds: long enough for a pause, short
/// enough that nobody waits for somebody who went home.
pub const FLOW_LOCK_MS: i64 = 30 * 60 * 1_000;
/// First number inside an instance that leads into a contact flow: eight digits, above all extensions of agents.
pub const FIRST_ROUTE_POINT: i64 = 90_000_001;
/// Width of a description of a contact flow or a prompt, counted like a skill group's.
pub const MAX_DESCRIPTION_WIDTH: usize = 256;
/// Audio prompts of one instance. Not published.
pub const MAX_MEDIA_PER_INSTANCE: i64 = 1_000;
/// Width of an audio prompt's name, counted like a skill group's. Not published.
pub const MAX_MEDIA_NAME_WIDTH: usize = 128;
/// Characters of a file name or path in a bucket (an object's key has at most 1,023 bytes).
pub const MAX_FILE_NAME_CHARS: usize = 1_023;
/// Characters of a text to speak: some minutes of speech.
pub const MAX_TTS_CHARS: usize = 4_000;
