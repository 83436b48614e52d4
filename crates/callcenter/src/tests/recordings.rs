use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::bench::{ACCOUNT, Bench, refused, root, text};
use super::on_both_databases;
use crate::activity::{self, Activity, ContactType, Kind};
use crate::recording::{InstanceBucket, NewRecording, RecordingBucket, Recordings};
use crate::{CallCenter, CallCenterError};

on_both_databases!(a_recording_is_stored_listed_and_linked, without_a_bucket_there_are_none, an_import_makes_a_call,);

/// Names of objects; their content is nobody's concern here.
#[derive(Default)]
struct Names(Mutex<BTreeSet<String>>);

impl RecordingBucket for Names {
    fn put_new(&self, bucket: &InstanceBucket, key: &str, file: &Path) -> io::Result<bool> {
        assert_eq!(bucket.account_id, ACCOUNT);
        let is_new = self.0.lock().expect("no panic before").insert(format!("{}/{key}", bucket.name));
        if is_new {
            std::fs::remove_file(file)?;
        }
        Ok(is_new)
    }

    fn has(&self, bucket: &InstanceBucket, key: &str) -> io::Result<bool> {
        Ok(self.0.lock().expect("no panic before").contains(&format!("{}/{key}", bucket.name)))
    }

    fn link(&self, bucket: &InstanceBucket, key: &str, expires_s: i64) -> String {
        format!("/{}/{key}?Expires={expires_s}", bucket.name)
    }
}

const STARTED_MS: i64 = 1_700_000_000_000;

fn wav(path: &Path, channels: u16) {
    let spec =
        hound::WavSpec { channels, sample_rate: 8_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).expect("a file");
    for sample in 0..16_000 * i32::from(channels) {
        writer.write_sample(i16::try_from(sample % 1_000).expect("small")).expect("written");
    }
    writer.finalize().expect("finished");
}

async fn open(bench: &Bench, folder: &Path) -> CallCenter {
    std::fs::create_dir_all(folder.join("import")).expect("a folder");
    let center = CallCenter::open(bench.center.database.clone(), Arc::clone(&bench.center.ram_users)).await;
    center
        .expect("the call centre opens")
        .with_recordings(Recordings { bucket: Arc::new(Names::default()), import_folder: folder.join("import") })
}

fn recording(file: &Path, contact_id: &str) -> NewRecording {
    NewRecording {
        file: file.to_owned(),
        contact_id: contact_id.to_owned(),
        agent_id: Some("201".to_owned()),
        agent_name: "王芳".to_owned(),
        extension: Some("80000001".to_owned()),
        started_at_ms: STARTED_MS,
    }
}

async fn a_recording_is_stored_listed_and_linked(bench: &Bench) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let center = open(bench, folder.path()).await;
    let instance = bench.instance("sales", &[]).await;
    let started = Kind::ContactStarted {
        contact_type: ContactType::Inbound,
        calling_number: "13800000001".to_owned(),
        called_number: "02112345678".to_owned(),
        center_number: "02112345678".to_owned(),
    };
    center.record(&instance, &[Activity::at(STARTED_MS, started).of_contact("1000000001")]).await.expect("recorded");
    let file = folder.path().join("a.wav");
    let mut names = Vec::new();
    for channels in [2, 1] {
        wav(&file, channels);
        names.push(center.store_recording(&instance, recording(&file, "1000000001")).await.expect("stored"));
        assert!(!file.exists(), "it moved");
    }
    // The second one finds its name taken and takes the next millisecond.
    assert_eq!(names, ["170000000000000080000001.wav", "170000000000100080000001.wav"]);
    std::fs::write(&file, b"no sound").expect("written");
    let refusal = center.store_recording(&instance, recording(&file, "1000000001")).await;
    assert!(matches!(refusal, Err(CallCenterError::NotWav)));

    let center = Arc::new(center);
    let ask = async |operation: &str, more: &[(&str, &str)]| {
        let params = [&[("InstanceId", instance.as_str())], more].concat();
        bench.call_on(&center, &root(ACCOUNT), operation, &params).await
    };
    let page = [("PageNumber", "1"), ("PageSize", "10")];
    let all = ask("ListRecordings", &page).await.expect("a page").body["Recordings"].clone();
    assert_eq!(all["TotalCount"], 2);
    let expected = json!({
        "ContactId": "1000000001", "Duration": 2, "FileName": names[0],
        "FilePath": format!("record/{instance}/{}", names[0]), "InstanceId": instance, "StartTime": STARTED_MS,
        "AgentId": "201", "AgentName": "王芳", "CallingNumber": "13800000001", "CalledNumber": "02112345678",
        "ContactType": "Inbound",
    });
    assert_eq!(all["List"]["Recording"][0], expected);
    for (name, value, count) in
        [("Criteria", "王", 2), ("Criteria", "%", 0), ("PhoneNumber", "13800000001", 2), ("AgentId", "202", 0)]
    {
        let found = ask("ListRecordings", &[page[0], page[1], (name, value)]).await.expect("a page");
        assert_eq!(found.body["Recordings"]["TotalCount"], count, "{name} {value}");
    }
    let times = [page[0], page[1], ("StartTime", "0"), ("StopTime", "1800000000000")];
    let dual = ask("ListRecordingOfDualTrack", &times).await.expect("a page").body["Recordings"].clone();
    assert_eq!((&dual["TotalCount"], &dual["List"]["Recording"][0]["FileName"]), (&json!(1), &json!(names[0])));
    let turned = [page[0], page[1], ("StartTime", "2"), ("StopTime", "1")];
    assert_eq!(ask("ListRecordings", &turned).await.expect_err("turned").code, "Parameter.Invalid");
    let of_call = ask("ListRecordingsByContactId", &[("ContactId", "1000000001")]).await.expect("a list");
    assert_eq!(of_call.body["Recordings"]["Recording"].as_array().map(Vec::len), Some(2));

    let links = ask("DownloadAllTypeRecording", &[("ContactId", "1000000001")]).await.expect("links");
    let links = links.body["MediaDownloadParamList"]["MediaDownloadParam"].as_array().expect("a list").clone();
    let linked: Vec<String> = links.iter().map(|link| text(link, "FileName")).collect();
    assert_eq!(linked, [names[0].clone(), "170000000000000080000001-mono.wav".to_owned(), names[1].clone()]);
    for name in &linked {
        let link = ask("DownloadRecording", &[("FileName", name)]).await.expect("a link");
        assert_eq!(link.references, [("ACS::CCC::Recording", name.clone())]);
        let url = text(&link.body["MediaDownloadParam"], "SignatureUrl");
        let start = format!("http://ccc.cn-shanghai.aliyuncs.com/ccc-{instance}/record/{instance}/{name}?Expires=");
        assert!(url.starts_with(&start), "{url}");
    }
    for name in ["17.wav", "../import", ""] {
        let code = ask("DownloadRecording", &[("FileName", name)]).await.expect_err("no such recording").code;
        assert_eq!(code, "NotExist.Record", "{name}");
    }
    let mut connection = center.database.pool().acquire().await.expect("a connection");
    let rows = activity::rows::of_contact(&mut connection, &instance, "1000000001").await.expect("rows");
    let stored = rows.iter().filter(|row| matches!(row.activity.kind, Kind::RecordingStored { duration_s: 2, .. }));
    assert_eq!(stored.count(), 2);
}

async fn without_a_bucket_there_are_none(bench: &Bench) {
    let instance = bench.instance("sales", &[]).await;
    let params = [("InstanceId", instance.as_str()), ("FileName", "a.wav")];
    assert_eq!(bench.refusal(&root(ACCOUNT), "DownloadRecording", &params).await, refused("OssNotOpen", 404));
    let params = [("InstanceId", instance.as_str()), ("ContactId", "1")];
    assert_eq!(bench.refusal(&root(ACCOUNT), "DownloadAllTypeRecording", &params).await, refused("OssNotOpen", 404));
}

async fn an_import_makes_a_call(bench: &Bench) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let center = Arc::new(open(bench, folder.path()).await);
    let instance = bench.instance("sales", &[]).await;
    wav(&folder.path().join("import/old.wav"), 1);
    wav(&folder.path().join("secret.wav"), 1);
    let import = async |source: &str| {
        let params = [
            ("InstanceId", instance.as_str()),
            ("SourceFile", source),
            ("StartTime", "1700000000000"),
            ("ContactType", "Outbound"),
            ("CallingNumber", "02112345678"),
            ("CalledNumber", "13800000001"),
        ];
        bench.call_on(&center, &root(ACCOUNT), "ImportRecording", &params).await
    };
    for (source, code) in [("../secret.wav", "Parameter.Format"), ("new.wav", "NotExist.ImportFile")] {
        assert_eq!(import(source).await.expect_err("refused").code, code, "{source}");
    }
    let body = import("old.wav").await.expect("imported").body;
    assert_eq!(body["FileName"], "170000000000000000000000.wav");
    let contact = body["ContactId"].as_str().expect("an id");
    assert_eq!(contact.len(), 10);
    let mut connection = center.database.pool().acquire().await.expect("a connection");
    let rows = activity::rows::of_contact(&mut connection, &instance, contact).await.expect("rows");
    assert_eq!(rows.len(), 4);
}
