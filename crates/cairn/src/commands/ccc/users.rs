//! `cairn ccc users`

use clap::Subcommand;

use super::client::{Client, add_list};
use super::groups::members;
use super::output::{Column, Format::Plain};
use crate::commands::CommandError;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// All users
    List {
        /// Most users to show
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// The roles of the instance
    Roles,
    /// Make RAM users of the account users of the instance
    Assign {
        /// RAM user id; may be repeated
        #[arg(required = true)]
        ram_user: Vec<String>,
        /// RoleId, see `roles`; agents without one
        #[arg(long)]
        role: Vec<String>,
        /// Skill group as GROUP-ID=LEVEL with a level from 1 to 10; may be repeated
        #[arg(long, value_name = "GROUP-ID=LEVEL")]
        group: Vec<String>,
    },
    /// Take users out of the instance; RAM users stay
    Remove {
        /// UserId; may be repeated
        #[arg(required = true)]
        user: Vec<String>,
    },
}

/// Columns of users; the demo shows the same.
pub(super) const COLUMNS: &[Column] = &[
    Column("user", "UserId", Plain),
    Column("RAM user", "RamId", Plain),
    Column("login name", "Detail.LoginName", Plain),
    Column("display name", "Detail.DisplayName", Plain),
    Column("phone", "Detail.Phone", Plain),
    Column("roles", "Roles.Role[].RoleName", Plain),
    Column("skill groups", "SkillLevels.SkillLevel[].Skill.SkillGroupName", Plain),
    Column("primary", "Primary", Plain),
];

const ROLE_COLUMNS: &[Column] = &[
    Column("role", "RoleId", Plain),
    Column("name", "RoleName", Plain),
    Column("description", "RoleDescription", Plain),
];

pub(super) fn run(client: &Client, action: &Action) -> Result<(), CommandError> {
    match action {
        Action::List { limit } => {
            let users = client.pages("ListUsers", &Vec::new(), "Users", "User", *limit)?;
            client.show_rows(&users, COLUMNS);
        }
        Action::Roles => {
            let answer = client.call_instance("ListRoles", Vec::new())?;
            client.show(&answer, "/Roles/Role", ROLE_COLUMNS);
        }
        Action::Assign { ram_user, role, group } => {
            let (groups, levels) = members(group)?;
            let mut parameters = Vec::new();
            add_list(&mut parameters, "UserRamId", ram_user);
            add_list(&mut parameters, "RoleId", role);
            add_list(&mut parameters, "SkillGroupId", &groups);
            add_list(&mut parameters, "SkillLevel", &levels);
            let answer = client.call_instance("AssignUsers", parameters)?;
            let columns = &[
                Column("user", "UserId", Plain),
                Column("RAM user", "RamId", Plain),
                Column("primary", "Primary", Plain),
            ];
            client.show(&answer, "/Data/User", columns);
        }
        Action::Remove { user } => {
            let mut parameters = Vec::new();
            add_list(&mut parameters, "UserId", user);
            let answer = client.call_instance("RemoveUsers", parameters)?;
            client.done(&answer, &format!("removed {} users", user.len()));
        }
    }
    Ok(())
}
