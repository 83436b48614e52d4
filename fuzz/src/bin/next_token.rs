//! Any text as a page token: nobody but the server makes one that is taken.

#![no_main]

use audit::lookup::token::{PageToken, TokenKey};
use libfuzzer_sys::fuzz_target;

const FILTERS: [u8; 32] = [7; 32];

fuzz_target!(|bytes: &[u8]| {
    let key = TokenKey::new([1; 32]);
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(key.read(text, FILTERS), None, "a token out of nothing");
    }
    // And what the server makes is read back, unless a bit of it was changed.
    let Some((numbers, change)) = bytes.split_first_chunk::<32>() else { return };
    let number = |n: usize| u64::from_be_bytes(numbers[n * 8..][..8].try_into().expect("eight bytes"));
    let token = PageToken {
        from_s: number(0).cast_signed(),
        to_s: number(1).cast_signed(),
        time_s: number(2).cast_signed(),
        position: number(3),
    };
    let text = key.write(&token, FILTERS);
    assert_eq!(key.read(&text, FILTERS), Some(token));
    assert_eq!(key.read(&text, [8; 32]), None, "a token of another lookup");
    let Some([at, with, ..]) = change.get(..2) else { return };
    let mut changed = text.clone().into_bytes();
    let at = usize::from(*at) % changed.len();
    changed[at] = *with;
    if let Ok(changed) = String::from_utf8(changed) {
        // Base64 has spare bits at its end: another text may still be the same bytes.
        let read = key.read(&changed, FILTERS);
        assert!(read.is_none() || read == Some(token));
    }
});
