//! What went wrong in an object storage, and what an operator does about it.

use std::error::Error as _;
use std::fmt;
use std::io;

use object_store::Error;

use crate::limits::MAX_REASON_BYTES;

/// The place that errors name.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) bucket: String,
    pub(crate) endpoint: String,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "object storage {}, bucket {}", self.endpoint, self.bucket)
    }
}

impl Place {
    /// An error of the client, in our words. Of a server's answer no more is repeated than its code and message: some
    /// repeat the request in it, signature and all.
    pub(crate) fn explain(&self, error: &Error) -> io::Error {
        let Told { code, reason, .. } = told(error);
        let advice = code.as_deref().and_then(advice_for_code).unwrap_or_else(|| advice_for_error(error));
        self.error(advice.0, &reason, advice.1)
    }

    /// An error that names the place.
    pub(crate) fn error(&self, kind: io::ErrorKind, reason: &str, advice: &str) -> io::Error {
        io::Error::new(kind, format!("{self}: {reason}; {advice}"))
    }
}

/// What is known of a failure, in words that may be shown.
pub(crate) struct Told {
    /// The server's code.
    pub(crate) code: Option<String>,
    /// The status of its answer.
    pub(crate) status: Option<u16>,
    /// One line for people.
    pub(crate) reason: String,
}

/// Reads an error of the client.
pub(crate) fn told(error: &Error) -> Told {
    let said = error.to_string();
    let code = between(&said, "<Code>", "</Code>");
    Told { status: status(&said), reason: reason(error, &said, code.as_deref()), code }
}

type Advice = (io::ErrorKind, &'static str);

const UNREACHABLE: &str = "look at the network, at the endpoint in the settings, and whether the service runs; it is tried \
                           again when it is needed again";
const RIGHTS: &str =
    "let the key read, write, list and delete objects, and abort uploads, below the prefix of this bucket";
const KEY: &str = "look at the key id, the secret and the session token, or the account and its key, that the server was started with";
const REGION: &str = "set the bucket's region and endpoint in the settings";
const BUSY: &str = "it refuses requests for now; it is tried again when it is needed again";
const MISSING: &str = "is it the right bucket and prefix? Otherwise restore the object from a backup";

fn advice_for_code(code: &str) -> Option<Advice> {
    use io::ErrorKind::{NotFound, Other, PermissionDenied, TimedOut};
    Some(match code {
        "NoSuchBucket" | "ContainerNotFound" => {
            (Other, "create the bucket or container, or correct `url` in the settings")
        }
        "NoSuchKey" | "BlobNotFound" => (NotFound, MISSING),
        "RequestTimeTooSkewed" => {
            (PermissionDenied, "set the clock of this machine: signatures hold for some minutes only")
        }
        "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidToken"
        | "ExpiredToken"
        | "InvalidSecurityToken"
        | "AuthenticationFailed"
        | "AuthenticationRequired"
        | "InvalidAuthenticationInfo" => (PermissionDenied, KEY),
        "AccessDenied"
        | "AllAccessDisabled"
        | "AccountProblem"
        | "AuthorizationFailure"
        | "AuthorizationPermissionMismatch"
        | "InsufficientAccountPermissions" => (PermissionDenied, RIGHTS),
        "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" => (Other, REGION),
        "SecondLevelDomainForbidden" => (Other, "set virtual_hosted = true in the settings"),
        "SlowDown" | "ServiceUnavailable" | "InternalError" | "RequestTimeout" | "ServerBusy" | "OperationTimedOut" => {
            (TimedOut, BUSY)
        }
        _ => return None,
    })
}

fn advice_for_error(error: &Error) -> Advice {
    use io::ErrorKind::{InvalidInput, NotFound, Other, PermissionDenied, TimedOut};
    match error {
        Error::NotFound { .. } => (NotFound, MISSING),
        Error::PermissionDenied { .. } => (PermissionDenied, RIGHTS),
        Error::Unauthenticated { .. } => (PermissionDenied, KEY),
        Error::InvalidPath { .. } => (InvalidInput, "such a name cannot be an object's"),
        _ => match status(&error.to_string()) {
            Some(500..=599 | 429) => (TimedOut, BUSY),
            Some(300..=399) => (Other, REGION),
            Some(_) => (Other, "look at the settings and at the service's log"),
            None if error.to_string().contains("redirect without LOCATION") => (Other, REGION),
            None => (Other, UNREACHABLE),
        },
    }
}

/// What is known: the server's code and message, or its status, or what the network said.
fn reason(error: &Error, said: &str, code: Option<&str>) -> String {
    let message = between(said, "<Message>", "</Message>").unwrap_or_default();
    match (code, status(said)) {
        (Some(code), _) => format!("{code} {message}").trim_end().to_owned(),
        (None, Some(status)) => format!("status {status}"),
        (None, None) => innermost(error),
    }
}

/// The first cause: the layers above it say the same in more general words.
fn innermost(error: &Error) -> String {
    let mut cause = error.source();
    let mut text = error.to_string();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    shortened(&text)
}

/// The status that the client repeats from an answer.
fn status(said: &str) -> Option<u16> {
    let (_, after) = said.split_once("status code: ")?;
    after.get(..3)?.parse().ok()
}

fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, after) = text.split_once(start)?;
    let (inside, _) = after.split_once(end)?;
    Some(shortened(inside))
}

/// One line of bounded length: it goes to a log.
fn shortened(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if out.len() + c.len_utf8() > MAX_REASON_BYTES {
            break;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { bucket: "audit".to_owned(), endpoint: "http://storage:9000".to_owned() }
    }

    fn answered(status: &str, body: &str) -> Error {
        let text = format!(
            "Error performing GET http://storage:9000/audit/x - Server returned non-2xx status code: {status}: {body}"
        );
        Error::Generic { store: "S3", source: text.into() }
    }

    fn body(code: &str) -> String {
        format!(
            "<Error><Code>{code}</Code><Message>Told so.</Message><StringToSign>request repeated</StringToSign></Error>"
        )
    }

    #[test]
    fn codes_become_advice_and_answers_are_not_repeated() {
        for (code, advice) in [
            ("NoSuchBucket", "create the bucket"),
            ("AccessDenied", "let the key read"),
            ("RequestTimeTooSkewed", "set the clock"),
            ("SignatureDoesNotMatch", "look at the key id"),
            ("SlowDown", "refuses requests for now"),
            ("SomethingNew", "look at the settings"),
        ] {
            let text = place().explain(&answered("403 Forbidden", &body(code))).to_string();
            assert!(text.contains(code) && text.contains("Told so.") && text.contains(advice), "{text}");
            assert!(
                text.contains("audit") && text.contains("http://storage:9000") && !text.contains("repeated"),
                "{text}"
            );
        }
    }

    #[test]
    fn answers_without_a_code_are_told_by_their_status() {
        let text = place().explain(&answered("503 Service Unavailable", "<html>repeated")).to_string();
        assert!(text.contains("status 503") && text.contains("for now") && !text.contains("repeated"), "{text}");
        let text = place().explain(&answered("404 Not Found", "")).to_string();
        assert!(text.contains("status 404"), "{text}");
    }

    #[test]
    fn what_the_network_said_is_shortened_to_a_line() {
        let error = Error::Generic { store: "S3", source: format!("line\n{}", "é".repeat(10_000)).into() };
        let text = place().explain(&error).to_string();
        assert!(text.contains("line é") && text.len() < 800 && text.contains("look at the network"), "{text}");
    }
}
