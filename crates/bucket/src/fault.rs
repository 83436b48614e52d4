//! Errors of the service: one table of codes, and what a refusal carries beside its code.
//!
//! Public document: Object Storage Service, "Error responses".

use std::borrow::Cow;
use std::io;

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// HTTP status.
    pub status: u16,
    /// The code that clients branch on.
    pub name: &'static str,
    /// What is said when nothing more exact can be said.
    pub text: &'static str,
}

impl Code {
    /// A refusal with the table's own text.
    pub fn fault(self) -> Fault {
        self.says(self.text)
    }

    /// The number that says more than the code, of those whose number is public.
    pub(crate) fn detail_number(self) -> Option<&'static str> {
        NUMBERS.iter().find(|(name, _)| *name == self.name).map(|(_, number)| *number)
    }

    /// A refusal with a more exact text.
    pub fn says(self, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault { code: self, message: message.into(), details: Vec::new(), headers: Vec::new() }
    }
}

/// Element `EC` and header `x-oss-ec`.
const NUMBERS: &[(&str, &str)] = &[("NoSuchKey", "0026-00000001")];

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.name)]
pub struct Fault {
    /// Row of the table.
    pub code: Code,
    /// What to do, for a person.
    pub message: Cow<'static, str>,
    /// Further elements of the XML.
    pub details: Vec<(&'static str, String)>,
    /// Further headers of the answer.
    pub headers: Vec<(&'static str, String)>,
}

impl Fault {
    /// Adds an element.
    #[must_use]
    pub fn detail(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.details.push((name, text.into()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A failure of the server itself in writing a file. A full disk is said to the client: with space the same succeeds.
    pub(crate) fn not_written(cause: &io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Fault::disk_full(cause),
            _ => Fault::internal(cause),
        }
    }

    /// The disk of the files or of the control database is full.
    pub(crate) fn disk_full(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request to a bucket failed, a disk is full");
        codes::UNAVAILABLE.says("The disk of the server is full, so nothing was stored. Free space, then try again.")
    }

    /// A failure of the server itself: the cause goes to the log and not to the client.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request to a bucket failed");
        codes::INTERNAL_ERROR.fault()
    }
}

/// The codes.
pub mod codes {
    use super::Code;

    macro_rules! codes {
        ($($constant:ident = $status:literal $name:literal $text:literal;)*) => {
            $(#[doc = $text] pub const $constant: Code = Code { status: $status, name: $name, text: $text };)*
            /// Every code.
            pub const ALL: &[Code] = &[$($constant),*];
        };
    }

    codes! {
        NOT_MODIFIED = 304 "NotModified" "The object has not been modified.";
        INVALID_ARGUMENT = 400 "InvalidArgument" "The argument is not valid.";
        INVALID_REQUEST = 400 "InvalidRequest" "The request contradicts itself.";
        INVALID_TAG = 400 "InvalidTag" "Tags are of letters, digits, spaces and + - = . _ : / alone.";
        INVALID_BUCKET_NAME = 400 "InvalidBucketName" "The bucket name must have 3 to 63 lower-case letters, digits and hyphens, and begin and end with a letter or digit.";
        INVALID_OBJECT_NAME = 400 "InvalidObjectName" "The key must be 1 to 1023 bytes of UTF-8 and must not begin with / or \\.";
        INVALID_DIGEST = 400 "InvalidDigest" "The Content-MD5 is not that of the body.";
        INVALID_CRC64 = 400 "InvalidCRC64" "The x-oss-hash-crc64ecma is not that of the body.";
        INVALID_PART = 400 "InvalidPart" "A part was not uploaded, or its ETag is another.";
        INVALID_PART_ORDER = 400 "InvalidPartOrder" "The part numbers must ascend.";
        ENTITY_TOO_SMALL = 400 "EntityTooSmall" "Every part but the last must have at least 100 KB.";
        ENTITY_TOO_LARGE = 400 "EntityTooLarge" "The body is larger than 5 GB; use a multipart upload.";
        MALFORMED_XML = 400 "MalformedXML" "The XML is not well-formed or does not have the elements of this operation.";
        TOO_MANY_BUCKETS = 400 "TooManyBuckets" "An account has at most 100 buckets; delete one first.";
        INVALID_ENCRYPTION = 400 "InvalidEncryptionAlgorithmError" "The encryption algorithm must be AES256 or KMS.";
        INVALID_WORM = 400 "InvalidWORMConfiguration" "The retention must be 1 to 25550 days, and an extension must be longer than what is set.";
        INCOMPLETE_BODY = 400 "IncompleteBody" "The body ended before Content-Length.";
        NOT_IMPLEMENTED = 400 "NotImplemented" "This server does not have what the request asks for.";
        ACCESS_DENIED = 403 "AccessDenied" "You have no right to access this object because of bucket acl or policy.";
        INVALID_ACCESS_KEY = 403 "InvalidAccessKeyId" "The OSS Access Key Id you provided does not exist in our records.";
        WRONG_SIGNATURE = 403 "SignatureDoesNotMatch" "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
        TIME_SKEWED = 403 "RequestTimeTooSkewed" "The difference between the request time and the current time is too large.";
        INVALID_TOKEN = 403 "InvalidSecurityToken" "The security token you provided is invalid.";
        TOKEN_MISMATCH = 403 "AccessKeyIdAndSecurityTokenNotMatch" "The security token does not belong to the access key.";
        TOKEN_EXPIRED = 403 "SecurityTokenExpired" "The security token you provided has expired.";
        KEY_DISABLED = 403 "UserDisable" "The access key is disabled.";
        WORM_LOCKED = 403 "WORMConfigurationLocked" "The retention policy is locked: it can be extended and not removed.";
        NO_SUCH_BUCKET = 404 "NoSuchBucket" "The specified bucket does not exist.";
        NO_SUCH_KEY = 404 "NoSuchKey" "The specified key does not exist.";
        NO_SUCH_UPLOAD = 404 "NoSuchUpload" "The specified upload does not exist: it was completed, aborted or never begun.";
        NO_SUCH_LIFECYCLE = 404 "NoSuchLifecycle" "No lifecycle is configured for this bucket.";
        NO_SUCH_WORM = 404 "NoSuchWORMConfiguration" "The bucket has no such retention policy.";
        NO_SUCH_ENCRYPTION = 404 "NoSuchServerSideEncryptionRule" "The bucket has no encryption rule.";
        METHOD_NOT_ALLOWED = 405 "MethodNotAllowed" "The specified method is not allowed against this resource.";
        BUCKET_EXISTS = 409 "BucketAlreadyExists" "The requested bucket name is not available: it exists with another owner or other settings.";
        BUCKET_NOT_EMPTY = 409 "BucketNotEmpty" "The bucket you tried to delete has objects or unfinished uploads.";
        FILE_EXISTS = 409 "FileAlreadyExists" "The object you specified already exists and can not be overwritten.";
        FILE_IMMUTABLE = 409 "FileImmutable" "The object is protected by the retention policy of its bucket.";
        NOT_APPENDABLE = 409 "ObjectNotAppendable" "The object is not appendable: it was not made by AppendObject.";
        WRONG_POSITION = 409 "PositionNotEqualToLength" "Position is not equal to the object's length.";
        WORM_EXISTS = 409 "WORMConfigurationAlreadyExists" "The bucket already has a retention policy.";
        MISSING_LENGTH = 411 "MissingContentLength" "You must provide Content-Length or send the body in chunks.";
        PRECONDITION_FAILED = 412 "PreconditionFailed" "At least one of the preconditions you specified did not hold.";
        INVALID_RANGE = 416 "InvalidRange" "The requested range cannot be satisfied.";
        INTERNAL_ERROR = 500 "InternalError" "We encountered an internal error. Please try again.";
        UNAVAILABLE = 503 "ServiceUnavailable" "The request cannot be recorded now, so it is not done. Please try again later.";
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn every_code_is_once_in_the_table() {
            for (index, code) in ALL.iter().enumerate() {
                assert!(ALL[index + 1..].iter().all(|other| other.name != code.name), "{}", code.name);
                assert!((304..=503).contains(&code.status) && code.text.ends_with('.'), "{}", code.name);
            }
        }
    }
}
