//! Links that the server signs itself: whoever holds one may read one object until then, because the server let him.
//!
//! They are of version 1, which the cloud's services make, too. The key is the server's own and never a user's: it has an
//! id that no directory knows, signs links only, and permits reading only. Public document: Object Storage Service, "Add
//! signatures to URLs".

use http::HeaderMap;
use openapi::{Caller, Decision, Directory, KeyFault, KeyOwner, PermissionRequest, Principal, SecretText};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::fault::{Fault, codes};
use crate::operation::Id;
use crate::request::Query;
use crate::signature::v1;

const IN_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const IN_PATH: &AsciiSet = &IN_VALUE.remove(b'/');

/// Makes links, and is the directory that they are checked by.
pub(crate) struct LinkSigner {
    key_id: String,
    secret: SecretText,
}

impl LinkSigner {
    /// A signer with the server's key. The key's id follows from it, and shows nothing of it.
    pub(crate) fn new(key: [u8; 32]) -> LinkSigner {
        let key_id = format!("CAIRN{}", hex::encode_upper(&Sha256::digest(key)[..8]));
        LinkSigner { key_id, secret: SecretText::new(hex::encode(key)) }
    }

    /// Id of the key, as links show it.
    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// `/<bucket>/<key>?Expires=…&OSSAccessKeyId=…&Signature=…` for GET.
    pub(crate) fn path_and_query(&self, bucket: &str, key: &str, expires_s: i64) -> String {
        let expires = expires_s.to_string();
        let resource = format!("/{bucket}/{key}");
        let text = v1::string_to_sign("GET", &HeaderMap::new(), &expires, &resource, &Query::default());
        let signature = v1::sign(&text, &self.secret);
        format!(
            "{}?Expires={expires}&OSSAccessKeyId={}&Signature={}",
            utf8_percent_encode(&resource, IN_PATH),
            self.key_id,
            utf8_percent_encode(&signature, IN_VALUE)
        )
    }

    /// Whether a request came by such a link.
    pub(crate) fn is_signer(&self, caller: &Caller) -> bool {
        caller.access_key_id == self.key_id
    }

    /// What a link is for.
    pub(crate) fn permit(&self, operation: Id) -> Result<(), Fault> {
        match operation {
            Id::GetObject | Id::HeadObject | Id::GetObjectMeta => Ok(()),
            _ => Err(codes::ACCESS_DENIED.says("The link is for reading one object.")),
        }
    }
}

impl Directory for LinkSigner {
    fn find_key(&self, access_key_id: &str, token: Option<&str>, _now_s: i64) -> Result<KeyOwner, KeyFault> {
        if access_key_id != self.key_id || token.is_some() {
            return Err(KeyFault::NotFound);
        }
        let caller =
            Caller { account_id: String::new(), access_key_id: self.key_id.clone(), principal: Principal::Root };
        Ok(KeyOwner { secret: self.secret.clone(), caller })
    }

    /// Nothing: what a link permits is not asked here.
    fn decide(&self, _request: &PermissionRequest<'_>) -> Decision {
        Decision::Deny { explicit: false, policy_type: "AccountLevelIdentityBasedPolicy" }
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use proptest::prelude::*;

    use super::*;
    use crate::authenticate::{authenticate, read_claim};
    use crate::reading::{Target, readings};
    use crate::request::Head;

    const KEY: &str = "record/i/云 a+b.wav";

    fn check(signer: &LinkSigner, method: Method, link: &str, now_s: i64) -> Result<Target, &'static str> {
        let (path, query) = link.split_once('?').unwrap_or((link, ""));
        let head = Head {
            method,
            path: path.to_owned(),
            query: Query::parse(query).map_err(|fault| fault.code.name)?,
            headers: HeaderMap::new(),
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            arrived_at_ms: now_s * 1_000,
        };
        let claim = read_claim(&head).map_err(|fault| fault.code.name)?.ok_or("unsigned")?;
        let all = readings(&head, &Default::default()).map_err(|fault| fault.code.name)?;
        let found = authenticate(&claim, &head, all, signer);
        found.map(|(_, target)| target).map_err(|fault| fault.code.name)
    }

    #[test]
    fn a_link_opens_its_object_until_it_expires() {
        let signer = LinkSigner::new([7; 32]);
        let link = signer.path_and_query("ccc-b", KEY, 1_000);
        assert!(link.starts_with("/ccc-b/record/i/%E4%BA%91%20a%2Bb.wav?Expires=1000&OSSAccessKeyId=CAIRN"), "{link}");
        let object = Target::Object { bucket: "ccc-b".to_owned(), key: KEY.to_owned() };
        assert_eq!(check(&signer, Method::GET, &link, 1_000), Ok(object));
        assert_eq!(check(&signer, Method::GET, &link, 1_001), Err("AccessDenied"));
        assert_eq!(check(&signer, Method::PUT, &link, 1_000), Err("SignatureDoesNotMatch"));
        assert_eq!(check(&signer, Method::GET, "/ccc-b/a?Expires=9&Signature=x", 1), Err("AccessDenied"));
        for other in [
            link.replace("a%2Bb", "a"),
            link.replace("Expires=1000", "Expires=9000"),
            format!("{link}&response-content-type=text/html"),
        ] {
            assert_eq!(check(&signer, Method::GET, &other, 1_000), Err("SignatureDoesNotMatch"), "{other}");
        }
        assert_eq!(check(&LinkSigner::new([8; 32]), Method::GET, &link, 1_000), Err("InvalidAccessKeyId"));
    }

    #[test]
    fn a_link_is_for_reading() {
        let signer = LinkSigner::new([7; 32]);
        assert!(signer.permit(Id::GetObject).is_ok() && signer.permit(Id::HeadObject).is_ok());
        assert!(signer.permit(Id::GetObjectAcl).is_err() && signer.permit(Id::ListObjects).is_err());
    }

    proptest! {
        #[test]
        fn no_query_opens_by_chance(query in ".{0,80}") {
            let signer = LinkSigner::new([7; 32]);
            let named = format!("OSSAccessKeyId={}&Expires=9999&Signature={query}", signer.key_id());
            for query in [query, named] {
                let outcome = check(&signer, Method::GET, &format!("/ccc-b/x?{query}"), 1_000);
                prop_assert!(outcome.is_err());
            }
        }
    }
}
