//! The operations: which request is which, what RAM is asked for it, and whether it is managing or data.
//!
//! Public document: Object Storage Service, "List of operations by function".

use http::Method;
use openapi::Access;

use crate::authenticate::Link;
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
    /// Query names that it understands beside those and [`SIGNING`].
    parameters: &'static [&'static str],
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
    ($($id:ident $method:literal $level:ident [$($marker:literal)*] [$($parameter:literal)*] $copies:literal $permission:literal $access:ident $data:literal;)*) => {
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
            parameters: &[$($parameter),*],
            copies: $copies,
            permission: $permission,
            access: Access::$access,
            is_data: $data,
        }),*];
    };
}

operations! {
    ListBuckets "GET" Service [] ["prefix" "marker" "max-keys"] false "oss:ListBuckets" Read false;
    PutBucket "PUT" Bucket [] [] false "oss:PutBucket" Write false;
    DeleteBucket "DELETE" Bucket [] [] false "oss:DeleteBucket" Write false;
    GetBucketInfo "GET" Bucket ["bucketInfo"] [] false "oss:GetBucketInfo" Read false;
    GetBucketLocation "GET" Bucket ["location"] [] false "oss:GetBucketLocation" Read false;
    GetBucketAcl "GET" Bucket ["acl"] [] false "oss:GetBucketAcl" Read false;
    PutBucketAcl "PUT" Bucket ["acl"] [] false "oss:PutBucketAcl" Write false;
    GetBucketVersioning "GET" Bucket ["versioning"] [] false "oss:GetBucketVersioning" Read false;
    GetBucketEncryption "GET" Bucket ["encryption"] [] false "oss:GetBucketEncryption" Read false;
    PutBucketEncryption "PUT" Bucket ["encryption"] [] false "oss:PutBucketEncryption" Write false;
    DeleteBucketEncryption "DELETE" Bucket ["encryption"] [] false "oss:DeleteBucketEncryption" Write false;
    GetBucketLifecycle "GET" Bucket ["lifecycle"] [] false "oss:GetBucketLifecycle" Read false;
    PutBucketLifecycle "PUT" Bucket ["lifecycle"] [] false "oss:PutBucketLifecycle" Write false;
    DeleteBucketLifecycle "DELETE" Bucket ["lifecycle"] [] false "oss:DeleteBucketLifecycle" Write false;
    InitiateBucketWorm "POST" Bucket ["worm"] [] false "oss:InitiateBucketWorm" Write false;
    AbortBucketWorm "DELETE" Bucket ["worm"] [] false "oss:AbortBucketWorm" Write false;
    GetBucketWorm "GET" Bucket ["worm"] [] false "oss:GetBucketWorm" Read false;
    CompleteBucketWorm "POST" Bucket ["wormId"] [] false "oss:CompleteBucketWorm" Write false;
    ExtendBucketWorm "POST" Bucket ["wormId" "wormExtend"] [] false "oss:ExtendBucketWorm" Write false;
    ListObjects "GET" Bucket [] ["list-type" "prefix" "delimiter" "marker" "start-after" "continuation-token" "max-keys" "encoding-type" "fetch-owner"] false "oss:ListObjects" Read true;
    ListObjectVersions "GET" Bucket ["versions"] ["prefix" "delimiter" "key-marker" "version-id-marker" "max-keys" "encoding-type"] false "oss:ListObjectVersions" Read true;
    ListMultipartUploads "GET" Bucket ["uploads"] ["prefix" "delimiter" "key-marker" "upload-id-marker" "max-uploads" "encoding-type"] false "oss:ListMultipartUploads" Read true;
    DeleteMultipleObjects "POST" Bucket ["delete"] ["encoding-type"] false "oss:DeleteObject" Write true;
    PutObject "PUT" Object [] [] false "oss:PutObject" Write true;
    CopyObject "PUT" Object [] [] true "oss:PutObject" Write true;
    AppendObject "POST" Object ["append"] ["position"] false "oss:PutObject" Write true;
    GetObject "GET" Object [] ["versionId"] false "oss:GetObject" Read true;
    HeadObject "HEAD" Object [] ["versionId"] false "oss:GetObject" Read true;
    GetObjectMeta "HEAD" Object ["objectMeta"] ["versionId"] false "oss:GetObject" Read true;
    DeleteObject "DELETE" Object [] ["versionId"] false "oss:DeleteObject" Write true;
    GetObjectAcl "GET" Object ["acl"] ["versionId"] false "oss:GetObjectAcl" Read true;
    PutObjectAcl "PUT" Object ["acl"] ["versionId"] false "oss:PutObjectAcl" Write true;
    GetObjectTagging "GET" Object ["tagging"] ["versionId"] false "oss:GetObjectTagging" Read true;
    PutObjectTagging "PUT" Object ["tagging"] ["versionId"] false "oss:PutObjectTagging" Write true;
    DeleteObjectTagging "DELETE" Object ["tagging"] ["versionId"] false "oss:DeleteObjectTagging" Write true;
    InitiateMultipartUpload "POST" Object ["uploads"] ["encoding-type"] false "oss:PutObject" Write true;
    UploadPart "PUT" Object ["partNumber" "uploadId"] [] false "oss:PutObject" Write true;
    UploadPartCopy "PUT" Object ["partNumber" "uploadId"] [] true "oss:PutObject" Write true;
    ListParts "GET" Object ["uploadId"] ["max-parts" "part-number-marker" "encoding-type"] false "oss:ListParts" Read true;
    CompleteMultipartUpload "POST" Object ["uploadId"] ["encoding-type"] false "oss:PutObject" Write true;
    AbortMultipartUpload "DELETE" Object ["uploadId"] [] false "oss:AbortMultipartUpload" Write true;
}

/// Query names of signatures and of who pays; they are part of any request.
const SIGNING: &[&str] = &[
    "Expires",
    "OSSAccessKeyId",
    "Signature",
    "security-token",
    "x-oss-additional-headers",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-request-payer",
    "x-oss-security-token",
    "x-oss-signature",
    "x-oss-signature-version",
    "x-oss-traffic-limit",
];

/// Query names that change headers of an object's answer.
const RESPONSE: &[&str] = &[
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];

/// Which operation a request is. Every query name must be one that the operation understands: what is left over may be
/// a sub-resource that makes it another operation, so it is refused and never passed over.
pub(crate) fn find(head: &Head, target: &Target) -> Result<&'static Operation, Fault> {
    let level = match target {
        Target::Service => Level::Service,
        Target::Bucket(_) => Level::Bucket,
        Target::Object { .. } => Level::Object,
    };
    if head.query.text("versionId").is_some_and(|version| version != "null") {
        return Err(not_here("versionId"));
    }
    if !head.header("x-oss-callback").is_empty() {
        // A client that waits for its own server to be called must not take a plain success for that.
        return Err(not_here("x-oss-callback"));
    }
    let names: Vec<&str> = head.query.pairs().map(|(name, _)| name).filter(|name| !SIGNING.contains(name)).collect();
    let copies = !head.header("x-oss-copy-source").is_empty();
    let may_be = |operation: &&Operation| {
        operation.level == level
            && operation.method == head.method.as_str()
            && operation.copies == (copies && head.method == Method::PUT && level == Level::Object)
            && operation.markers.iter().all(|marker| names.contains(marker))
    };
    let leftover = |operation: &Operation| names.iter().copied().find(|name| !operation.understands(name));
    let candidates: Vec<&Operation> = OPERATIONS.iter().filter(may_be).collect();
    if let Some(operation) = candidates.iter().find(|operation| leftover(operation).is_none()) {
        return Ok(operation);
    }
    // Of all operations that it might be, the one with the most markers is the likeliest to be meant.
    let likeliest = candidates.into_iter().max_by_key(|operation| operation.markers.len());
    match likeliest.map_or(names.first().copied(), leftover) {
        Some(name) => Err(not_here(name)),
        None => Err(codes::METHOD_NOT_ALLOWED.fault().detail("Method", head.method.as_str())),
    }
}

impl Operation {
    /// Links are for objects; what is in a bucket may be listed by one of version 4, too.
    pub(crate) fn permit_link(&self, link: Option<Link>) -> Result<(), Fault> {
        let is_listing = matches!(self.id, Id::ListObjects | Id::ListObjectVersions);
        match link {
            None => Ok(()),
            Some(_) if self.level == Level::Object => Ok(()),
            Some(Link::V4) if is_listing => Ok(()),
            Some(_) => Err(codes::ACCESS_DENIED
                .says(format!("{} cannot be signed in the query; sign it in the Authorization header.", self.name))),
        }
    }

    fn reads_an_object(&self) -> bool {
        matches!(self.id, Id::GetObject | Id::HeadObject | Id::GetObjectMeta)
    }

    fn understands(&self, name: &&str) -> bool {
        self.markers.contains(name)
            || self.parameters.contains(name)
            || (self.reads_an_object() && RESPONSE.contains(name))
    }
}

fn not_here(name: &str) -> Fault {
    let shown: String = name.chars().take(64).collect();
    codes::NOT_IMPLEMENTED
        .says(format!("This server does not have {shown} for this request."))
        .detail("Parameter", shown)
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
        // Names that no version of the signature lists.
        for sub_resource in ["retention", "legalHold", "accessmonitor", "policyStatus", "quota", "rtc", "regions", "x"]
        {
            for method in ["GET", "PUT", "POST", "DELETE", "HEAD"] {
                for level in ["service", "bucket", "object"] {
                    let found = name(method, level, sub_resource, false);
                    assert_eq!(found, Err("NotImplemented"), "{method} {level} {sub_resource}");
                }
            }
        }
        assert_eq!(name("GET", "bucket", "acl&prefix=x", false), Err("NotImplemented"));
        assert_eq!(name("PUT", "object", "position=0", false), Err("NotImplemented"));
        assert_eq!(name("PUT", "object", "response-expires=x", false), Err("NotImplemented"));
    }

    #[test]
    fn links_are_for_objects() {
        for operation in OPERATIONS {
            let is_object = operation.level == Level::Object;
            let is_listing = matches!(operation.name, "ListObjects" | "ListObjectVersions");
            assert!(operation.permit_link(None).is_ok(), "{}", operation.name);
            assert_eq!(operation.permit_link(Some(Link::V1)).is_ok(), is_object, "{}", operation.name);
            assert_eq!(operation.permit_link(Some(Link::V4)).is_ok(), is_object || is_listing, "{}", operation.name);
        }
    }

    #[test]
    fn signatures_are_no_parameters_of_operations() {
        let link = "OSSAccessKeyId=a&Expires=1&Signature=s&security-token=t";
        assert_eq!(name("PUT", "object", link, false), Ok("PutObject"));
        let link = "x-oss-signature-version=v&x-oss-credential=c&x-oss-date=d&x-oss-expires=1&x-oss-additional-headers=h\
                    &x-oss-security-token=t&x-oss-signature=s";
        assert_eq!(name("GET", "object", link, false), Ok("GetObject"));
        assert_eq!(name("PUT", "object", &format!("uploadId=u&partNumber=1&{link}"), false), Ok("UploadPart"));
    }
}
