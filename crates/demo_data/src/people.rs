//! Who calls, by which key, from where.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use openapi::{Caller, Principal};

use crate::dice::{Dice, Subject};
use crate::texts::{FAMILY, GIVEN, USER_AGENTS};

pub(crate) const USERS: u64 = 2_000;
const ROLES: [&str; 6] = [
    "AliyunCCCWorkbenchRole",
    "AliyunCCCReportRole",
    "call-centre-auditor",
    "quality-inspection",
    "crm-integration",
    "break-glass-admin",
];
pub(crate) const INSTANCES: u64 = 24;
/// A user gets a new key after so many days.
const KEY_DAYS: i64 = 60;
/// A session of a role lives for an hour.
const SESSION_S: i64 = 3_600;

/// Who makes a call.
pub(crate) struct Actor {
    pub(crate) caller: Caller,
    /// Number of the instance that he works for.
    pub(crate) instance: u64,
    /// Number of the user behind the call.
    pub(crate) user: u64,
    pub(crate) source_ip: IpAddr,
    pub(crate) user_agent: &'static str,
}

/// Kinds of callers, by what operations are theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Those who talk to customers, and their workbench.
    Agent,
    /// Those who watch and report.
    Manager,
    /// Those who set up.
    Admin,
    /// Programs.
    Script,
}

/// Draws a caller for an operation.
pub(crate) fn draw(seed: u64, account_id: &str, who: Who, at_s: i64, dice: &mut Dice) -> Actor {
    let user = match who {
        Who::Agent => dice.skewed(USERS - 60) + 60,
        Who::Manager => dice.skewed(60),
        Who::Admin => dice.skewed(12),
        Who::Script => dice.below(6),
    };
    let by_role = match who {
        Who::Agent => dice.happens(0.3),
        Who::Manager => dice.happens(0.3),
        Who::Admin => dice.happens(0.15),
        Who::Script => dice.happens(0.8),
    };
    let is_root = who == Who::Admin && dice.happens(0.04);
    let mut person = Dice::of(seed, Subject::User, user);
    let user_id = format!("2{}", person.digits(17));
    let user_name = user_name(user, &mut person);
    let instance = person.skewed(INSTANCES);
    let usual_agent = person.pick(&USER_AGENTS);
    let (access_key_id, principal) = if is_root {
        (key(seed, u64::MAX, at_s), Principal::Root)
    } else if by_role {
        let role = match who {
            Who::Agent => 0,
            Who::Manager => 1 + person.below(3),
            Who::Script => 4,
            Who::Admin => 5,
        };
        session(seed, role, user, user_id, user_name, at_s)
    } else {
        (key(seed, user, at_s), Principal::User { user_id, user_name })
    };
    Actor {
        caller: Caller { account_id: account_id.to_owned(), access_key_id, principal },
        instance,
        user,
        source_ip: address(seed, who, user, instance, dice),
        user_agent: if dice.happens(0.9) { usual_agent } else { dice.pick(&USER_AGENTS) },
    }
}

/// Chinese name of a user.
pub(crate) fn display_name(seed: u64, user: u64) -> String {
    let mut person = Dice::of(seed, Subject::User, user);
    // The same throws as for the user name.
    person.digits(17);
    let (family, given) = (person.pick(&FAMILY).0, person.pick(&GIVEN).0);
    format!("{family}{given}")
}

fn user_name(user: u64, person: &mut Dice) -> String {
    let (family, given) = (person.pick(&FAMILY).1, person.pick(&GIVEN).1);
    format!("{given}.{family}{user:04}")
}

fn key(seed: u64, user: u64, at_s: i64) -> String {
    let period = at_s.div_euclid(KEY_DAYS * 86_400) as u64;
    format!("LTAI5t{}", Dice::of(seed ^ period, Subject::Key, user).token(18))
}

/// A temporary key and its session: the same for an hour, then a new one.
fn session(seed: u64, role: u64, user: u64, user_id: String, session_name: String, at_s: i64) -> (String, Principal) {
    let created_at_s = at_s.div_euclid(SESSION_S) * SESSION_S;
    let number = user << 32 | (created_at_s / SESSION_S) as u64 & 0xFFFF_FFFF;
    let mut dice = Dice::of(seed, Subject::Session, number);
    let key = format!("STS.N{}", dice.token(24));
    let created_at_s = created_at_s + dice.below(60) as i64;
    let principal = Principal::RoleSession {
        role_id: format!("3{}", Dice::of(seed, Subject::Role, role).digits(17)),
        role_name: ROLES[role as usize % ROLES.len()].to_owned(),
        session_name,
        created_at_s: created_at_s.min(at_s),
        assumed_by: user_id,
        mfa_present: dice.happens(0.2),
        session_policy: None,
    };
    (key, principal)
}

/// Offices share few addresses, homes have one each, programs sit in the cloud, some use IPv6.
fn address(seed: u64, who: Who, user: u64, instance: u64, dice: &mut Dice) -> IpAddr {
    let kind = dice.share();
    let home = || Dice::of(seed ^ 0x5EED, Subject::User, user);
    if who == Who::Script {
        return Ipv4Addr::new(47, 96 + user as u8, 10, 1 + dice.below(3) as u8).into();
    }
    if kind < 0.72 {
        return Ipv4Addr::new(203, 0, 113, (instance * 4 + dice.skewed(4)) as u8 + 1).into();
    }
    if kind < 0.9 {
        let mut home = home();
        return Ipv4Addr::new(
            100 + home.below(20) as u8,
            home.below(256) as u8,
            home.below(256) as u8,
            1 + home.below(254) as u8,
        )
        .into();
    }
    if kind < 0.94 {
        let mut home = home();
        return Ipv6Addr::new(
            0x240e,
            0x3a1,
            home.below(65_536) as u16,
            home.below(65_536) as u16,
            0,
            0,
            0,
            home.below(65_536) as u16,
        )
        .into();
    }
    // A phone on the road.
    Ipv4Addr::new(117, 130 + dice.below(8) as u8, dice.below(256) as u8, 1 + dice.below(254) as u8).into()
}
