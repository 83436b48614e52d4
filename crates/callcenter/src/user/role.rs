//! The three roles of an instance.

/// A role, weakest first: a stronger one may do all that a weaker one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Takes and makes calls.
    Agent,
    /// Leads skill groups.
    Manager,
    /// Sets up the instance.
    Admin,
}

impl Role {
    /// All roles, as a new instance gets them.
    pub const ALL: [Role; 3] = [Role::Admin, Role::Manager, Role::Agent];

    /// `RoleName` on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Role::Agent => "Agent",
            Role::Manager => "Manager",
            Role::Admin => "Admin",
        }
    }

    /// `RoleDescription` on the wire.
    pub fn description(self) -> &'static str {
        match self {
            Role::Agent => "Takes and makes calls",
            Role::Manager => "Leads skill groups, sees recordings and reports",
            Role::Admin => "Sets up the instance, its users and numbers",
        }
    }

    /// The role with this `RoleName`.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn names_read_back_and_administrators_are_strongest() {
        for role in Role::ALL {
            assert_eq!(Role::of_name(role.name()), Some(role));
            assert!(role <= Role::Admin);
        }
        assert_eq!(Role::of_name("admin"), None);
    }
}
