//! AppendObject. Public document: Object Storage Service, "AppendObject".
//!
//! Every append is a file of its own, so that two appends at one place cannot mix and a crash leaves the old object. When
//! an object has many files, neighbours are joined.

use std::sync::Arc;

use super::attributes::{attributes, refuse_conditions};
use super::put::written;
use crate::answer::{Answer, put_header};
use crate::content::{Body, Content, Expected, combine_crc64, copy, receive};
use crate::fault::{Fault, codes};
use crate::limits::{MAX_APPEND_PIECES, MAX_PUT_BYTES};
use crate::names::check_key;
use crate::rows::bucket::Bucket;
use crate::rows::doomed;
use crate::rows::object::{self, Object, ObjectKind, Piece};
use crate::service::{BucketService, Request};

pub(crate) async fn object(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let (name, key, headers) = (request.bucket(), request.key(), &request.head.headers);
    check_key(key)?;
    refuse_conditions(headers)?;
    let position: u64 = request.head.query.text("position").and_then(|text| text.parse().ok()).ok_or_else(|| {
        codes::INVALID_ARGUMENT.says("position must be a number of bytes.").detail("ArgumentName", "position")
    })?;
    let bucket = service.bucket(name).await?;
    let old = find(service, name, key).await?;
    check_position(service, &bucket, old.as_ref(), position)?;
    let attributes = match &old {
        Some(old) => old.attributes.clone(),
        None => attributes(headers, &bucket)?,
    };
    let file = service.new_file(name, key);
    let received = receive(
        Arc::clone(&service.blobs),
        file.clone(),
        body,
        Expected::of(headers)?,
        MAX_PUT_BYTES - position.min(MAX_PUT_BYTES),
    )
    .await?;
    let mut pieces = match &old {
        Some(old) => joined(service, name, key, &old.pieces).await?,
        None => Vec::new(),
    };
    pieces.push(Piece { file, size: received.size });
    let crc64 = old.as_ref().map_or(received.crc64, |old| combine_crc64(old.crc64, received.crc64, received.size));
    let size = position + received.size;
    let mut grown = Object {
        key: key.to_owned(),
        pieces,
        size,
        // No digest of the content: of an object that grows nobody expects one.
        etag: format!("{crc64:016X}{size:016X}"),
        crc64,
        kind: ObjectKind::Appendable,
        modified_ms: 0,
        attributes,
    };
    grow(service, name, old.as_ref(), &mut grown).await?;
    let mut answer = written(&grown);
    put_header(&mut answer, "x-oss-next-append-position", &grown.size.to_string());
    Ok(answer)
}

async fn find(service: &BucketService, bucket: &str, key: &str) -> Result<Option<Object>, Fault> {
    let mut connection = service.database.pool().acquire().await?;
    Ok(object::find(&mut connection, bucket, key).await?)
}

fn check_position(service: &BucketService, bucket: &Bucket, old: Option<&Object>, position: u64) -> Result<(), Fault> {
    let length = old.map_or(0, |old| old.size);
    if let Some(old) = old {
        service.may_change(bucket, old)?;
        if old.kind != ObjectKind::Appendable {
            return Err(codes::NOT_APPENDABLE.fault());
        }
    }
    if length != position {
        return Err(wrong_position(length));
    }
    Ok(())
}

fn wrong_position(length: u64) -> Fault {
    codes::WRONG_POSITION.fault().header("x-oss-next-append-position", length.to_string())
}

/// Puts the grown object in the place of the one that it grew from, and of no other.
async fn grow(service: &BucketService, bucket: &str, old: Option<&Object>, grown: &mut Object) -> Result<(), Fault> {
    let result = grow_row(service, bucket, old, grown).await;
    match result {
        Ok(replaced) => service.sweep(replaced),
        Err(fault) => {
            let kept = old.map(|old| old.pieces.as_slice()).unwrap_or_default();
            let new = grown.pieces.drain(..).filter(|piece| !kept.contains(piece)).collect();
            service.discard(new);
            return Err(fault);
        }
    }
    Ok(())
}

async fn grow_row(
    service: &BucketService,
    name: &str,
    old: Option<&Object>,
    grown: &mut Object,
) -> Result<Vec<Piece>, Fault> {
    let mut transaction = service.database.begin().await?;
    let bucket = service.lock(&mut transaction, name).await?;
    let now = object::find(&mut transaction, name, &grown.key).await?;
    if now.as_ref() != old {
        check_position(service, &bucket, now.as_ref(), old.map_or(0, |old| old.size))?;
        // The same length and yet another object: its writer was faster.
        return Err(wrong_position(now.map_or(0, |now| now.size)));
    }
    if let Some(old) = old {
        service.may_change(&bucket, old)?;
    }
    grown.modified_ms = service.clock.now_ms();
    let mut replaced = old.map(|old| old.pieces.clone()).unwrap_or_default();
    replaced.retain(|piece| !grown.pieces.contains(piece));
    doomed::insert(&mut transaction, &replaced).await?;
    object::put(&mut transaction, name, grown).await?;
    service.clock.remember(&mut transaction).await?;
    transaction.commit().await?;
    Ok(replaced)
}

/// The pieces of an object, of which half have become one when they were too many: those neighbours that are smallest.
async fn joined(service: &BucketService, bucket: &str, key: &str, pieces: &[Piece]) -> Result<Vec<Piece>, Fault> {
    if pieces.len() < MAX_APPEND_PIECES {
        return Ok(pieces.to_vec());
    }
    let width = MAX_APPEND_PIECES / 2;
    let size_from = |start: usize| pieces[start..start + width].iter().map(|piece| piece.size).sum::<u64>();
    let start = (0..=pieces.len() - width).min_by_key(|&start| size_from(start)).unwrap_or_default();
    let run = pieces[start..start + width].to_vec();
    let blobs = Arc::clone(&service.blobs);
    let opened = tokio::task::spawn_blocking(move || Content::open(&*blobs, &run)).await;
    let content = opened.map_err(|error| Fault::internal(&error))?.map_err(|error| Fault::internal(&error))?;
    let file = service.new_file(bucket, key);
    let blobs = Arc::clone(&service.blobs);
    let received = receive(blobs, file.clone(), copy(content), Expected::default(), MAX_PUT_BYTES).await?;
    let mut joined = pieces.to_vec();
    joined.splice(start..start + width, [Piece { file, size: received.size }]);
    Ok(joined)
}
