//! Who sent a request.
//!
//! Order: the parts of the signature are there, the key is known, the time is near, the signature holds, and the body is
//! the one that was signed. Public documents: Simple Log Service, "Request signatures", "Common error codes".

use md5::Md5;
use openapi::{Caller, Directory, KeyFault, KeyOwner};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;

use crate::fault::{Fault, codes};
use crate::limits::CLOCK_WINDOW_S;
use crate::request::{Head, Query};
use crate::signature::{same, v1, v4};

/// What a request claims before anything is believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim<'a> {
    /// Id of the key; shown in the log of rejected calls.
    pub(crate) access_key_id: &'a str,
    signature: &'a str,
    scheme: Scheme<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum Scheme<'a> {
    /// The text of the date that is signed.
    V1 {
        date: &'a str,
    },
    V4 {
        scope: v4::Scope,
        date: &'a str,
    },
}

/// Reads the claim.
pub(crate) fn read_claim(head: &Head) -> Result<Claim<'_>, Fault> {
    let authorization = head.header("authorization");
    if let Some(rest) = authorization.strip_prefix(v4::ALGORITHM) {
        return read_v4(head, rest);
    }
    let parts = authorization.strip_prefix("LOG ").and_then(|rest| rest.trim().split_once(':'));
    let (access_key_id, signature) = parts.ok_or_else(|| codes::MISSING_ACCESS_KEY.fault())?;
    if access_key_id.is_empty() {
        return Err(codes::MISSING_ACCESS_KEY.fault());
    }
    if head.header("x-log-signaturemethod") != "hmac-sha1" {
        return Err(codes::INVALID_SIGNATURE_METHOD.fault());
    }
    let date = match head.header("x-log-date") {
        "" => head.header("date"),
        date => date,
    };
    Ok(Claim { access_key_id, signature, scheme: Scheme::V1 { date } })
}

fn read_v4<'a>(head: &'a Head, rest: &'a str) -> Result<Claim<'a>, Fault> {
    let (mut credential, mut signature) = (None, None);
    for part in rest.split(',') {
        match part.trim().split_once('=') {
            Some(("Credential", value)) => credential = Some(value),
            Some(("Signature", value)) => signature = Some(value),
            _ => {}
        }
    }
    let parsed = credential.and_then(v4::parse_credential);
    let (Some((access_key_id, scope)), Some(signature)) = (parsed, signature) else {
        return Err(codes::MISSING_ACCESS_KEY.fault());
    };
    Ok(Claim { access_key_id, signature, scheme: Scheme::V4 { scope, date: head.header("x-log-date") } })
}

/// Whether this is a version of the interface that is spoken here.
pub(crate) fn check_version(version: &str) -> Result<(), Fault> {
    match version {
        "0.6.0" | "0.4.0" => Ok(()),
        "" => Err(codes::MISSING_API_VERSION.fault()),
        _ => Err(codes::INVALID_API_VERSION.fault()),
    }
}

/// Finds who signed.
pub(crate) fn authenticate(
    claim: &Claim<'_>,
    head: &Head,
    query: &Query,
    directory: &dyn Directory,
) -> Result<Caller, Fault> {
    let now_s = head.arrived_at_ms.div_euclid(1_000);
    let token = Some(head.header("x-acs-security-token")).filter(|token| !token.is_empty());
    let owner = directory.find_key(claim.access_key_id, token, now_s).map_err(of_key)?;
    let (Scheme::V1 { date } | Scheme::V4 { date, .. }) = &claim.scheme;
    let signed_at_s = signed_at_s(date).ok_or_else(|| codes::INVALID_DATE.fault())?;
    if (now_s - signed_at_s).abs() > CLOCK_WINDOW_S {
        return Err(codes::TIME_SKEWED.fault());
    }
    match &claim.scheme {
        Scheme::V1 { date } => check_v1(claim, head, query, date, &owner)?,
        Scheme::V4 { scope, date } => check_v4(claim, head, query, scope, date, &owner)?,
    }
    Ok(owner.caller)
}

fn check_v1(claim: &Claim<'_>, head: &Head, query: &Query, date: &str, owner: &KeyOwner) -> Result<(), Fault> {
    let path = head.decoded_path()?;
    let text = v1::string_to_sign(head.method.as_str(), &head.headers, date, &path, query);
    if !same(&v1::sign(&text, &owner.secret), claim.signature) {
        return Err(wrong_signature(&text));
    }
    let digest = head.header("content-md5");
    let has_neither = head.body.is_empty() && digest.is_empty();
    let is_that_of_the_body = digest.eq_ignore_ascii_case(&hex::encode(Md5::digest(&head.body)));
    if !has_neither && !is_that_of_the_body {
        return Err(codes::WRONG_SIGNATURE.says("The Content-MD5 is not that of the body as sent."));
    }
    Ok(())
}

fn check_v4(
    claim: &Claim<'_>,
    head: &Head,
    query: &Query,
    scope: &v4::Scope,
    date: &str,
    owner: &KeyOwner,
) -> Result<(), Fault> {
    if !date.starts_with(&scope.day) {
        return Err(codes::WRONG_SIGNATURE.says("The day of the credential is not that of x-log-date."));
    }
    let body_sha256 = hex::encode(Sha256::digest(&head.body));
    // Clients differ in whether they sign the headers of object metadata, and in whether they sign the path encoded.
    let decoded_path = head.decoded_path()?;
    let mut first = None;
    for (path, has_meta) in [(&head.path, true), (&head.path, false), (&decoded_path, true), (&decoded_path, false)] {
        let method = head.method.as_str();
        let canonical = v4::canonical_request(method, &head.headers, path, query, has_meta, &body_sha256);
        let text = v4::string_to_sign(date, scope, &canonical);
        if same(&v4::sign(&text, scope, &owner.secret), claim.signature) {
            return Ok(());
        }
        first.get_or_insert(canonical);
    }
    Err(wrong_signature(&first.unwrap_or_default()))
}

/// Says what should have been signed: it reveals no secret, and saves its reader hours.
fn wrong_signature(signed: &str) -> Fault {
    codes::WRONG_SIGNATURE.says(format!("The signature is not that of this request. The server would sign: {signed:?}"))
}

fn signed_at_s(text: &str) -> Option<i64> {
    let basic = format_description!("[year][month][day]T[hour][minute][second]Z");
    let parsed = time::PrimitiveDateTime::parse(text, basic).map(|at| at.assume_utc().unix_timestamp()).ok();
    parsed.or_else(|| {
        OffsetDateTime::parse(&text.replace("GMT", "+0000"), &Rfc2822).map(OffsetDateTime::unix_timestamp).ok()
    })
}

fn of_key(fault: KeyFault) -> Fault {
    match fault {
        KeyFault::NotFound => codes::INVALID_ACCESS_KEY.fault(),
        KeyFault::Inactive => codes::UNAUTHORIZED.says("The access key is disabled; use another one."),
        KeyFault::MissingToken => codes::TOKEN_INVALID.says("A temporary key needs its token in x-acs-security-token."),
        KeyFault::MalformedToken | KeyFault::MismatchedToken => codes::TOKEN_INVALID.fault(),
        KeyFault::ExpiredToken => codes::TOKEN_EXPIRED.fault(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_both_forms_are_read() {
        assert_eq!(signed_at_s("Sun, 22 Nov 2026 08:00:00 GMT"), Some(1_795_334_400));
        assert_eq!(signed_at_s("20261122T080000Z"), Some(1_795_334_400));
        assert_eq!(signed_at_s("yesterday"), None);
    }
}
