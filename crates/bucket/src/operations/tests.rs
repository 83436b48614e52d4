//! What a service does by itself, without a request: it expires objects and removes files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use database::Database;
use openapi::Nobody;
use tempfile::TempDir;

use crate::blobs::Folder;
use crate::lifecycle::{Expiration, Rule, Transition};
use crate::rows::bucket::{self, Bucket};
use crate::rows::object::Object;
use crate::service::{BucketService, Settings};

const NAME: &str = "audit";

async fn open(folder: &Path, database: &str) -> BucketService {
    let database = Database::open(&format!("sqlite:{}", folder.join(database).display())).await.unwrap();
    let files = Arc::new(Arc::new(Folder::open(&folder.join("files")).unwrap()));
    let settings = Settings { default_region: "cn-hangzhou".to_owned(), hosts: BTreeMap::new(), link_key: [7; 32] };
    BucketService::open(database, files, Arc::new(Nobody), Arc::new(Nobody), settings).await.unwrap()
}

async fn create_bucket(service: &BucketService) -> Bucket {
    let text = str::to_owned;
    let bucket = Bucket {
        name: text(NAME),
        account_id: text("1"),
        region: text("cn-hangzhou"),
        acl: text("private"),
        storage_class: text("Standard"),
        redundancy: text("LRS"),
        created_ms: 0,
        encryption: None,
        lifecycle: Vec::new(),
        worm: None,
    };
    let mut connection = service.database.pool().acquire().await.unwrap();
    bucket::insert(&mut connection, &bucket).await.unwrap();
    bucket
}

async fn with_bucket() -> (TempDir, BucketService, Bucket) {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path(), "rows").await;
    let bucket = create_bucket(&service).await;
    (folder, service, bucket)
}

async fn follow(service: &BucketService, bucket: &mut Bucket, rule: Rule) {
    bucket.lifecycle = vec![Rule { status: "Enabled".to_owned(), ..rule }];
    let mut connection = service.database.pool().acquire().await.unwrap();
    bucket::update(&mut connection, bucket).await.unwrap();
}

async fn put(service: &BucketService, key: &str, content: &'static str) -> Object {
    service.put_once(NAME, key, "text/plain", Bytes::from_static(content.as_bytes())).await.unwrap();
    service.object(NAME, key).await.unwrap()
}

fn path(folder: &Path, file: &str) -> PathBuf {
    folder.join("files").join(file)
}

async fn wait_until_gone(path: &Path) {
    let waited = Instant::now();
    while path.exists() {
        assert!(waited.elapsed() < Duration::from_secs(30), "{} is still there", path.display());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn by_date(date: &str) -> Rule {
    let end = Expiration { date: Some(format!("{date}T00:00:00.000Z")), ..Expiration::default() };
    Rule { expiration: Some(end), ..Rule::default() }
}

#[tokio::test]
async fn only_what_the_rules_were_read_for_expires() {
    let (folder, service, mut bucket) = with_bucket().await;
    follow(&service, &mut bucket, by_date("2020-01-01")).await;
    let seen = put(&service, "k", "old").await;
    service.delete(NAME, "k").await.unwrap();
    let newer = put(&service, "k", "newer").await;
    service.apply_to_object(&bucket, seen).await.unwrap();
    assert_eq!(service.object(NAME, "k").await.unwrap(), newer);

    // The rules that were read are the bucket's no more.
    let read = bucket.clone();
    follow(&service, &mut bucket, by_date("9999-01-01")).await;
    service.apply_to_object(&read, newer.clone()).await.unwrap();
    assert_eq!(service.object(NAME, "k").await.unwrap(), newer);

    follow(&service, &mut bucket, by_date("2020-01-01")).await;
    service.apply_to_object(&bucket, newer.clone()).await.unwrap();
    assert_eq!(service.object(NAME, "k").await.unwrap_err().code.name, "NoSuchKey");
    wait_until_gone(&path(folder.path(), &newer.pieces[0].file)).await;
}

#[tokio::test]
async fn objects_do_not_grow_warmer() {
    let (_folder, service, mut bucket) = with_bucket().await;
    let class = async |bucket: &Bucket| {
        let object = service.object(NAME, "k").await.unwrap();
        service.apply_to_object(bucket, object).await.unwrap();
        service.object(NAME, "k").await.unwrap().attributes.storage_class
    };
    put(&service, "k", "content").await;
    for (wanted, reached) in [("Archive", "Archive"), ("IA", "Archive"), ("ColdArchive", "ColdArchive")] {
        let transition = Transition {
            days: None,
            created_before_date: Some("9999-01-01T00:00:00.000Z".to_owned()),
            storage_class: wanted.to_owned(),
        };
        follow(&service, &mut bucket, Rule { transitions: vec![transition], ..Rule::default() }).await;
        assert_eq!(class(&bucket).await, reached, "{wanted}");
    }
}

#[tokio::test]
async fn a_file_that_a_row_names_is_not_discarded() {
    let (folder, service, _) = with_bucket().await;
    let named = put(&service, "k", "content").await.pieces;
    let mut unnamed = named.clone();
    unnamed[0].file = service.new_file(NAME, "k");
    let (kept, gone) = (path(folder.path(), &named[0].file), path(folder.path(), &unnamed[0].file));
    std::fs::write(&gone, "content").unwrap();
    service.discard([named, unnamed].concat());
    // They are looked at one after the other.
    wait_until_gone(&gone).await;
    assert!(kept.exists());
}

#[tokio::test]
async fn files_of_another_control_database_are_left_alone() {
    let (folder, service, _) = with_bucket().await;
    let files = put(&service, "k", "content").await.pieces;
    let file = path(folder.path(), &files[0].file);
    let other = open(folder.path(), "fresh").await;
    other.sweep_orphans().await.unwrap();
    assert!(file.exists());
    let orphan = format!("{NAME}/k~{}", "0".repeat(32));
    std::fs::write(path(folder.path(), &orphan), "content").unwrap();
    drop(other);
    let service = open(folder.path(), "rows").await;
    service.sweep_orphans().await.unwrap();
    assert!(file.exists() && !path(folder.path(), &orphan).exists());
}
