//! `NextToken`: a signed cursor.
//!
//! ```text
//! base64url( MAC: 16 bytes | version: 1 byte | from, to, time: 3 × i64 | position: u64 )   all big-endian
//! ```
//!
//! The MAC covers the content and a hash of account, region, direction, filters and times as they were asked for, so
//! a token is good for its own lookup only and nothing in it can be changed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use openapi::Call;
use sha2::{Digest, Sha256};

use crate::limits::MAX_TOKEN_BYTES;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 16;
const CONTENT_BYTES: usize = 1 + 4 * 8;

/// Where a lookup goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken {
    /// Pinned begin of the range, Unix seconds.
    pub from_s: i64,
    /// Pinned end of the range, Unix seconds.
    pub to_s: i64,
    /// Time of the last event that was answered, Unix seconds.
    pub time_s: i64,
    /// Its position.
    pub position: u64,
}

/// Signs tokens.
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// Wraps a key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Writes a token that is good for lookups with the same filters.
    pub fn write(&self, token: &PageToken, filters: [u8; 32]) -> String {
        let mut content = vec![VERSION];
        for number in [
            token.from_s.to_be_bytes(),
            token.to_s.to_be_bytes(),
            token.time_s.to_be_bytes(),
            token.position.to_be_bytes(),
        ] {
            content.extend_from_slice(&number);
        }
        let mut bytes = self.mac(&content, filters).finalize().into_bytes()[..MAC_BYTES].to_vec();
        bytes.extend_from_slice(&content);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token; nothing when it is not one of ours or not of this lookup.
    pub fn read(&self, text: &str, filters: [u8; 32]) -> Option<PageToken> {
        if text.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (mac, content) = bytes.split_at_checked(MAC_BYTES)?;
        if content.len() != CONTENT_BYTES || content[0] != VERSION {
            return None;
        }
        self.mac(content, filters).verify_truncated_left(mac).ok()?;
        let number = |index: usize| content[1 + index * 8..][..8].try_into().ok().map(u64::from_be_bytes);
        Some(PageToken {
            from_s: number(0)?.cast_signed(),
            to_s: number(1)?.cast_signed(),
            time_s: number(2)?.cast_signed(),
            position: number(3)?,
        })
    }

    fn mac(&self, content: &[u8], filters: [u8; 32]) -> Hmac<Sha256> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("HMAC takes a key of any length")
        };
        mac.update(content);
        mac.update(&filters);
        mac
    }
}

/// A hash of everything that has to stay the same from page to page.
pub(super) fn filters_hash(call: &Call, forward: bool, filters: &[(&str, &str)]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    part(&call.caller.account_id);
    part(&call.region);
    part(if forward { "FORWARD" } else { "BACKWARD" });
    part(call.text("StartTime").unwrap_or_default());
    part(call.text("EndTime").unwrap_or_default());
    for (name, value) in filters {
        part(name);
        part(value);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILTERS: [u8; 32] = [7; 32];

    proptest! {
        #[test]
        fn a_token_comes_back_and_no_other_passes(from_s: i64, to_s: i64, time_s: i64, position: u64, flip in 0_usize..49, bit in 0_u8..8) {
            let key = TokenKey::new([1; 32]);
            let token = PageToken { from_s, to_s, time_s, position };
            let text = key.write(&token, FILTERS);
            prop_assert_eq!(key.read(&text, FILTERS), Some(token));
            prop_assert_eq!(key.read(&text, [8; 32]), None);
            prop_assert_eq!(TokenKey::new([2; 32]).read(&text, FILTERS), None);
            let mut bytes = URL_SAFE_NO_PAD.decode(&text).expect("our own token");
            bytes[flip] ^= 1 << bit;
            prop_assert_eq!(key.read(&URL_SAFE_NO_PAD.encode(bytes), FILTERS), None);
        }

        #[test]
        fn any_text_is_refused(text: String) {
            prop_assert_eq!(TokenKey::new([1; 32]).read(&text, FILTERS), None);
        }
    }
}
