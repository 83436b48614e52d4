//! Errors of the service: one table of codes, and what a refusal carries beside its code.
//!
//! Public document: Simple Log Service, "Common error codes".

use std::borrow::Cow;

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// HTTP status. Never 5xx for what would fail again: one official client repeats those without end.
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

    /// A refusal with a more exact text.
    pub fn says(self, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault { code: self, message: message.into() }
    }
}

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.name)]
pub struct Fault {
    /// Row of the table.
    pub code: Code,
    /// What to do, for a person.
    pub message: Cow<'static, str>,
}

impl Fault {
    /// A failure of the server itself: the cause goes to the log and not to the client.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request to the log service failed");
        codes::INTERNAL_ERROR.fault()
    }

    /// The disk of the control database is full: with space the same succeeds.
    pub(crate) fn disk_full(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request to the log service failed, a disk is full");
        codes::SERVER_BUSY.says("The disk of the server is full, so nothing was stored. Free space, then try again.")
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
        INVALID_API_VERSION = 400 "InvalidAPIVersion" "The x-log-apiversion must be 0.6.0 or 0.4.0.";
        MISSING_API_VERSION = 400 "MissingAPIVersion" "The header x-log-apiversion is missing.";
        INVALID_SIGNATURE_METHOD = 400 "InvalidSignatureMethod" "The x-log-signaturemethod must be hmac-sha1.";
        INVALID_DATE = 400 "InvalidDateFormat" "The time of the request must stand in Date or x-log-date, as RFC 1123 says or as 20261122T080000Z.";
        TIME_SKEWED = 400 "RequestTimeTooSkewed" "The time of the request is more than 15 minutes from the time of the server.";
        MISSING_ACCESS_KEY = 400 "MissAccessKeyId" "The header Authorization must be LOG <id>:<signature> or SLS4-HMAC-SHA256 Credential=...,Signature=....";
        PARAMETER_INVALID = 400 "ParameterInvalid" "A parameter is not valid.";
        NOT_SUPPORTED = 400 "NotSupported" "This server does not have what the request asks for.";
        JSON_INVALID = 400 "JsonInfoInvalid" "The body is not the JSON of this operation.";
        BODY_INVALID = 400 "PostBodyInvalid" "The body is not a LogGroup.";
        BODY_TOO_LARGE = 400 "PostBodyTooLarge" "The body is larger than 10 MB uncompressed.";
        BODY_UNCOMPRESS = 400 "PostBodyUncompressError" "The body cannot be uncompressed to x-log-bodyrawsize bytes.";
        INVALID_ENCODING = 400 "InvalidEncoding" "A text of the body is not UTF-8.";
        INVALID_KEY = 400 "InvalidKey" "A key of a log must have 1 to 128 bytes and not be one of the service's own.";
        INVALID_COMPRESSION = 400 "InvalidCompressType" "The x-log-compresstype must be lz4, zstd, deflate or absent.";
        MISSING_RAW_SIZE = 400 "MissingBodyRawSize" "A compressed body needs the header x-log-bodyrawsize.";
        INVALID_RAW_SIZE = 400 "InvalidBodyRawSize" "The x-log-bodyrawsize must be a number of bytes.";
        PROJECT_EXISTS = 400 "ProjectAlreadyExist" "A project of that name exists already.";
        LOGSTORE_EXISTS = 400 "LogStoreAlreadyExist" "A logstore of that name exists already.";
        LOGSTORE_INVALID = 400 "LogStoreInfoInvalid" "The properties of the logstore are not valid.";
        PROJECT_QUOTA = 400 "ProjectQuotaExceed" "There are as many as there may be; delete one first.";
        INDEX_EXISTS = 400 "IndexAlreadyExist" "log store index is already created";
        INDEX_INVALID = 400 "IndexInfoInvalid" "The index configuration is not valid.";
        GROUP_EXISTS = 400 "ConsumerGroupAlreadyExist" "A consumer group of that name exists already.";
        INVALID_CURSOR = 400 "InvalidCursor" "The cursor is not one of this shard.";
        CONSUMER_MISSING = 400 "ConsumerNotExist" "The consumer does not hold the shard; send a heartbeat first.";
        INVALID_CHECKPOINT = 400 "InvalidShardCheckPoint" "The checkpoint must be a cursor of the shard.";
        NO_WRITABLE_SHARD = 400 "LogStoreWithoutShard" "The logstore has no shard that can be written to.";
        UNAUTHORIZED = 401 "Unauthorized" "The request is not permitted.";
        WRONG_SIGNATURE = 401 "SignatureNotMatch" "The signature of the request is not the one that the server computes.";
        INVALID_ACCESS_KEY = 401 "InvalidAccessKeyId" "The access key id does not exist.";
        TOKEN_EXPIRED = 401 "SecurityTokenExpired" "The security token has expired.";
        TOKEN_INVALID = 401 "SecurityTokenInvalid" "The security token is not valid, or not that of the access key.";
        PROJECT_FORBIDDEN = 403 "ProjectForbidden" "The project does not belong to you.";
        WRITE_FORBIDDEN = 403 "LogStoreWriteForbidden" "A trail delivers to this logstore, and nobody else writes to it.";
        NO_PROJECT = 404 "ProjectNotExist" "The project does not exist.";
        NO_LOGSTORE = 404 "LogStoreNotExist" "The logstore does not exist.";
        NO_SHARD = 404 "ShardNotExist" "The shard does not exist.";
        NO_INDEX = 404 "IndexConfigNotExist" "index config doesn't exist";
        NO_INDEX_TO_SEARCH = 400 "IndexConfigNotExist" "logstore without index config";
        NO_GROUP = 404 "ConsumerGroupNotExist" "The consumer group does not exist.";
        NO_DASHBOARD = 404 "DashboardNotExist" "The dashboard does not exist.";
        INVALID_METHOD = 405 "InvalidMethod" "Nothing is done by this method at this path.";
        INTERNAL_ERROR = 500 "InternalServerError" "The server could not complete the request; try again.";
        SERVER_BUSY = 503 "ServerBusy" "The server cannot take the request now; try again in a moment.";
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn every_code_has_a_status_of_an_error() {
            for code in ALL {
                assert!((400..=503).contains(&code.status) && !code.text.is_empty(), "{}", code.name);
            }
        }
    }
}
