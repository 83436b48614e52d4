//! Signs requests and links by the rules by which the service checks them.

use http::{HeaderMap, HeaderName, HeaderValue};
use time::OffsetDateTime;
use time::macros::format_description;

use openapi::client::CallError;

use super::address::Place;
use super::send::{Call, raw_query};
use super::{BucketClient, ClientError, SignatureVersion};
use crate::answer::http_date;
use crate::limits::MAX_LINK_LIFE_S;
use crate::request::Query;
use crate::signature::v4::{CanonicalRequest, Scope, UNSIGNED_PAYLOAD};
use crate::signature::{v1, v4};

/// The headers of a request, all but those that the HTTP client makes itself.
pub(super) fn headers(client: &BucketClient, call: &Call<'_>, query: &str) -> Result<HeaderMap, ClientError> {
    let mut headers = HeaderMap::new();
    put(&mut headers, "host", &client.address.host(&call.place))?;
    for (name, value) in &call.headers {
        put(&mut headers, name, value)?;
    }
    let credentials = client.keys.key()?;
    if let Some(token) = &credentials.security_token {
        put(&mut headers, "x-oss-security-token", token)?;
    }
    let query = Query::parse(query).map_err(|fault| CallError::Body(fault.message.into_owned()))?;
    let (id, secret, resource) = (&credentials.access_key_id, &credentials.access_key_secret, call.place.signed());
    let authorization = match client.signature {
        SignatureVersion::V1 => {
            let date = http_date(client.now_s() * 1_000);
            put(&mut headers, "date", &date)?;
            let text = v1::string_to_sign(call.method, &headers, &date, &resource, &query);
            format!("OSS {id}:{}", v1::sign(&text, secret))
        }
        SignatureVersion::V4 => {
            let (date, scope) = date_and_scope(client)?;
            put(&mut headers, "x-oss-date", &date)?;
            put(&mut headers, "x-oss-content-sha256", UNSIGNED_PAYLOAD)?;
            let (method, payload) = (call.method, UNSIGNED_PAYLOAD);
            let (resource, query, headers) = (resource.as_str(), &query, &headers);
            let request = CanonicalRequest { method, resource, query, headers, additional: &[], payload };
            let signature = v4::sign(&v4::string_to_sign(&date, &scope, &request.text()), &scope, secret);
            format!("{} Credential={id}/{},Signature={signature}", v4::ALGORITHM, scope.text())
        }
    };
    put(&mut headers, "authorization", &authorization)?;
    Ok(headers)
}

impl BucketClient {
    /// A link by which anybody may do one thing with one object (`GET`, `PUT`, …) for so many seconds.
    ///
    /// # Errors
    /// When a name is wrong, or the link would live longer than the seven days that version 4 has.
    pub fn presign(&self, method: &str, bucket: &str, key: &str, life_s: i64) -> Result<String, ClientError> {
        if !(1..=MAX_LINK_LIFE_S).contains(&life_s) {
            return Err(CallError::Body(format!("a link lives 1 to {MAX_LINK_LIFE_S} seconds")).into());
        }
        let place = Place { bucket, key };
        let (credentials, resource) = (self.keys.key()?, place.signed());
        let (id, secret) = (credentials.access_key_id.as_str(), &credentials.access_key_secret);
        let token = credentials.security_token.as_deref();
        let none = HeaderMap::new();
        let mut parameters: Vec<(&str, String)> = match self.signature {
            SignatureVersion::V1 => {
                let token = token.map(|token| ("security-token", token.to_owned()));
                let expires = (self.now_s() + life_s).to_string();
                let fixed = [("OSSAccessKeyId", id.to_owned()), ("Expires", expires)];
                fixed.into_iter().chain(token).collect()
            }
            SignatureVersion::V4 => {
                let (date, scope) = date_and_scope(self)?;
                let token = token.map(|token| ("x-oss-security-token", token.to_owned()));
                let fixed = [
                    ("x-oss-signature-version", v4::ALGORITHM.to_owned()),
                    ("x-oss-credential", format!("{id}/{}", scope.text())),
                    ("x-oss-date", date),
                    ("x-oss-expires", life_s.to_string()),
                ];
                fixed.into_iter().chain(token).collect()
            }
        };
        let raw = raw_query(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        let query = Query::parse(&raw).map_err(|fault| CallError::Body(fault.message.into_owned()))?;
        let text = |name: &str| query.text(name).unwrap_or_default();
        let signature = match self.signature {
            SignatureVersion::V1 => {
                ("Signature", v1::sign(&v1::string_to_sign(method, &none, text("Expires"), &resource, &query), secret))
            }
            SignatureVersion::V4 => {
                let (_, scope) = v4::parse_credential(text("x-oss-credential"))
                    .ok_or_else(|| CallError::Body("the key id or the region cannot be in a credential".to_owned()))?;
                let (headers, payload, resource) = (&none, UNSIGNED_PAYLOAD, resource.as_str());
                let request = CanonicalRequest { method, resource, query: &query, headers, additional: &[], payload };
                let text = v4::string_to_sign(text("x-oss-date"), &scope, &request.text());
                (v4::SIGNATURE_PARAMETER, v4::sign(&text, &scope, secret))
            }
        };
        parameters.push(signature);
        let raw = raw_query(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        Ok(format!("{}?{raw}", self.address.url(&place)?))
    }
}

fn date_and_scope(client: &BucketClient) -> Result<(String, Scope), ClientError> {
    let date = OffsetDateTime::from_unix_timestamp(client.now_s())
        .map_err(|error| error.to_string())
        .and_then(|now| {
            let form = format_description!("[year][month][day]T[hour][minute][second]Z");
            now.format(form).map_err(|error| error.to_string())
        })
        .map_err(CallError::Body)?;
    let day = date.chars().take(8).collect();
    Ok((date, Scope { day, region: client.region.clone(), product: "oss".to_owned() }))
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), ClientError> {
    let wrong = || CallError::Body(format!("{name} cannot be a header with this value"));
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
    headers.insert(name, HeaderValue::from_str(value).map_err(|_| wrong())?);
    Ok(())
}
