//! An instance and the calls that its account makes.

use serde_json::Value;

use super::bench::{ACCOUNT, Bench, root, text};

pub(super) struct Office<'a> {
    pub(super) bench: &'a Bench,
    pub(super) instance: String,
}

impl<'a> Office<'a> {
    pub(super) async fn open(bench: &'a Bench) -> Self {
        Self { bench, instance: bench.instance("sales", &[("PhoneNumbers.1", "02112345678")]).await }
    }

    pub(super) fn params<'p>(&'p self, more: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
        let mut params = vec![("InstanceId", self.instance.as_str())];
        params.extend_from_slice(more);
        params
    }

    pub(super) async fn body(&self, operation: &str, more: &[(&str, &str)]) -> Value {
        Value::Object(self.bench.body(&root(ACCOUNT), operation, &self.params(more)).await)
    }

    pub(super) async fn refusal(&self, operation: &str, more: &[(&str, &str)]) -> (String, u16) {
        self.bench.refusal(&root(ACCOUNT), operation, &self.params(more)).await
    }

    pub(super) async fn role(&self, name: &str) -> String {
        let roles = self.body("ListRoles", &[]).await["Roles"]["Role"].clone();
        let roles = roles.as_array().expect("a list");
        text(roles.iter().find(|role| role["RoleName"] == name).expect("a role"), "RoleId")
    }

    pub(super) async fn group(&self, name: &str) -> String {
        text(&self.body("CreateSkillGroup", &[("Name", name)]).await, "SkillGroupId")
    }

    pub(super) async fn users(&self) -> Vec<Value> {
        let page = self.body("ListUsers", &[("PageNumber", "1"), ("PageSize", "1000")]).await;
        page["Users"]["List"]["User"].as_array().expect("a list").clone()
    }

    pub(super) async fn primary(&self) -> String {
        text(&self.users().await[0], "UserId")
    }

    pub(super) async fn import(&self, ram_user_id: &str) -> String {
        let body = self.body("AssignUsers", &[("UserRamId.1", ram_user_id)]).await;
        text(&body["Data"]["User"][0], "UserId")
    }
}
