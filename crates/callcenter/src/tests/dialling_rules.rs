use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, ram_user, refused, root};
use super::on_both_databases;
use crate::Role;

on_both_databases!(rules_change_one_by_one, rules_decide_about_calls, unfit_rules_change_nothing,);

async fn rules(bench: &Bench, instance: &str) -> Value {
    bench
        .body(&root(ACCOUNT), "GetDiallingRules", &[("InstanceId", instance)])
        .await
        .remove("DiallingRules")
        .expect("rules")
}

async fn set(bench: &Bench, instance: &str, changes: &[(&str, &str)]) -> Value {
    let mut params = vec![("InstanceId", instance)];
    params.extend_from_slice(changes);
    bench.body(&root(ACCOUNT), "SetDiallingRules", &params).await.remove("DiallingRules").expect("rules")
}

async fn rules_change_one_by_one(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let mut expected = json!({
        "AllowInternational": false, "AllowPremium": false, "AllowEmergency": false, "AllowShort": false,
        "AllowedPrefixes": {"AllowedPrefix": []}, "RefusedPrefixes": {"RefusedPrefix": []},
        "CallsPerSecond": 5, "ConcurrentCalls": 100, "CalleeCoolDown": 5, "PairCoolDown": 30, "QuietHours": "",
    });
    assert_eq!(rules(bench, &instance).await, expected);
    let changes =
        [("AllowShort", "True"), ("AllowedPrefixes", "021, 100"), ("QuietHours", "21:00-08:00"), ("PairCoolDown", "0")];
    let changed = set(bench, &instance, &changes).await;
    expected["AllowShort"] = true.into();
    expected["AllowedPrefixes"]["AllowedPrefix"] = json!(["021", "100"]);
    expected["QuietHours"] = "21:00-08:00".into();
    expected["PairCoolDown"] = 0.into();
    assert_eq!(changed, expected);
    assert_eq!(rules(bench, &instance).await, expected);
    set(bench, &instance, &[("AllowShort", "false"), ("AllowedPrefixes", "none"), ("QuietHours", "none")]).await;
    expected["AllowShort"] = false.into();
    expected["AllowedPrefixes"]["AllowedPrefix"] = json!([]);
    expected["QuietHours"] = "".into();
    assert_eq!(rules(bench, &instance).await, expected);
    let other = bench.instance("other", &[]).await;
    assert_eq!(rules(bench, &other).await["PairCoolDown"], 30);
}

async fn rules_decide_about_calls(bench: &Bench) {
    let instance = bench.instance("sales", &[("PhoneNumber", "02112345678")]).await;
    let call = [("InstanceId", instance.as_str()), ("Caller", "13812345678"), ("Callee", "+12127365000")];
    assert_eq!(
        bench.refusal(&root(ACCOUNT), "StartBack2BackCall", &call).await,
        refused("Permission.Destination", 403)
    );
    set(bench, &instance, &[("AllowInternational", "true")]).await;
    bench.body(&root(ACCOUNT), "StartBack2BackCall", &call).await;
    set(bench, &instance, &[("ConcurrentCalls", "0")]).await;
    let call = [("InstanceId", instance.as_str()), ("Caller", "13812345678"), ("Callee", "13912345678")];
    assert_eq!(bench.refusal(&root(ACCOUNT), "StartBack2BackCall", &call).await, refused("ServiceUnavailable", 503));
}

async fn unfit_rules_change_nothing(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let before = rules(bench, &instance).await;
    for (change, expected) in [
        (("AllowedPrefixes", "021,+86"), refused("Parameter.Format", 400)),
        (("RefusedPrefixes", "021,"), refused("Parameter.Format", 400)),
        (("QuietHours", "21-08"), refused("Parameter.Format", 400)),
    ] {
        let params = [("InstanceId", instance.as_str()), ("AllowPremium", "true"), change];
        assert_eq!(bench.refusal(&root(ACCOUNT), "SetDiallingRules", &params).await, expected, "{change:?}");
    }
    assert_eq!(rules(bench, &instance).await, before);
    bench.add_user(&instance, "201", Role::Manager).await;
    let params = [("InstanceId", instance.as_str()), ("AllowPremium", "true")];
    let manager = ram_user(ACCOUNT, "201");
    assert_eq!(bench.refusal(&manager, "SetDiallingRules", &params).await, refused("NoPermission.User", 403));
    bench.body(&manager, "GetDiallingRules", &params[..1]).await;
}
