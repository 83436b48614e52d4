//! Who sent a request, and which of its readings is meant.
//!
//! Order: the parts of the signature are there, the key is known, the time is near, the signature holds, and the token
//! belongs to the key. Public documents: Object Storage Service, "Verify user signatures", "Error responses".

use http::Method;
use openapi::clock::parse_utc;
use openapi::{Caller, Directory, KeyFault, KeyOwner};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use time::macros::format_description;

use crate::fault::{Fault, codes};
use crate::limits::{CLOCK_WINDOW_S, MAX_LINK_LIFE_S};
use crate::reading::{Reading, Target};
use crate::request::Head;
use crate::signature::{same, v1, v4};

/// How a request says who signed it.
#[derive(Debug, PartialEq, Eq)]
enum Scheme {
    /// The text of the date that is signed; a link has its end.
    V1 {
        date: String,
        expires_s: Option<i64>,
    },
    V4 {
        scope: v4::Scope,
        date: String,
        additional: Vec<String>,
        payload: String,
        life_s: Option<i64>,
    },
}

/// What a request claims before anything is believed.
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    /// Id of the key; shown in the log of rejected calls.
    pub access_key_id: String,
    token: Option<String>,
    signature: String,
    scheme: Scheme,
}

/// A signature in the query, for whoever holds the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Version 1.
    V1,
    /// Version 4.
    V4,
}

impl Claim {
    /// The kind of link that the request is; `None` when its header is signed.
    pub(crate) fn link(&self) -> Option<Link> {
        match self.scheme {
            Scheme::V1 { expires_s: Some(_), .. } => Some(Link::V1),
            Scheme::V4 { life_s: Some(_), .. } => Some(Link::V4),
            _ => None,
        }
    }
}

/// Reads the claim; `None` when the request is not signed at all.
pub fn read_claim(head: &Head) -> Result<Option<Claim>, Fault> {
    let authorization = head.header("authorization");
    let query = &head.query;
    let is_v1_link = ["OSSAccessKeyId", "Signature"].iter().any(|name| query.has(name));
    let is_v4_link = query.has("x-oss-signature-version") || query.has(v4::SIGNATURE_PARAMETER);
    if !authorization.is_empty() && (is_v1_link || is_v4_link) {
        return Err(
            codes::INVALID_ARGUMENT.says("The request is signed both in its header and in its query; sign it once.")
        );
    }
    if is_v4_link {
        return v4_link(head).map(Some);
    }
    if is_v1_link {
        return v1_link(head).map(Some);
    }
    if let Some(rest) = authorization.strip_prefix(v4::ALGORITHM) {
        return v4_header(head, rest).map(Some);
    }
    match authorization.strip_prefix("OSS ") {
        Some(rest) => v1_header(head, rest).map(Some),
        None if authorization.is_empty() => Ok(None),
        None => Err(codes::INVALID_ARGUMENT
            .says("The Authorization header must begin with OSS (version 1) or OSS4-HMAC-SHA256 (version 4).")
            .detail("ArgumentName", "Authorization")),
    }
}

/// Finds who signed, and the reading under which the signature holds.
pub fn authenticate(
    claim: &Claim,
    head: &Head,
    readings: Vec<Reading>,
    directory: &dyn Directory,
) -> Result<(Caller, Target), Fault> {
    let now_s = head.arrived_at_ms.div_euclid(1_000);
    if let Scheme::V1 { expires_s: Some(expires_s), .. } = claim.scheme {
        not_expired(expires_s, now_s)?;
    }
    let found = directory.find_key(&claim.access_key_id, claim.token.as_deref(), now_s);
    let owner = found.map_err(|fault| of_key(fault, &claim.access_key_id))?;
    check_time(&claim.scheme, head, now_s)?;
    let mut first_string = None;
    for reading in readings {
        let string_to_sign = string_to_sign(claim, head, &reading);
        if same(&sign(claim, &string_to_sign, &owner), &claim.signature) {
            return Ok((owner.caller, reading.target));
        }
        first_string.get_or_insert(string_to_sign);
    }
    Err(wrong_signature(&claim.access_key_id, &claim.signature, &first_string.unwrap_or_default()))
}

fn string_to_sign(claim: &Claim, head: &Head, reading: &Reading) -> String {
    let method = head.method.as_str();
    match &claim.scheme {
        Scheme::V1 { date, .. } => {
            v1::string_to_sign(method, &head.headers, date, &reading.signed_resource, &head.query)
        }
        Scheme::V4 { scope, date, additional, payload, .. } => {
            let (resource, query, headers) = (reading.signed_resource.as_str(), &head.query, &head.headers);
            let request = v4::CanonicalRequest { method, resource, query, headers, additional, payload };
            v4::string_to_sign(date, scope, &request.text())
        }
    }
}

fn sign(claim: &Claim, string_to_sign: &str, owner: &KeyOwner) -> String {
    match &claim.scheme {
        Scheme::V1 { .. } => v1::sign(string_to_sign, &owner.secret),
        Scheme::V4 { scope, .. } => v4::sign(string_to_sign, scope, &owner.secret),
    }
}

fn v1_header(head: &Head, rest: &str) -> Result<Claim, Fault> {
    let Some((access_key_id, signature)) = rest.trim().split_once(':') else {
        return Err(malformed_authorization("OSS <AccessKeyId>:<Signature>"));
    };
    let date = match head.header("x-oss-date") {
        "" => head.header("date"),
        date => date,
    };
    // One official client sends the token of its version 1 under a name that is not signed.
    let token = [head.header("x-oss-security-token"), head.header("security-token")]
        .into_iter()
        .find(|token| !token.is_empty());
    Ok(Claim {
        access_key_id: access_key_id.to_owned(),
        token: token.map(str::to_owned),
        signature: signature.to_owned(),
        scheme: Scheme::V1 { date: date.to_owned(), expires_s: None },
    })
}

fn v1_link(head: &Head) -> Result<Claim, Fault> {
    let [Some(access_key_id), Some(expires), Some(signature)] =
        ["OSSAccessKeyId", "Expires", "Signature"].map(|name| head.query.text(name))
    else {
        return Err(codes::ACCESS_DENIED.says("The link must have Expires, OSSAccessKeyId and Signature."));
    };
    let expires_s =
        expires.parse().map_err(|_| codes::ACCESS_DENIED.says("Expires must be a time in Unix seconds."))?;
    Ok(Claim {
        access_key_id: access_key_id.to_owned(),
        token: head.query.text("security-token").map(str::to_owned),
        signature: signature.to_owned(),
        scheme: Scheme::V1 { date: expires.to_owned(), expires_s: Some(expires_s) },
    })
}

fn v4_header(head: &Head, rest: &str) -> Result<Claim, Fault> {
    let (mut credential, mut additional, mut signature) = (None, None, None);
    for part in rest.split(',') {
        match part.trim().split_once('=') {
            Some(("Credential", value)) => credential = Some(value),
            Some(("AdditionalHeaders", value)) => additional = Some(value),
            Some(("Signature", value)) => signature = Some(value),
            _ => {}
        }
    }
    let form = "OSS4-HMAC-SHA256 Credential=…,AdditionalHeaders=…,Signature=…";
    let (Some(credential), Some(signature)) = (credential, signature) else {
        return Err(malformed_authorization(form));
    };
    let (access_key_id, scope) = v4::parse_credential(credential).ok_or_else(|| malformed_authorization(form))?;
    let payload = match head.header("x-oss-content-sha256") {
        payload @ v4::UNSIGNED_PAYLOAD => payload,
        other => {
            return Err(codes::INVALID_ARGUMENT
                .says("The header x-oss-content-sha256 must be UNSIGNED-PAYLOAD.")
                .detail("ArgumentName", "x-oss-content-sha256")
                .detail("ArgumentValue", other));
        }
    };
    let date = match head.header("x-oss-date") {
        "" => head.header("date"),
        date => date,
    };
    Ok(Claim {
        access_key_id: access_key_id.to_owned(),
        token: Some(head.header("x-oss-security-token").to_owned()).filter(|token| !token.is_empty()),
        signature: signature.to_owned(),
        scheme: Scheme::V4 {
            scope,
            date: date.to_owned(),
            additional: names(additional)?,
            payload: payload.to_owned(),
            life_s: None,
        },
    })
}

fn v4_link(head: &Head) -> Result<Claim, Fault> {
    let query = &head.query;
    let [Some(version), Some(credential), Some(date), Some(expires), Some(signature)] =
        ["x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-expires", v4::SIGNATURE_PARAMETER]
            .map(|name| query.text(name))
    else {
        return Err(codes::ACCESS_DENIED.says(
            "The link must have x-oss-signature-version, x-oss-credential, x-oss-date, x-oss-expires and x-oss-signature.",
        ));
    };
    let parsed = v4::parse_credential(credential).filter(|_| version == v4::ALGORITHM);
    let (access_key_id, scope) = parsed.ok_or_else(|| {
        codes::INVALID_ARGUMENT.says("x-oss-credential must be <AccessKeyId>/<day>/<region>/oss/aliyun_v4_request.")
    })?;
    let life_s: Option<i64> = expires.parse().ok().filter(|life_s| (1..=MAX_LINK_LIFE_S).contains(life_s));
    let life_s = life_s.ok_or_else(|| codes::INVALID_ARGUMENT.says("x-oss-expires must be 1 to 604800 seconds."))?;
    Ok(Claim {
        access_key_id: access_key_id.to_owned(),
        token: query.text("x-oss-security-token").map(str::to_owned),
        signature: signature.to_owned(),
        scheme: Scheme::V4 {
            scope,
            date: date.to_owned(),
            additional: names(query.get("x-oss-additional-headers"))?,
            payload: v4::UNSIGNED_PAYLOAD.to_owned(),
            life_s: Some(life_s),
        },
    })
}

/// Additional header names; one official client sorts them by their first letter only. A list that is there has names.
fn names(joined: Option<&str>) -> Result<Vec<String>, Fault> {
    let Some(joined) = joined else { return Ok(Vec::new()) };
    let mut names: Vec<String> = joined.split(';').map(str::to_lowercase).collect();
    if names.iter().any(String::is_empty) {
        let fault = codes::INVALID_ARGUMENT.says("The additional headers must be names with a ; between each two.");
        return Err(fault.detail("ArgumentName", "AdditionalHeaders").detail("ArgumentValue", joined));
    }
    names.sort_unstable();
    Ok(names)
}

fn malformed_authorization(form: &str) -> Fault {
    codes::INVALID_ARGUMENT
        .says(format!("The Authorization header must be {form}."))
        .detail("ArgumentName", "Authorization")
}

fn check_time(scheme: &Scheme, head: &Head, now_s: i64) -> Result<(), Fault> {
    let (signed_at_s, life_s) = match scheme {
        Scheme::V1 { expires_s: Some(_), .. } => return Ok(()),
        Scheme::V1 { date, .. } => (signed_at_s(date)?, None),
        Scheme::V4 { date, scope, life_s, .. } => {
            let signed_at_s = signed_at_s(date)?;
            if day(signed_at_s) != scope.day {
                return Err(codes::INVALID_ARGUMENT.says("The day of the credential is not that of x-oss-date."));
            }
            (signed_at_s, *life_s)
        }
    };
    match life_s {
        Some(life_s) if signed_at_s - now_s > CLOCK_WINDOW_S => {
            Err(codes::ACCESS_DENIED.says("The link is not valid yet.").detail("Expires", iso(signed_at_s + life_s)))
        }
        Some(life_s) => not_expired(signed_at_s + life_s, now_s),
        None if (now_s - signed_at_s).abs() > CLOCK_WINDOW_S => Err(codes::TIME_SKEWED
            .fault()
            .detail("MaxAllowedSkewMilliseconds", (CLOCK_WINDOW_S * 1_000).to_string())
            .detail("RequestTime", iso(signed_at_s))
            .detail("ServerTime", iso(head.arrived_at_ms.div_euclid(1_000)))),
        None => Ok(()),
    }
}

fn not_expired(expires_s: i64, now_s: i64) -> Result<(), Fault> {
    if expires_s >= now_s { Ok(()) } else { Err(expired(expires_s, now_s)) }
}

/// A link whose time is over; both times in Unix seconds.
fn expired(expires_s: i64, now_s: i64) -> Fault {
    let fault = codes::ACCESS_DENIED.says("Request has expired.");
    fault.detail("Expires", iso(expires_s)).detail("ServerTime", iso(now_s))
}

/// A date of any of the three forms that clients send.
fn signed_at_s(text: &str) -> Result<i64, Fault> {
    let basic = format_description!("[year][month][day]T[hour][minute][second]Z");
    let parsed = time::PrimitiveDateTime::parse(text, basic)
        .map(|at| at.assume_utc().unix_timestamp())
        .or_else(|_| OffsetDateTime::parse(&text.replace("GMT", "+0000"), &Rfc2822).map(OffsetDateTime::unix_timestamp))
        .ok();
    parsed.or_else(|| parse_utc(text)).ok_or_else(|| {
        codes::ACCESS_DENIED.says("OSS authentication requires a valid Date: send Date or x-oss-date, as an HTTP date or as 20260304T050607Z.")
    })
}

fn of_key(fault: KeyFault, access_key_id: &str) -> Fault {
    let code = match fault {
        KeyFault::NotFound | KeyFault::MissingToken => codes::INVALID_ACCESS_KEY,
        KeyFault::Inactive => codes::KEY_DISABLED,
        KeyFault::MalformedToken => codes::INVALID_TOKEN,
        KeyFault::MismatchedToken => codes::TOKEN_MISMATCH,
        KeyFault::ExpiredToken => codes::TOKEN_EXPIRED,
    };
    code.fault().detail("OSSAccessKeyId", access_key_id)
}

/// Says what should have been signed: it reveals no secret, and saves its reader hours.
fn wrong_signature(access_key_id: &str, provided: &str, string_to_sign: &str) -> Fault {
    let bytes: Vec<String> = string_to_sign.bytes().map(|byte| format!("{byte:02X}")).collect();
    codes::WRONG_SIGNATURE
        .fault()
        .detail("OSSAccessKeyId", access_key_id)
        .detail("SignatureProvided", provided)
        .detail("StringToSign", string_to_sign)
        .detail("StringToSignBytes", bytes.join(" "))
}

/// A link for GET serves HEAD, too: it shows less.
pub fn as_get(head: &Head) -> Option<Head> {
    let is_link = head.query.has("Signature") || head.query.has(v4::SIGNATURE_PARAMETER);
    (head.method == Method::HEAD && is_link).then(|| Head { method: Method::GET, ..head.clone() })
}

/// `20260304`
fn day(at_s: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at_s).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(format_description!("[year][month][day]")).unwrap_or_default()
}

pub(crate) fn iso(at_s: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at_s).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].000Z")).unwrap_or_default()
}

/// Whether a request is signed for this service, well or badly; the listener asks it to find the service that is meant.
pub fn is_signed(authorization: &str, raw_query: &str) -> bool {
    let by_link = ["OSSAccessKeyId=", "x-oss-signature-version=", "x-oss-signature="];
    authorization.starts_with("OSS")
        || raw_query.split('&').any(|pair| by_link.iter().any(|name| pair.starts_with(name)))
}
