//! Limits of an account. Public document: RAM, "Limits".

/// Longest policy document, characters: the largest of the published maxima.
pub const MAX_POLICY_CHARS: usize = 8_192;
/// Longest session policy, characters.
pub const MAX_SESSION_POLICY_CHARS: usize = 2_048;
/// RAM users of an account.
pub const MAX_USERS: usize = 1_000;
/// Groups of an account.
pub const MAX_GROUPS: usize = 50;
/// Groups that a user is in.
pub const MAX_GROUPS_OF_USER: usize = 5;
/// Roles of an account.
pub const MAX_ROLES: usize = 1_000;
/// Custom policies of an account.
pub const MAX_POLICIES: usize = 1_500;
/// Keys of a user, and of the account itself.
pub const MAX_KEYS: usize = 2;
/// System policies attached to one user, group or role.
pub const MAX_SYSTEM_POLICIES_ATTACHED: usize = 20;
/// Custom policies attached to one user.
pub const MAX_CUSTOM_POLICIES_OF_USER: usize = 10;
/// Custom policies attached to one group or role.
pub const MAX_CUSTOM_POLICIES_OF_OTHERS: usize = 5;
/// Longest name of a user, group or role, characters.
pub const MAX_NAME_CHARS: usize = 64;
/// Longest name of a policy, characters.
pub const MAX_POLICY_NAME_CHARS: usize = 128;
/// Entries on a page of a list.
pub const MAX_ITEMS: i64 = 1_000;
/// Shortest session, seconds.
pub const MIN_SESSION_S: i64 = 900;
/// Session when none is named, and longest session of a role that was assumed by a role, seconds.
pub const DEFAULT_SESSION_S: i64 = 3_600;
/// Longest session that a role can be given, seconds.
pub const MAX_SESSION_S: i64 = 43_200;
/// Longest token, bytes.
pub const MAX_TOKEN_BYTES: usize = 8_192;
/// Accounts of a server: each has streams of its own, which are listed and watched.
pub const MAX_ACCOUNTS: usize = 100;
