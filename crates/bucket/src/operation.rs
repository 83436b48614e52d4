//! The operations: which request is which, what RAM is asked for it, and whether it is managing or data.
//!
//! Public document: Object Storage Service, "List of operations by function".

use http::Method;
use openapi::Access;

use crate::fault::{Fault, codes};
use crate::reading::Target;
use crate::request::Head;

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) id: Id,
    /// Name of the operation; with `oss:` before it, what RAM is asked unless `permission` says otherwise.
    pub(crate) name: &'static str,
    method: &'static str,
    level: Level,
    /// Query names that choose it.
    markers: &'static [&'static str],
    /// It needs `x-oss-copy-source`.
    copies: bool,
    pub(crate) permission: &'static str,
    pub(crate) access: Access,
    /// It moves objects; such calls are recorded only where a trail asks for data events.
    pub(crate) is_data: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Service,
    Bucket,
    Object,
}

macro_rules! operations {
    ($($id:ident $method:literal $level:ident [$($marker:literal)*] $copies:literal $permission:literal $access:ident $data:literal;)*) => {
        /// Every operation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Id { $($id),* }

        /// The table.
        pub(crate) const OPERATIONS: &[Operation] = &[$(Operation {
            id: Id::$id,
            name: stringify!($id),
            method: $method,
            level: Level::$level,
            markers: &[$($marker),*],
            copies: $copies,
            permission: $permission,
            access: Access::$access,
            is_data: $data,
        }),*];
    };
}

operations! {
    ListBuckets "GET" Service [] false "oss:ListBuckets" Read false;
    PutBucket "PUT" Bucket [] false "oss:PutBucket" Write false;
    DeleteBucket "DELETE" Bucket [] false "oss:DeleteBucket" Write false;
    GetBucketInfo "GET" Bucket ["bucketInfo"] false "oss:GetBucketInfo" Read false;
    GetBucketLocation "GET" Bucket ["location"] false "oss:GetBucketLocation" Read false;
    GetBucketAcl "GET" Bucket ["acl"] false "oss:GetBucketAcl" Read false;
    PutBucketAcl "PUT" Bucket ["acl"] false "oss:PutBucketAcl" Write false;
    GetBucketVersioning "GET" Bucket ["versioning"] false "oss:GetBucketVersioning" Read false;
    GetBucketEncryption "GET" Bucket ["encryption"] false "oss:GetBucketEncryption" Read false;
    PutBucketEncryption "PUT" Bucket ["encryption"] false "oss:PutBucketEncryption" Write false;
    DeleteBucketEncryption "DELETE" Bucket ["encryption"] false "oss:DeleteBucketEncryption" Write false;
    GetBucketLifecycle "GET" Bucket ["lifecycle"] false "oss:GetBucketLifecycle" Read false;
    PutBucketLifecycle "PUT" Bucket ["lifecycle"] false "oss:PutBucketLifecycle" Write false;
    DeleteBucketLifecycle "DELETE" Bucket ["lifecycle"] false "oss:DeleteBucketLifecycle" Write false;
    InitiateBucketWorm "POST" Bucket ["worm"] false "oss:InitiateBucketWorm" Write false;
    AbortBucketWorm "DELETE" Bucket ["worm"] false "oss:AbortBucketWorm" Write false;
    GetBucketWorm "GET" Bucket ["worm"] false "oss:GetBucketWorm" Read false;
    CompleteBucketWorm "POST" Bucket ["wormId"] false "oss:CompleteBucketWorm" Write false;
    ExtendBucketWorm "POST" Bucket ["wormId" "wormExtend"] false "oss:ExtendBucketWorm" Write false;
    ListObjects "GET" Bucket [] false "oss:ListObjects" Read true;
    ListObjectVersions "GET" Bucket ["versions"] false "oss:ListObjectVersions" Read true;
    ListMultipartUploads "GET" Bucket ["uploads"] false "oss:ListMultipartUploads" Read true;
    DeleteMultipleObjects "POST" Bucket ["delete"] false "oss:DeleteObject" Write true;
    PutObject "PUT" Object [] false "oss:PutObject" Write true;
    CopyObject "PUT" Object [] true "oss:PutObject" Write true;
    AppendObject "POST" Object ["append"] false "oss:PutObject" Write true;
    GetObject "GET" Object [] false "oss:GetObject" Read true;
    HeadObject "HEAD" Object [] false "oss:GetObject" Read true;
    GetObjectMeta "HEAD" Object ["objectMeta"] false "oss:GetObject" Read true;
    DeleteObject "DELETE" Object [] false "oss:DeleteObject" Write true;
    GetObjectAcl "GET" Object ["acl"] false "oss:GetObjectAcl" Read true;
    PutObjectAcl "PUT" Object ["acl"] false "oss:PutObjectAcl" Write true;
    GetObjectTagging "GET" Object ["tagging"] false "oss:GetObjectTagging" Read true;
    PutObjectTagging "PUT" Object ["tagging"] false "oss:PutObjectTagging" Write true;
    DeleteObjectTagging "DELETE" Object ["tagging"] false "oss:DeleteObjectTagging" Write true;
    InitiateMultipartUpload "POST" Object ["uploads"] false "oss:PutObject" Write true;
    UploadPart "PUT" Object ["partNumber" "uploadId"] false "oss:PutObject" Write true;
    UploadPartCopy "PUT" Object ["partNumber" "uploadId"] true "oss:PutObject" Write true;
    ListParts "GET" Object ["uploadId"] false "oss:ListParts" Read true;
    CompleteMultipartUpload "POST" Object ["uploadId"] false "oss:PutObject" Write true;
    AbortMultipartUpload "DELETE" Object ["uploadId"] false "oss:AbortMultipartUpload" Write true;
}

/// Query names that are signed but choose no operation.
const NEUTRAL: &[&str] = &[
    "continuation-token",
    "position",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "security-token",
    "x-oss-request-payer",
    "x-oss-traffic-limit",
];

/// Which operation a request is. What nobody here knows is refused: it must never become another operation.
pub(crate) fn find(head: &Head, target: &Target) -> Result<&'static Operation, Fault> {
    let level = match target {
        Target::Service => Level::Service,
        Target::Bucket(_) => Level::Bucket,
        Target::Object { .. } => Level::Object,
    };
    let chosen: Vec<&str> = head.query.pairs().map(|(name, _)| name).filter(|name| chooses(name)).collect();
    let version = head.query.text("versionId").filter(|version| *version != "null");
    if let Some(name) = version.map(|_| "versionId").or_else(|| unknown(&chosen)) {
        return Err(codes::NOT_IMPLEMENTED
            .says(format!("This server does not have {name}."))
            .detail("Parameter", name));
    }
    let copies = !head.header("x-oss-copy-source").is_empty();
    let fits = |operation: &&Operation| {
        operation.level == level
            && operation.method == head.method.as_str()
            && operation.copies == (copies && head.method == Method::PUT && level == Level::Object)
            && operation.markers.len() == chosen.len()
            && operation.markers.iter().all(|marker| chosen.contains(marker))
    };
    OPERATIONS.iter().find(fits).ok_or_else(|| {
        let code = if chosen.is_empty() { codes::METHOD_NOT_ALLOWED } else { codes::NOT_IMPLEMENTED };
        code.fault().detail("Method", head.method.as_str()).detail("ResourceType", chosen.join(","))
    })
}

fn chooses(name: &str) -> bool {
    name != "versionId" && !NEUTRAL.contains(&name) && crate::signature::v1::is_signed(name)
}

fn unknown<'a>(chosen: &[&'a str]) -> Option<&'a str> {
    chosen.iter().copied().find(|name| !OPERATIONS.iter().any(|operation| operation.markers.contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Query;
    use crate::signature::examples::headers;

    fn name(method: &str, level: &str, query: &str, copy: bool) -> Result<&'static str, &'static str> {
        let head = Head {
            method: method.parse().unwrap(),
            path: String::new(),
            query: Query::parse(query).unwrap(),
            headers: headers(if copy { &[("x-oss-copy-source", "/a/b")] } else { &[] }),
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            arrived_at_ms: 0,
        };
        let target = match level {
            "service" => Target::Service,
            "bucket" => Target::Bucket("b".to_owned()),
            _ => Target::Object { bucket: "b".to_owned(), key: "k".to_owned() },
        };
        find(&head, &target).map(|operation| operation.name).map_err(|fault| fault.code.name)
    }

    #[test]
    fn requests_are_what_their_query_says() {
        assert_eq!(name("GET", "bucket", "list-type=2&prefix=x&continuation-token=t", false), Ok("ListObjects"));
        assert_eq!(name("GET", "bucket", "acl=", false), Ok("GetBucketAcl"));
        assert_eq!(name("POST", "bucket", "wormId=1&wormExtend", false), Ok("ExtendBucketWorm"));
        assert_eq!(name("PUT", "object", "", true), Ok("CopyObject"));
        assert_eq!(name("PUT", "object", "partNumber=1&uploadId=u", true), Ok("UploadPartCopy"));
        assert_eq!(name("POST", "object", "append&position=0", false), Ok("AppendObject"));
        assert_eq!(name("GET", "object", "versionId=null&response-expires=x", false), Ok("GetObject"));
    }

    #[test]
    fn what_is_unknown_never_becomes_something_else() {
        assert_eq!(name("GET", "bucket", "policy", false), Err("NotImplemented"));
        assert_eq!(name("GET", "object", "x-oss-process=image/resize", false), Err("NotImplemented"));
        assert_eq!(name("GET", "object", "versionId=7", false), Err("NotImplemented"));
        assert_eq!(name("PUT", "bucket", "versioning", false), Err("NotImplemented"));
        assert_eq!(name("GET", "bucket", "acl&location", false), Err("NotImplemented"));
        assert_eq!(name("HEAD", "bucket", "", false), Err("MethodNotAllowed"));
    }
}
