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
/// SMS configs of one instance, the deleted ones not counted; a list of them stays readable.
pub const MAX_SMS_CONFIGS_PER_INSTANCE: i64 = 200;
/// Characters of an SMS config's name, signature and template code (names of the cloud's service have at most 64).
pub const MAX_SMS_NAME_CHARS: usize = 64;
/// Characters of a template: a rendered text has at most `sms::MAX_TEXT_CHARS`, and variables take some.
pub const MAX_SMS_TEMPLATE_CHARS: usize = 1_024;
/// Numbers of one sending (Dysmsapi 2017-05-25, "SendSms": at most 1,000).
pub const MAX_PHONE_NUMBERS_PER_MESSAGE: usize = 1_000;
/// Characters of a list of numbers: each with its comma.
pub const MAX_PHONE_NUMBERS_CHARS: usize = MAX_PHONE_NUMBERS_PER_MESSAGE * (*PHONE_NUMBER_DIGITS.end() + 2);
/// Messages that are given to the provider at a time; their outcomes are then stored together.
pub const CONCURRENT_SUBMISSIONS: usize = 32;
/// Pauses before a message that the provider refused as "not now" is given again, milliseconds; then it has failed.
pub const RETRY_PAUSES_MS: [u64; 2] = [200, 500];
/// Receipts that came before the answer they belong to wait so long, milliseconds.
pub const EARLY_RECEIPT_MS: i64 = 60_000;
/// Early receipts kept at a time; carriers send receipts of other systems on a shared line, too.
pub const MAX_EARLY_RECEIPTS: usize = 10_000;
/// Elements of one page of messages, recordings and samples.
pub const MAX_PAGE_SIZE: i64 = 100;
/// Highest page: pages times size stay far from the end of int64.
pub const MAX_PAGE_NUMBER: i64 = 1_000_000;
/// A link to a recording is good for so long, seconds (CCC 2017-07-05, "DownloadRecording": one hour).
pub const RECORDING_LINK_S: i64 = 3_600;
/// Characters of a file name in the bucket; ours have 28 to 33.
pub const MAX_FILE_NAME_CHARS: usize = 128;
/// Names that are tried for a recording before giving up; each is a millisecond later.
pub const MAX_NAME_ATTEMPTS: i64 = 1_000;
/// Characters of a statistics text. Public behaviour: at least 64 KiB; browsers send 5 to 40 KiB.
pub const MAX_STATS_CHARS: usize = 256 * 1024;
