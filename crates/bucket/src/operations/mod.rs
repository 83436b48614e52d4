//! What the operations do: one file for each family.

mod append;
pub(crate) mod attributes;
mod bucket;
mod copy;
mod delete;
mod delivered;
mod expiry;
mod get;
mod list;
mod list_uploads;
mod multipart;
pub(crate) mod orphans;
mod put;
mod retention;
mod rules;
mod tags;
#[cfg(test)]
mod tests;
mod write;

pub use delivered::{BucketOwner, PutOutcome};
pub use orphans::OrphanError;

use crate::answer::Answer;
use crate::content::Body;
use crate::fault::{Fault, codes};
use crate::operation::Id;
use crate::service::{BucketService, KEY_ENCODING, Request};

/// Does an operation that was permitted.
pub(crate) async fn run(service: &BucketService, id: Id, request: &Request, body: Body) -> Result<Answer, Fault> {
    if request.head.query.text(KEY_ENCODING).is_some_and(|encoding| encoding != "url") {
        return Err(codes::INVALID_ARGUMENT.says("encoding-type must be url.").detail("ArgumentName", KEY_ENCODING));
    }
    match id {
        Id::ListBuckets => bucket::list(service, request).await,
        Id::PutBucket => bucket::put(service, request, body).await,
        Id::DeleteBucket => bucket::delete(service, request).await,
        Id::GetBucketInfo => bucket::info(service, request).await,
        Id::GetBucketLocation => bucket::location(service, request).await,
        Id::GetBucketAcl => bucket::acl(service, request).await,
        Id::PutBucketAcl => bucket::put_acl(service, request, body).await,
        Id::GetBucketVersioning => bucket::versioning(service, request).await,
        Id::GetBucketEncryption => rules::encryption(service, request).await,
        Id::PutBucketEncryption => rules::put_encryption(service, request, body).await,
        Id::DeleteBucketEncryption => rules::delete_encryption(service, request).await,
        Id::GetBucketLifecycle => rules::lifecycle(service, request).await,
        Id::PutBucketLifecycle => rules::put_lifecycle(service, request, body).await,
        Id::DeleteBucketLifecycle => rules::delete_lifecycle(service, request).await,
        Id::InitiateBucketWorm => retention::initiate(service, request, body).await,
        Id::AbortBucketWorm => retention::abort(service, request).await,
        Id::GetBucketWorm => retention::get(service, request).await,
        Id::CompleteBucketWorm => retention::complete(service, request, body).await,
        Id::ExtendBucketWorm => retention::extend(service, request, body).await,
        Id::ListObjects => list::objects(service, request).await,
        Id::ListObjectVersions => list::versions(service, request).await,
        Id::ListMultipartUploads => list_uploads::list_uploads(service, request).await,
        Id::DeleteMultipleObjects => delete::many(service, request, body).await,
        Id::PutObject => put::object(service, request, body).await,
        Id::CopyObject => copy::object(service, request).await,
        Id::AppendObject => append::object(service, request, body).await,
        Id::GetObject => get::object(service, request).await,
        Id::HeadObject => get::head(service, request).await,
        Id::GetObjectMeta => get::meta(service, request).await,
        Id::DeleteObject => delete::one(service, request).await,
        Id::GetObjectAcl => tags::acl(service, request).await,
        Id::PutObjectAcl => tags::put_acl(service, request, body).await,
        Id::GetObjectTagging => tags::get(service, request).await,
        Id::PutObjectTagging => tags::put(service, request, body).await,
        Id::DeleteObjectTagging => tags::delete(service, request).await,
        Id::InitiateMultipartUpload => multipart::initiate(service, request).await,
        Id::UploadPart => multipart::upload_part(service, request, body).await,
        Id::UploadPartCopy => copy::part(service, request).await,
        Id::ListParts => multipart::list_parts(service, request).await,
        Id::CompleteMultipartUpload => multipart::complete(service, request, body).await,
        Id::AbortMultipartUpload => multipart::abort(service, request).await,
    }
}
