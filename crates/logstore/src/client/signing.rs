//! Signs requests by the rules by which the service checks them.

use http::{HeaderMap, HeaderName, HeaderValue};
use md5::Md5;
use openapi::client::Credentials;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use super::ClientError;
use super::send::Call;
use crate::request::Query;
use crate::signature::{v1, v4};

/// The headers of a request, all but those that the HTTP client makes itself.
pub(super) fn headers(
    call: &Call<'_>,
    host: &str,
    region: Option<&str>,
    credentials: &Credentials,
    now_s: i64,
) -> Result<HeaderMap, ClientError> {
    let now = OffsetDateTime::from_unix_timestamp(now_s).map_err(|error| ClientError::Body(error.to_string()))?;
    let mut headers = HeaderMap::new();
    put(&mut headers, "host", host)?;
    put(&mut headers, "x-log-apiversion", "0.6.0")?;
    put(&mut headers, "x-log-bodyrawsize", &call.raw_size.to_string())?;
    put(&mut headers, "content-type", call.content_type)?;
    if call.is_packed {
        put(&mut headers, "x-log-compresstype", "lz4")?;
    }
    if let Some(token) = &credentials.security_token {
        put(&mut headers, "x-acs-security-token", token)?;
    }
    let query = Query::parse(&call.raw_query()).map_err(|fault| ClientError::Body(fault.to_string()))?;
    let id = &credentials.access_key_id;
    let authorization = match region {
        Some(region) => {
            let date = now.format(format_description!("[year][month][day]T[hour][minute][second]Z"));
            let date = date.map_err(|error| ClientError::Body(error.to_string()))?;
            let digest = hex::encode(Sha256::digest(&call.body));
            put(&mut headers, "x-log-date", &date)?;
            put(&mut headers, "x-log-content-sha256", &digest)?;
            let scope = v4::Scope { day: date.chars().take(8).collect(), region: region.to_owned() };
            let canonical = v4::canonical_request(call.method, &headers, call.path, &query, true, &digest);
            let text = v4::string_to_sign(&date, &scope, &canonical);
            let signature = v4::sign(&text, &scope, &credentials.access_key_secret);
            let (day, region) = (scope.day, scope.region);
            format!("{} Credential={id}/{day}/{region}/sls/aliyun_v4_request,Signature={signature}", v4::ALGORITHM)
        }
        None => {
            let format = format_description!(
                "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
            );
            let date = now.format(format).map_err(|error| ClientError::Body(error.to_string()))?;
            put(&mut headers, "date", &date)?;
            put(&mut headers, "x-log-signaturemethod", "hmac-sha1")?;
            if !call.body.is_empty() {
                put(&mut headers, "content-md5", &hex::encode_upper(Md5::digest(&call.body)))?;
            }
            let text = v1::string_to_sign(call.method, &headers, &date, call.path, &query);
            format!("LOG {id}:{}", v1::sign(&text, &credentials.access_key_secret))
        }
    };
    put(&mut headers, "authorization", &authorization)?;
    Ok(headers)
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), ClientError> {
    let value = HeaderValue::from_str(value).map_err(|_| ClientError::Body(format!("{name} cannot be a header")))?;
    headers.insert(HeaderName::from_static(name), value);
    Ok(())
}
