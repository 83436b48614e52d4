//! Every bound of the service, with its unit and its reason.

/// Largest LogGroup of one call, bytes, uncompressed (SLS, "PutLogs").
pub const MAX_GROUP_BYTES: usize = 10 * 1024 * 1024;

/// Largest request body, bytes: a LogGroup that does not compress, with the little that LZ4 adds to it.
pub const MAX_BODY_BYTES: usize = MAX_GROUP_BYTES + MAX_GROUP_BYTES / 128 + 1024;

/// Largest record of the journal, bytes: a LogGroup with what the server adds.
pub const MAX_RECORD_BYTES: usize = MAX_GROUP_BYTES + 1024 * 1024;

/// Largest JSON document of a request, bytes: an index with some thousand keys.
pub const MAX_JSON_BYTES: usize = 1024 * 1024;

/// Most logs of one LogGroup: their number takes this many bits of a row's position. Official clients send at most
/// 512,000.
pub const GROUP_LOGS_BITS: u32 = 20;

/// Most logs of one LogGroup.
pub const MAX_GROUP_LOGS: usize = 512_000;

/// Longest key of a log, bytes (SLS, "Limits").
pub const MAX_KEY_BYTES: usize = 128;

/// Longest value of a log, bytes (SLS, "Limits").
pub const MAX_VALUE_BYTES: usize = 1024 * 1024;

/// Longest topic, and longest source, bytes (SLS, "Limits").
pub const MAX_TOPIC_BYTES: usize = 128;

/// Largest log as a row of the store, bytes: less than the store's own bound.
pub const MAX_ROW_BYTES: usize = 4 * 1024 * 1024 - 4096;

/// Most bytes that tags, topic and source take when every log of a group has its own copy of them, as rows do.
pub const MAX_EXPANDED_BYTES: usize = 128 * 1024 * 1024;

/// How far behind the clock a log may be when it arrives, seconds (SLS, "PutLogs").
pub const MAX_AGE_S: i64 = 7 * 86_400;

/// How far ahead of the clock a log may be when it arrives, seconds (SLS, "PutLogs").
pub const MAX_AHEAD_S: i64 = 900;

/// How far the time of a request may be from the clock, seconds (SLS, "Request signatures").
pub const CLOCK_WINDOW_S: i64 = 900;

/// Most logs of one page of a search, also the default (SLS, "GetLogs").
pub const MAX_PAGE_LOGS: usize = 100;

/// Most rows that a search asks a shard for at a time: more than a page, so that an offset costs few questions.
pub const WALK_ROWS: usize = 512;

/// Bytes of rows that a search wants of a shard at a time, as far as it can tell beforehand.
pub const WALK_BYTES: usize = 4 * 1024 * 1024;

/// Rows that a search asks a shard for at first, when it does not know how large they are.
pub const WALK_FIRST_ROWS: usize = 32;

/// Places of rows that a search holds at once where it does not read the rows, over all shards: 48 bytes each.
pub const WALK_PLACES: usize = 32_768;

/// Counting logs looks this often whether anyone still waits for the count, milliseconds.
pub const COUNT_LOOK_MS: u64 = 200;

/// A search that takes longer than this, milliseconds, answers with what it has, marked as incomplete: clients wait 60 s.
pub const SEARCH_PATIENCE_MS: u64 = 20_000;

/// SQL that reads for longer than this, milliseconds, ends, whatever the engine allows: a bound behind the engine's own.
pub const SQL_PATIENCE_MS: u64 = 600_000;

/// Rows of a slice of a table: what one thread reads before it takes the next slice, at least.
pub const SLICE_ROWS: usize = 16_384;

/// Most intervals of a histogram; its width is chosen so that there are not more (SLS says nothing about it).
pub const HISTOGRAM_INTERVALS: i64 = 60;

/// Most LogGroups of one pull (SLS, "PullLogs").
pub const MAX_PULL_GROUPS: usize = 1_000;

/// A pull takes no further LogGroup once it has this many bytes: what a client is willing to hold.
pub const MAX_PULL_BYTES: usize = MAX_GROUP_BYTES;

/// Most lines before and after a log's place (SLS, "GetContextLogs").
pub const MAX_CONTEXT_LINES: usize = 100;

/// How far before and after a log its neighbours are looked for, seconds (SLS, "GetContextLogs").
pub const CONTEXT_REACH_S: i64 = 86_400;

/// Most topics of one answer (SLS, "ListTopics").
pub const MAX_TOPICS: usize = 100;

/// Topics that a search for more is told to leave out: the store takes 64 conditions.
pub const TOPICS_LEFT_OUT: usize = 60;

/// Most different topics that a list of topics looks through: what it holds meanwhile.
pub const MAX_DIFFERENT_TOPICS: usize = 100_000;

/// Most bytes of a log that a web page writes by a link alone (SLS, "Use the web tracking feature to collect logs").
pub const MAX_TRACK_QUERY_BYTES: usize = 16 * 1024;

/// Most projects of an account (SLS, "Limits", the larger of the figures of several years).
pub const MAX_PROJECTS: i64 = 150;

/// Most logstores of a project (SLS, "Limits").
pub const MAX_LOGSTORES: i64 = 400;

/// Most dashboards of a project (SLS, "Limits").
pub const MAX_DASHBOARDS: i64 = 100;

/// Characters of the name of a dashboard for people: a line of a page.
pub const MAX_DISPLAY_NAME_CHARS: usize = 256;

/// Most shards of a logstore that can be written to (SLS, "CreateLogStore").
pub const MAX_SHARDS: usize = 256;

/// Most shards of a logstore, with those that a split has closed: a search asks every one.
pub const MAX_ALL_SHARDS: usize = 1_024;

/// Most shards when a logstore is made (SLS, "CreateLogStore").
pub const MAX_FIRST_SHARDS: i64 = 100;

/// A new shard is refused when the journal has this many streams: it can hold 65,536, and audit events need theirs.
pub const MAX_JOURNAL_STREAMS: usize = 60_000;

/// Most consumer groups of a logstore (SLS, "Limits", the larger of two figures).
pub const MAX_CONSUMER_GROUPS: i64 = 30;

/// Most consumers of a group: what a heartbeat looks through.
pub const MAX_CONSUMERS: usize = 1_024;

/// Longest name of a consumer, bytes.
pub const MAX_CONSUMER_BYTES: usize = 256;

/// Most days that logs are kept; this many means for ever (SLS, "CreateLogStore").
pub const MAX_TTL_DAYS: i64 = 3_650;

/// Days below which nobody sets the retention of a logstore that a trail delivers to: six months, which laws ask for logs.
pub const MIN_AUDIT_TTL_DAYS: i64 = 180;

/// The client's own groups are not larger than this, bytes: well below what a service takes.
pub const CLIENT_GROUP_BYTES: usize = 3 * 1024 * 1024;

/// Most logs of one of the client's groups: what every version of the service takes.
pub const CLIENT_GROUP_LOGS: usize = 4_096;

/// Largest answer that the client reads, bytes: a pull with one group more than its bound.
pub const CLIENT_ANSWER_BYTES: u64 = 32 * 1024 * 1024;

/// How often the client tries a call.
pub const CLIENT_ATTEMPTS: u32 = 6;

/// Longest pause before the client's second attempt, milliseconds; it doubles from attempt to attempt.
pub const CLIENT_PAUSE_MS: u64 = 200;

/// How long the client repeats a call, seconds: with the last attempt's own time less than a delivery waits for a write.
pub const CLIENT_PATIENCE_S: u64 = 45;

/// Seconds to connect, and of a whole call of the client: a group of 3 MiB, compressed, at half a megabit.
pub const CLIENT_TIMEOUTS_S: (u64, u64) = (10, 60);

/// By how many seconds the service's clock may differ from what the client knows of it: a `Date` has whole seconds, and
/// answers travel.
pub const CLIENT_CLOCK_TOLERANCE_S: i64 = 60;

/// How long a logstore that was just made may be unknown to its service, seconds.
pub const NEW_LOGSTORE_PATIENCE_S: u64 = 60;
