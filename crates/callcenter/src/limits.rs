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
/// Digits of a telephone number: from a service code to the longest number of E.164 with an exit code before it.
pub const PHONE_NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 3..=20;
/// Settings asked for in one ListConfig; ten are known.
pub const MAX_CONFIG_ITEMS_PER_CALL: usize = 100;
/// Bytes of a setting's value; the survey settings are small JSON texts.
pub const MAX_CONFIG_VALUE_BYTES: usize = 16 * 1024;
/// Instances kept in memory. At a few KB each it stays in the tens of MB; beyond it the memory starts anew.
pub const MAX_CACHED_INSTANCES: usize = 10_000;
/// Users of one instance unless an operator sets another limit (public behaviour: refused at about 100).
pub const DEFAULT_MAX_USERS: i64 = 100;
/// The largest limit of users that an operator may set: an account has no more RAM users (RAM, "Limits").
pub const MAX_USERS_PER_INSTANCE: i64 = 1_000;
/// The largest `MaxOnlineAgents` that an operator may set: no more users can be on line than there are.
pub const MAX_ONLINE_AGENTS: i64 = MAX_USERS_PER_INSTANCE;
/// Entries on a page of users. Not published; 1,000 is used by the vendor's own tests.
pub const MAX_PAGE_SIZE: i64 = 1_000;
/// Width of a user's display name, counted like a skill group's name. Not published; RAM's own bound is 128 characters.
pub const MAX_DISPLAY_NAME_WIDTH: usize = 256;
/// Characters of a login name (CCC 2017-07-05, "CreateUser").
pub const MAX_LOGIN_NAME_CHARS: usize = 64;
/// Characters of a mail address: RFC 5321 allows a path of 256 with its two angle brackets.
pub const MAX_EMAIL_CHARS: usize = 254;
/// Smallest and largest extension: eight digits, as soft phones know them.
pub const EXTENSIONS: std::ops::RangeInclusive<i64> = 10_000_001..=99_999_999;
/// Skill groups named for a user in one call: as many as an instance may have.
pub const MAX_SKILL_GROUPS_PER_CALL: usize = MAX_SKILL_GROUPS_PER_INSTANCE as usize;
/// Roles named in one call; an instance has three.
pub const MAX_ROLES_PER_CALL: usize = 10;
/// Longest time that a call may wait in a queue and still keep its skill group from being deleted, milliseconds: a day.
/// A call that waited longer was lost by a server that stopped.
pub const LONGEST_WAIT_MS: i64 = 24 * 60 * 60 * 1_000;
/// Longest time before a call is answered by itself, seconds; callers give up long before.
pub const MAX_AUTO_ANSWER_S: i64 = 600;
/// Life of a login token, milliseconds: an hour, long enough that a workbench renews it now and then.
pub const LOGIN_TOKEN_LIFE_MS: i64 = 60 * 60 * 1_000;
/// How far the clock may have stepped back since a login token was signed, milliseconds.
pub const LOGIN_CLOCK_STEP_MS: i64 = 60 * 1_000;
/// Life of TURN credentials, seconds: a day (draft-uberti-behave-turn-rest); longer than any call.
pub const TURN_CREDENTIAL_LIFE_S: i64 = 24 * 60 * 60;
/// Characters of an address or a port; an IPv6 address with a zone fits.
pub const MAX_ADDRESS_CHARS: usize = 64;
/// Notes of sign-ins kept of one user; years of working days.
pub const MAX_DEVICES_PER_USER: i64 = 1_000;
/// Notes of sign-ins in one answer, which has no pages.
pub const MAX_DEVICES_LISTED: i64 = 1_000;
/// Fault reports kept of one instance; the oldest go first.
pub const MAX_FAULTS_PER_INSTANCE: i64 = 1_000;
/// Fault reports on a page: at up to 50 KB each it stays in the MB.
pub const MAX_FAULTS_PER_PAGE: i64 = 100;
