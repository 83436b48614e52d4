use super::bench::{ACCOUNT, Bench, OTHER_ACCOUNT, ram_user, refused, role_session, root};
use super::on_both_databases;
use crate::Role;

const READS: [&str; 3] = ["GetInstance", "ListConfig", "ListSkillGroups"];

on_both_databases!(
    a_foreign_or_unknown_instance_does_not_exist,
    a_ram_user_must_be_a_user_of_the_instance,
    roles_bound_what_users_do,
    the_account_and_its_sessions_administer,
);

async fn a_foreign_or_unknown_instance_does_not_exist(bench: &Bench) {
    let instance = bench.instance("one", &[]).await;
    // Once read by its owner, so that the refusal is also tried from memory.
    bench.body(&root(ACCOUNT), "ListConfig", &[("InstanceId", &instance)]).await;
    for operation in READS.into_iter().chain(["CreateSkillGroup"]) {
        for (caller, id) in [
            (root(OTHER_ACCOUNT), instance.as_str()),
            (role_session(OTHER_ACCOUNT), instance.as_str()),
            (ram_user(OTHER_ACCOUNT, "201"), instance.as_str()),
            (root(ACCOUNT), "0f5e0a9e-0c0f-4a58-8f3e-5b1f8d3c2a10"),
            (ram_user(ACCOUNT, "201"), "0f5e0a9e-0c0f-4a58-8f3e-5b1f8d3c2a10"),
        ] {
            let refusal = bench.refusal(&caller, operation, &[("InstanceId", id), ("Name", "Billing")]).await;
            assert_eq!(refusal, refused("NotExist.Instance", 404), "{operation}");
        }
    }
    let foreign = bench.call(&root(OTHER_ACCOUNT), "GetInstance", &[("InstanceId", &instance)]).await;
    let unknown = bench.call(&root(OTHER_ACCOUNT), "GetInstance", &[("InstanceId", "nowhere")]).await;
    let foreign = foreign.expect_err("refused").message.replace(&instance, "nowhere");
    assert_eq!(foreign, unknown.expect_err("refused").message);
}

async fn a_ram_user_must_be_a_user_of_the_instance(bench: &Bench) {
    let instance = bench.instance("one", &[("AdminRamId.1", "201")]).await;
    for operation in READS.into_iter().chain(["CreateSkillGroup"]) {
        let params = [("InstanceId", instance.as_str()), ("Name", "Billing")];
        let refusal = bench.refusal(&ram_user(ACCOUNT, "202"), operation, &params).await;
        assert_eq!(refusal, refused("NoPermission.User", 403), "{operation}");
        bench.body(&ram_user(ACCOUNT, "201"), operation, &params).await;
    }
    bench.add_user(&instance, "202", Role::Agent).await;
    bench.body(&ram_user(ACCOUNT, "202"), "ListConfig", &[("InstanceId", &instance)]).await;
}

async fn roles_bound_what_users_do(bench: &Bench) {
    let instance = bench.instance("one", &[]).await;
    for (ram_user_id, role) in [("202", Role::Agent), ("203", Role::Manager), ("204", Role::Admin)] {
        bench.add_user(&instance, ram_user_id, role).await;
        let caller = ram_user(ACCOUNT, ram_user_id);
        for operation in READS {
            bench.body(&caller, operation, &[("InstanceId", &instance)]).await;
        }
        let params = [("InstanceId", instance.as_str()), ("Name", ram_user_id)];
        if role == Role::Admin {
            bench.body(&caller, "CreateSkillGroup", &params).await;
        } else {
            let refusal = bench.refusal(&caller, "CreateSkillGroup", &params).await;
            assert_eq!(refusal, refused("NoPermission.User", 403));
        }
    }
}

async fn the_account_and_its_sessions_administer(bench: &Bench) {
    let instance = bench.instance("one", &[("AdminRamId.1", "201")]).await;
    for (caller, name) in [(root(ACCOUNT), "by root"), (role_session(ACCOUNT), "by session")] {
        bench.body(&caller, "CreateSkillGroup", &[("InstanceId", &instance), ("Name", name)]).await;
        bench.body(&caller, "GetInstance", &[("InstanceId", &instance)]).await;
    }
}
