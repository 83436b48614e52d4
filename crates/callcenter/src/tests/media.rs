//! Audio prompts.

use serde_json::{Value, json};

use super::bench::{ACCOUNT, Bench, losers, refused, root};
use super::on_both_databases;

on_both_databases!(a_prompt_is_registered_listed_and_deleted, unfit_prompts_are_refused, of_two_creators_one_wins);

fn prompt<'a>(instance: &'a str, name: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut params = vec![
        ("InstanceId", instance),
        ("Name", name),
        ("Type", "Audio"),
        ("FileName", "welcome.wav"),
        ("OssFileName", "a1.wav"),
        ("OssFilePath", "media/a1.wav"),
        ("UploadResult", "Success"),
    ];
    params.extend_from_slice(more);
    params
}

async fn list(bench: &Bench, instance: &str, prefix: &str, page: &str) -> (Vec<Value>, Value) {
    let params = [("InstanceId", instance), ("NamePrefix", prefix), ("PageNumber", page), ("PageSize", "2")];
    let body = bench.body(&root(ACCOUNT), "ListMedias", &params).await;
    let medias = &body["Medias"];
    (medias["List"]["Media"].as_array().expect("a list").clone(), medias["TotalCount"].clone())
}

async fn a_prompt_is_registered_listed_and_deleted(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let more = [("Description", "欢迎词")];
    let answer = bench.call(&root(ACCOUNT), "CreateMedia", &prompt(&instance, "welcome", &more)).await.expect("made");
    let parameters = &answer.body["MediaUploadParam"];
    let expected = json!({
        "FileName": "welcome.wav", "Id": parameters["Id"], "Instance": instance, "Name": "welcome",
        "OssFileName": "a1.wav", "OssFilePath": "media/a1.wav",
    });
    assert_eq!((parameters, answer.references.len()), (&expected, 1));
    let spoken = prompt(&instance, "sorry", &[("Type", "TTS"), ("Content", "抱歉"), ("UploadResult", "Fail")]);
    bench.body(&root(ACCOUNT), "CreateMedia", &spoken).await;
    bench.body(&root(ACCOUNT), "CreateMedia", &prompt(&instance, "welcome 2", &[])).await;

    let (all, total) = list(bench, &instance, "", "1").await;
    assert_eq!((all.len(), total), (2, json!(3)));
    let expected = json!({
        "Content": "抱歉", "Description": "", "FileName": "welcome.wav", "FilePath": "media/a1.wav",
        "Instance": instance, "Name": "sorry", "OssFileName": "a1.wav", "Status": "Fail", "Type": "TTS",
    });
    assert_eq!(all[1], expected);
    assert_eq!(list(bench, &instance, "", "2").await.0.len(), 1);
    assert_eq!(list(bench, &instance, "", "9").await.0.len(), 0);
    assert_eq!(list(bench, &instance, "wel", "1").await.1, 2);

    let delete = [("InstanceId", instance.as_str()), ("Name", "welcome")];
    bench.body(&root(ACCOUNT), "DeleteMedia", &delete).await;
    assert_eq!(bench.refusal(&root(ACCOUNT), "DeleteMedia", &delete).await, refused("NotExist.Media", 404));
    assert_eq!(list(bench, &instance, "", "1").await.1, 2);
}

async fn unfit_prompts_are_refused(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    bench.body(&root(ACCOUNT), "CreateMedia", &prompt(&instance, "welcome", &[])).await;
    let wide = "词".repeat(65);
    for (name, more, expected) in [
        ("welcome", vec![], refused("Exists.MediaName", 409)),
        (wide.as_str(), vec![], refused("Parameter.Maximum", 400)),
        ("sorry", vec![("Type", "TTS")], refused("MissingContent", 400)),
    ] {
        let refusal = bench.refusal(&root(ACCOUNT), "CreateMedia", &prompt(&instance, name, &more)).await;
        assert_eq!(refusal, expected);
    }
    assert_eq!(bench.count("ccc_media").await, 1);
}

async fn of_two_creators_one_wins(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    for round in 0..10 {
        let name = format!("race {round}");
        let tasks = [1, 2].map(|_| bench.start(&root(ACCOUNT), "CreateMedia", &prompt(&instance, &name, &[])));
        assert_eq!(losers(tasks.into()).await, ["Exists.MediaName"]);
    }
}
