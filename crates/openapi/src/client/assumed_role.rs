//! A role that a client takes: `AssumeRole` of a security token service, asked again before a key ends.
//!
//! Public document: Security Token Service 2015-04-01, "AssumeRole".

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::Value;

use super::{CallError, Credentials, connections, signed_v3, skew_s};
use crate::clock::{now_ms, parse_utc};
use crate::directory::SecretText;

/// Version of the service.
const STS: &str = "2015-04-01";
/// Name of the sessions, by which the other service's audit tells them.
const SESSION: &str = "cairn";
/// How long before its end a key is replaced: a call that begins with it must end with it.
const BEFORE_END: Duration = Duration::from_secs(5 * 60);
/// Seconds to connect, and of a whole call.
const TIMEOUTS_S: (u64, u64) = (10, 30);
/// Bytes of an answer; a key with its token has some hundred.
const ANSWER_BYTES: u64 = 1024 * 1024;

/// A role, and the key that takes it.
pub struct AssumedRole {
    /// `http` or `https`, and the host with its port.
    endpoint: String,
    host: String,
    role_arn: String,
    key: Credentials,
    agent: ureq::Agent,
    held: Mutex<Option<Held>>,
}

/// The temporary key that was given last.
struct Held {
    key: Credentials,
    /// By the clock that nobody sets.
    ends: Instant,
}

impl std::fmt::Debug for AssumedRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AssumedRole").field("endpoint", &self.endpoint).field("role_arn", &self.role_arn).finish()
    }
}

impl AssumedRole {
    /// A role that a key may take at `http://HOST[:PORT]` or `https://…`. Nothing is asked yet.
    ///
    /// # Errors
    /// When the endpoint is none.
    pub fn new(sts_endpoint: &str, role_arn: &str, key: Credentials) -> Result<AssumedRole, CallError> {
        let endpoint = sts_endpoint.trim_end_matches('/');
        let host = match endpoint.split_once("://") {
            Some(("http" | "https", host)) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => host,
            _ => return Err(CallError::Endpoint(sts_endpoint.to_owned())),
        };
        Ok(AssumedRole {
            endpoint: endpoint.to_owned(),
            host: host.to_owned(),
            role_arn: role_arn.to_owned(),
            key,
            agent: connections(TIMEOUTS_S),
            held: Mutex::new(None),
        })
    }

    /// A key that is good for minutes. Whoever comes while it is asked for waits for the same answer.
    pub(super) fn key(&self) -> Result<Credentials, CallError> {
        let mut held = self.held.lock();
        let left = held.as_ref().map(|held| held.ends.saturating_duration_since(Instant::now())).unwrap_or_default();
        if left <= BEFORE_END {
            match self.ask() {
                Ok(fresh) => *held = Some(fresh),
                // The old key still lives, and the service may be back before it ends.
                Err(error) if !left.is_zero() => {
                    tracing::warn!(role = self.role_arn, %error, "a role is taken again later")
                }
                Err(error) => {
                    let (role_arn, is_passing) = (self.role_arn.clone(), error.is_passing());
                    return Err(CallError::Role { role_arn, cause: error.to_string(), is_passing });
                }
            }
        }
        let key = held.as_ref().map(|held| held.key.clone());
        key.ok_or_else(|| CallError::Body("there is no key of the role".to_owned()))
    }

    /// The key is asked for again at the next call.
    pub(super) fn forget(&self) {
        *self.held.lock() = None;
    }

    fn ask(&self) -> Result<Held, CallError> {
        match self.ask_at(0) {
            Err((CallError::Refused { code, .. }, Some(skew_s))) if code.starts_with("InvalidTimeStamp") => {
                self.ask_at(skew_s)
            }
            outcome => outcome,
        }
        .map_err(|(error, _)| error)
    }

    /// Asks once, with our clock corrected by so many seconds. An error comes with the correction that the answer tells.
    fn ask_at(&self, skewed_s: i64) -> Result<Held, (CallError, Option<i64>)> {
        let unreachable = |cause: &dyn std::fmt::Display| CallError::Unreachable {
            host: self.host.clone(),
            cause: cause.to_string(),
        };
        let parameters = [("RoleArn", self.role_arn.as_str()), ("RoleSessionName", SESSION)];
        let now_s = now_ms().div_euclid(1_000) + skewed_s;
        let signed = signed_v3(&self.host, "AssumeRole", STS, &parameters, &self.key, now_s);
        let mut request = self.agent.post(format!("{}/?{}", self.endpoint, signed.query));
        for (name, value) in &signed.headers {
            request = request.header(*name, value);
        }
        let asked_at = Instant::now();
        let mut response = request.send_empty().map_err(|cause| (unreachable(&cause), None))?;
        let status = response.status().as_u16();
        let date = response.headers().get("date").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let server_skew_s = skew_s(date);
        let body = response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec();
        let body = body.map_err(|cause| (unreachable(&cause), None))?;
        let answer: Value = serde_json::from_slice(&body)
            .map_err(|_| (unreachable(&format!("HTTP {status}, which is not what such a service answers")), None))?;
        let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
        if status != 200 {
            let (code, message, request_id) =
                (text(&answer, "Code"), text(&answer, "Message"), text(&answer, "RequestId"));
            return Err((CallError::Refused { code, status, message, request_id }, server_skew_s));
        }
        let given = &answer["Credentials"];
        let ends_s = parse_utc(&text(given, "Expiration"));
        let (Some(ends_s), false) = (ends_s, text(given, "AccessKeySecret").is_empty()) else {
            return Err((CallError::Body("the answer has no key of the role".to_owned()), None));
        };
        let server_now_s = now_ms().div_euclid(1_000) + server_skew_s.unwrap_or(0);
        let key = Credentials {
            access_key_id: text(given, "AccessKeyId"),
            access_key_secret: SecretText::new(text(given, "AccessKeySecret")),
            security_token: Some(text(given, "SecurityToken")),
        };
        let life = Duration::from_secs(u64::try_from(ends_s - server_now_s).unwrap_or(0));
        Ok(Held { key, ends: asked_at + life })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::Arc;

    use super::super::KeySource;
    use super::*;
    use crate::clock::format_utc;

    /// A service that answers a list of statuses and bodies, each once; it counts what it was asked.
    fn service(answers: Vec<(u16, String)>) -> (KeySource, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = asked.clone();
        std::thread::spawn(move || {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut lines = Vec::new();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap() <= 2 {
                        break;
                    }
                    lines.push(line);
                }
                seen.lock().push(lines.concat());
                let head =
                    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
            }
        });
        let key = Credentials {
            access_key_id: "AnId".to_owned(),
            access_key_secret: SecretText::new("AKeysSecret"),
            security_token: None,
        };
        let role = AssumedRole::new(&endpoint, "acs:ram::1:role/writer", key).unwrap();
        (KeySource::Role(Arc::new(role)), asked)
    }

    fn given(number: u32, life_s: i64) -> (u16, String) {
        let ends = format_utc(now_ms() / 1_000 + life_s);
        let credentials = format!(
            r#"{{"AccessKeyId":"STS.{number}","AccessKeySecret":"ASecret{number}","SecurityToken":"AToken{number}","Expiration":"{ends}"}}"#
        );
        (200, format!(r#"{{"RequestId":"R","Credentials":{credentials}}}"#))
    }

    fn refused() -> (u16, String) {
        (403, r#"{"Code":"NoPermission","Message":"Not you.","RequestId":"R"}"#.to_owned())
    }

    #[test]
    fn a_key_is_used_until_it_nears_its_end() {
        let (source, asked) = service(vec![given(1, 3_600), given(2, 60), given(3, 3_600)]);
        let id = || source.key().unwrap().access_key_id;
        assert_eq!([id(), id()], ["STS.1", "STS.1"]);
        let key = source.key().unwrap();
        assert_eq!((key.access_key_secret.expose(), key.security_token.as_deref()), ("ASecret1", Some("AToken1")));
        let request = asked.lock()[0].clone();
        assert!(request.contains("RoleArn=acs%3Aram%3A%3A1%3Arole%2Fwriter"), "{request}");
        assert!(request.contains("RoleSessionName=cairn") && request.contains("AssumeRole"), "{request}");
        assert!(!request.contains("AKeysSecret"));
        // Another refusal says nothing about the key, a refused key does.
        source.refused("LogStoreNotExist", 404);
        assert_eq!(id(), "STS.1");
        source.refused("SecurityTokenExpired", 400);
        assert_eq!(id(), "STS.2");
        // A minute is not enough.
        assert_eq!((id(), asked.lock().len()), ("STS.3".to_owned(), 3));
    }

    #[test]
    fn a_key_that_lives_is_used_while_there_is_no_other() {
        let (source, _) = service(vec![given(1, 60), refused(), given(2, 3_600)]);
        let ids: Vec<String> = (0..3).map(|_| source.key().unwrap().access_key_id).collect();
        assert_eq!(ids, ["STS.1", "STS.1", "STS.2"]);
    }

    #[test]
    fn a_role_that_cannot_be_taken_is_told_without_secrets() {
        let (source, _) = service(vec![refused(), (502, "<html>".to_owned())]);
        let error = source.key().unwrap_err();
        let text = error.to_string();
        assert!(
            !error.is_passing() && text.contains("acs:ram::1:role/writer") && text.contains("NoPermission"),
            "{text}"
        );
        assert!(source.key().unwrap_err().is_passing());
        let shown = format!("{source:?} {text}");
        assert!(!shown.contains("AKeysSecret"), "{shown}");
        for wrong in ["sts.example.com", "ftp://sts", "http://", "https://host/path"] {
            let key = Credentials {
                access_key_id: String::new(),
                access_key_secret: SecretText::new(""),
                security_token: None,
            };
            assert!(AssumedRole::new(wrong, "arn", key).is_err(), "{wrong}");
        }
    }
}
