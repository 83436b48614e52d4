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
/// Dialled calls that are not over, in all instances. About 57 kB of memory a recent two-leg call in the SIP stack.
pub const MAX_OPEN_CALLS: i64 = 3_000;
/// Calls begun per second in an instance without rules of its own: far above a team of people, far below a flood.
pub const DEFAULT_CALLS_PER_SECOND: i64 = 5;
/// Dialled calls at a time in an instance without rules of its own.
pub const DEFAULT_CONCURRENT_CALLS: i64 = 100;
/// Seconds between two calls to one callee in an instance without rules of its own: a slip of the finger, not a redial.
pub const DEFAULT_CALLEE_COOL_DOWN_S: i64 = 5;
/// Seconds between two calls from one caller to one callee in an instance without rules of its own.
pub const DEFAULT_PAIR_COOL_DOWN_S: i64 = 30;
/// Largest number of calls per second that rules may allow.
pub const MAX_CALLS_PER_SECOND: i64 = 500;
/// Longest cool-down that rules may ask for, seconds: a week.
pub const MAX_COOL_DOWN_S: i64 = 7 * 86_400;
/// Prefixes in one list of the rules; more belong to a trunk's own routing.
pub const MAX_DIALLING_PREFIXES: usize = 200;
/// Digits of a prefix: as many as the longest number in normal form, 00 and 15 digits of E.164.
pub const MAX_PREFIX_DIGITS: usize = 17;
/// Seconds that a side may ring (version 2020-07-01 has the same default).
pub const MAX_RING_S: u32 = 30;
/// Seconds that a call may take from its begin: four hours. A call that lasts longer is a forgotten one.
pub const MAX_CALL_S: u32 = 4 * 3_600;
/// Seconds without media from one side before the call is ended.
pub const MAX_MEDIA_SILENCE_S: u32 = 60;
/// What a dialler may tell before it has to wait for the database; a call has about ten such moments.
pub const MAX_PENDING_SIGNALS: usize = 32;
/// How often the rows of one moment of a call are tried, a second apart, before the call is left to the next start.
pub const MAX_RECORD_ATTEMPTS: u32 = 10;
/// Tries to draw an unused ten-digit contact id or TaskId. One in a billion collides in an instance of nine contacts.
pub const MAX_ID_DRAWS: u32 = 20;
/// Records on one page (CCC 2017-07-05, "ListCallDetailRecords").
pub const MAX_CALL_RECORD_PAGE_SIZE: i64 = 100;
/// Span of one list of records, milliseconds: seven days (CCC 2017-07-05, "ListCallDetailRecords").
pub const MAX_CALL_RECORD_SPAN_MS: i64 = 7 * 86_400_000;
/// Recent calls of an agent (CCC 2017-07-05, "ListRecentCallRecords").
pub const MAX_RECENT_CALLS: i64 = 100;
/// How far recent calls of an agent reach back, milliseconds: 30 days (CCC 2017-07-05, "ListRecentCallRecords").
pub const MAX_RECENT_CALL_AGE_MS: i64 = 30 * 86_400_000;
/// How long a call may ring at an agent, milliseconds (CCC 2017-07-05, life cycle of an inbound call: about 30 s).
pub const RING_LEASE_MS: i64 = 30_000;
/// How long an agent may dial, milliseconds: both sides of a call that the server dials may ring as long as they may, and
/// each leg has as long to end.
pub const DIAL_LEASE_MS: i64 = 120_000;
/// After-call work, milliseconds (CCC 2017-07-05, life cycle of an inbound call).
pub const WRAP_UP_MS: i64 = 15_000;
/// Span of one list of agent events, milliseconds: one hour (CCC 2017-07-05, "ListAgentEvents").
pub const MAX_AGENT_EVENT_SPAN_MS: i64 = 3_600_000;
/// Span of one list of an agent's states, milliseconds: two hours (CCC 2017-07-05, "ListAgentStateLogs").
pub const MAX_STATE_LOG_SPAN_MS: i64 = 2 * 3_600_000;
/// States that changed within this time are shown, milliseconds: four hours (CCC 2017-07-05, "ListAgentStates").
pub const SHOWN_STATE_CHANGE_MS: i64 = 4 * 3_600_000;
/// Ids in one comma list of a list of states; a screen shows no more.
pub const MAX_STATE_IDS: usize = 100;
/// States on one page; not published, the same as for reports.
pub const MAX_STATE_PAGE_SIZE: i64 = 100;
/// States on one page of a call that names no size; not published, the same as for reports.
pub const DEFAULT_STATE_PAGE_SIZE: i64 = 10;
/// Agents of a generated day; it is appended as one, and 40 agents make some 30,000 rows.
pub const MAX_DEMO_AGENTS: usize = 40;
/// A stretch of an agent without any row of his is followed for a month: after that his check-out must have been lost,
/// and its time would be counted for ever. Milliseconds.
pub const STRETCH_MEMORY_MS: i64 = 31 * 86_400_000;
/// A call without any row of its own is taken as open for so long; no call lasts a week. Milliseconds.
pub const CONTACT_MEMORY_MS: i64 = 7 * 86_400_000;
/// A survey offered by short message is still known by its call for so long; a later answer counts as of an inbound
/// call. It bounds what day sheets carry over midnight. Milliseconds.
pub const SURVEY_MEMORY_MS: i64 = 86_400_000;
/// Instances whose reports are kept in memory; beyond it the memory starts anew.
pub const MAX_BOOKS: usize = 16;
/// Tallies of one instance kept in memory, of all its days together. At a third of a KB each it stays under 100 MB;
/// half a year of a hundred agents, or two months of five hundred.
pub const MAX_BOOK_CELLS: usize = 200_000;
/// Ids in one report's list (CCC 2017-07-05, "ListAgentSummaryReports").
pub const MAX_REPORT_IDS: usize = 50;
/// Rows on a page of a report (CCC 2017-07-05, "ListAgentSummaryReports").
pub const MAX_REPORT_PAGE_SIZE: i64 = 100;
/// Rows on a page when the call does not say (CCC 2017-07-05, "ListAgentSummaryReports").
pub const DEFAULT_REPORT_PAGE_SIZE: i64 = 10;
/// Largest page number: the type on the wire is int32.
pub const MAX_PAGE_NUMBER: i64 = i32::MAX as i64;
/// How far back reports go, months (CCC 2017-07-05, "ListAgentSummaryReports").
pub const REPORT_HISTORY_MONTHS: i64 = 6;
/// Intervals in one answer, over all its rows: a full page of a month's days, or ten agents' day in five minutes. An
/// interval is nearly 2 KB of JSON.
pub const MAX_REPORT_INTERVALS: i64 = 3_100;
/// How far back calls and minutes per number are told, months: a bill is rarely looked at a year later.
pub const MEASURE_HISTORY_MONTHS: i64 = 12;
/// Months that ListCallMeasureSummaryReports lists, this one included.
pub const LISTED_MEASURE_MONTHS: i64 = 6;
/// Days that ListCallMeasureSummaryReports lists, today included.
pub const LISTED_MEASURE_DAYS: i64 = 30;
/// Users of one instance unless an operator sets another limit (public behaviour: refused at about 100).
pub const DEFAULT_MAX_USERS: i64 = 100;
/// The largest limit of users that an operator may set: an account has no more RAM users (RAM, "Limits").
pub const MAX_USERS_PER_INSTANCE: i64 = 1_000;
/// The largest `MaxOnlineAgents` that an operator may set: no more users can be on line than there are.
pub const MAX_ONLINE_AGENTS: i64 = MAX_USERS_PER_INSTANCE;
/// Entries on a page of users. Not published; 1,000 is used by the vendor's own tests.
pub const MAX_USER_PAGE_SIZE: i64 = 1_000;
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
/// Elements of one page of a call that names no size. Not published for the lists that use it.
pub const DEFAULT_PAGE_SIZE: i64 = 10;
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
/// SMS configs of one instance, the deleted ones not counted; a list of them stays readable.
pub const MAX_SMS_CONFIGS_PER_INSTANCE: i64 = 200;
/// Characters of an SMS config's name, signature and template code (names of the cloud's service have at most 64).
pub const MAX_SMS_NAME_CHARS: usize = 64;
/// Characters of a template: a rendered text has at most `sms::MAX_TEXT_CHARS`, and variables take some.
pub const MAX_SMS_TEMPLATE_CHARS: usize = 1_024;
/// Numbers of one sending (Dysmsapi 2017-05-25, "SendSms": at most 1,000).
pub const MAX_PHONE_NUMBERS_PER_MESSAGE: usize = 1_000;
/// Characters of a list of numbers: each with its comma.
pub const MAX_PHONE_NUMBERS_CHARS: usize = MAX_PHONE_NUMBERS_PER_MESSAGE * (*regions::limits::NUMBER_DIGITS.end() + 2);
/// Messages that are given to the provider at a time; their outcomes are then stored together.
pub const CONCURRENT_SUBMISSIONS: usize = 32;
/// Pauses before a message that the provider refused as "not now" is given again, milliseconds; then it has failed.
pub const RETRY_PAUSES_MS: [u64; 2] = [200, 500];
/// Receipts that came before the answer they belong to wait so long, milliseconds.
pub const EARLY_RECEIPT_MS: i64 = 60_000;
/// Early receipts kept at a time; carriers send receipts of other systems on a shared line, too.
pub const MAX_EARLY_RECEIPTS: usize = 10_000;
/// A link to a recording is good for so long, seconds (CCC 2017-07-05, "DownloadRecording": one hour).
pub const RECORDING_LINK_S: i64 = 3_600;
/// Characters of a recording's file name; ours have 28 to 33.
pub const MAX_RECORDING_NAME_CHARS: usize = 128;
/// Names that are tried for a recording before giving up; each is a millisecond later.
pub const MAX_NAME_ATTEMPTS: i64 = 1_000;
/// Characters of a statistics text. Public behaviour: at least 64 KiB; browsers send 5 to 40 KiB.
pub const MAX_STATS_CHARS: usize = 256 * 1024;
