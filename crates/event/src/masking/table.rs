//! Which names hold what. Compared without regard to case; of dotted names the last part that is not a number counts.

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sensitivity {
    /// Nothing special.
    None,
    /// Never written.
    Secret,
    /// A link whose query lets anyone read: the query is never written.
    SignedUrl,
    /// Of a person.
    PhoneNumber,
    /// What was said to a person.
    Message,
}

use Sensitivity::{Message, PhoneNumber, Secret, SignedUrl};

/// Lower-case names.
const TABLE: [(&str, Sensitivity); 46] = [
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
    ("signatureurl", SignedUrl),
    ("recordingurl", SignedUrl),
    ("downloadurl", SignedUrl),
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
    ("templateparam", Message),
    ("messagecontent", Message),
];

/// Looks a name up.
pub(super) fn sensitivity(key: &str) -> Sensitivity {
    let name = key.rsplit('.').find(|part| !part.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(key);
    TABLE
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map_or(Sensitivity::None, |(_, sensitivity)| *sensitivity)
}
