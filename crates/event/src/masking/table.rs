//! Which names hold what. Compared without regard to case; of dotted names the last part that is not a number counts.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sensitivity {
    /// Nothing special.
    None,
    /// Never written.
    Secret,
    /// Of a person.
    PhoneNumber,
    /// What was said to a person.
    Message,
}

use Sensitivity::{Message, PhoneNumber, Secret};

/// Lower-case names.
const TABLE: [(&str, Sensitivity); 69] = [
    ("password", Secret),
    ("passwd", Secret),
    ("pwd", Secret),
    ("secret", Secret),
    ("accesskeysecret", Secret),
    ("token", Secret),
    ("securitytoken", Secret),
    ("bearertoken", Secret),
    ("signature", Secret),
    ("credential", Secret),
    ("privatekey", Secret),
    ("samlassertion", Secret),
    ("oidctoken", Secret),
    ("verifycode", Secret),
    ("authcode", Secret),
    ("authenticationcode", Secret),
    ("authenticationcode1", Secret),
    ("authenticationcode2", Secret),
    ("oldpassword", Secret),
    ("newpassword", Secret),
    ("loginpassword", Secret),
    ("sippassword", Secret),
    ("base32stringseed", Secret),
    ("phone", PhoneNumber),
    ("phones", PhoneNumber),
    ("phonenumber", PhoneNumber),
    ("phonenumbers", PhoneNumber),
    ("phonenumberlist", PhoneNumber),
    ("mobilephone", PhoneNumber),
    ("number", PhoneNumber),
    ("caller", PhoneNumber),
    ("callee", PhoneNumber),
    ("callernumber", PhoneNumber),
    ("calleenumber", PhoneNumber),
    ("callingnumber", PhoneNumber),
    ("callednumber", PhoneNumber),
    ("candidatenumber", PhoneNumber),
    ("broker", PhoneNumber),
    ("additionalbroker", PhoneNumber),
    ("failphonenumber", PhoneNumber),
    ("successphonenumber", PhoneNumber),
    // The misspelled one is spelled so in the Cloud Call Center API 2017-07-05.
    ("userphone", PhoneNumber),
    ("mobile", PhoneNumber),
    ("telephone", PhoneNumber),
    ("numberlist", PhoneNumber),
    ("phonenumberjson", PhoneNumber),
    ("arrearagephonenumber", PhoneNumber),
    ("arrearagephonenumbers", PhoneNumber),
    ("failphonenumbers", PhoneNumber),
    ("failedphonenumber", PhoneNumber),
    ("failedphonenumbers", PhoneNumber),
    ("successphonenumbers", PhoneNumber),
    ("userdphonenumber", PhoneNumber),
    ("userdphonenumbers", PhoneNumber),
    ("callingnumbers", PhoneNumber),
    ("callednumbers", PhoneNumber),
    ("callcenternumber", PhoneNumber),
    ("candidatenumbers", PhoneNumber),
    ("privacynumber", PhoneNumber),
    ("tela", PhoneNumber),
    ("telb", PhoneNumber),
    ("telx", PhoneNumber),
    ("siptelx", PhoneNumber),
    // CCC 2017-07-05, "ListCallDetailRecords": a customer's number, an agent's name or a skill group's, whichever it is.
    ("criteria", PhoneNumber),
    ("templateparam", Message),
    ("templateparamjson", Message),
    ("smscontent", Message),
    ("words", Message),
    ("messagecontent", Message),
];

/// Query parameters of a link, besides the secrets above, that make it usable by whoever holds it. OSS, "Add signatures
/// to URLs" (V1 and V4); Amazon S3 for buckets served by others.
const SECRETS_IN_LINKS: [&str; 7] = [
    "xosssignature",
    "xosssecuritytoken",
    "xamzsignature",
    "xamzsecuritytoken",
    "accesstoken",
    "idtoken",
    "signintoken",
];

/// Looks a name up.
pub(super) fn sensitivity(key: &str) -> Sensitivity {
    let name = key.rsplit('.').find(|part| !part.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(key);
    TABLE.iter().find(|(known, _)| is(known, name)).map_or(Sensitivity::None, |(_, sensitivity)| *sensitivity)
}

/// Whether a query parameter of a link is a secret.
pub(super) fn is_secret_in_link(name: &str) -> bool {
    sensitivity(name) == Secret || SECRETS_IN_LINKS.iter().any(|known| is(known, name))
}

/// `security-token` and `security_token` are other spellings of `SecurityToken`.
fn is(known: &str, name: &str) -> bool {
    let letters = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
    known.bytes().eq(letters.map(|byte| byte.to_ascii_lowercase()))
}
