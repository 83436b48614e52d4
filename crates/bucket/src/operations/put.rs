//! PutObject. Public document: Object Storage Service, "PutObject".

use std::sync::Arc;

use super::attributes::{attributes, forbids_overwrite, refuse_conditions};
use crate::answer::{Answer, empty_answer, put_header};
use crate::content::{Body, Expected, receive};
use crate::fault::Fault;
use crate::limits::MAX_PUT_BYTES;
use crate::names::check_key;
use crate::rows::object::{self, Object};
use crate::service::{BucketService, Request};

pub(crate) async fn object(service: &BucketService, request: &Request, body: Body) -> Result<Answer, Fault> {
    let (name, key, headers) = (request.bucket(), request.key(), &request.head.headers);
    check_key(key)?;
    refuse_conditions(headers)?;
    let bucket = service.bucket(name).await?;
    let attributes = attributes(headers, &bucket)?;
    let forbid_overwrite = forbids_overwrite(headers);
    // Said now, so that nobody sends gigabytes for nothing, and decided when the object takes its place.
    let mut connection = service.database.pool().acquire().await?;
    let old = object::find(&mut connection, name, key).await?;
    drop(connection);
    service.may_write(&bucket, old.as_ref(), forbid_overwrite)?;
    let file = service.new_file(name, key);
    let expected = Expected::of(headers)?;
    let received = receive(Arc::clone(&service.blobs), file.clone(), body, expected, MAX_PUT_BYTES).await?;
    let object = Object::of_file(key, file, &received, attributes);
    let object = service.commit(name, object, forbid_overwrite).await?;
    let mut answer = written(&object);
    put_header(&mut answer, "content-md5", &received.md5.base64());
    Ok(answer)
}

/// What every write answers.
pub(crate) fn written(object: &Object) -> Answer {
    let mut answer = empty_answer(200);
    put_header(&mut answer, "etag", &format!("\"{}\"", object.etag));
    put_header(&mut answer, "x-oss-hash-crc64ecma", &object.crc64.to_string());
    echo_encryption(&mut answer, object);
    answer
}

/// Encryption that was asked for is named in the answers.
pub(crate) fn echo_encryption(answer: &mut Answer, object: &Object) {
    for (name, value) in &object.attributes.headers {
        if name.starts_with("x-oss-server-side-") {
            put_header(answer, name, value);
        }
    }
}
