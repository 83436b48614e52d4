//! Signed links: whoever holds one may use it, so their signatures are secrets.

use super::{MASKED, table};

/// The link with the values of its secret query parameters masked; nothing when `text` is no link or holds none.
pub(super) fn without_signature(text: &str) -> Option<String> {
    let is_link = ["http://", "https://"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let (address, query) = text.split_once('?').filter(|_| is_link)?;
    // Tokens travel behind the `#` too.
    let masked: String = query.split_inclusive(['&', '#']).map(mask_parameter).collect();
    (masked != query).then(|| format!("{address}?{masked}"))
}

fn mask_parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, value)) if table::is_secret_in_link(name) => {
            let separator = if value.ends_with(['&', '#']) { &value[value.len() - 1..] } else { "" };
            format!("{name}={MASKED}{separator}")
        }
        _ => parameter.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_signature;

    #[test]
    fn signatures_go_and_the_rest_stays() {
        for (link, masked) in [
            (
                "https://b.example.com/r.wav?OSSAccessKeyId=LTAI1&Expires=17&Signature=a%2Fb%3D&x=1#top",
                "https://b.example.com/r.wav?OSSAccessKeyId=LTAI1&Expires=17&Signature=****&x=1#top",
            ),
            (
                "HTTP://b/r?x-oss-date=1&x-oss-security-token=t&x-oss-signature=abc",
                "HTTP://b/r?x-oss-date=1&x-oss-security-token=****&x-oss-signature=****",
            ),
            ("https://a/?x=1#access_token=t", "https://a/?x=1#access_token=****"),
        ] {
            assert_eq!(without_signature(link).as_deref(), Some(masked));
            assert_eq!(without_signature(masked), None, "masking twice is masking once");
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in ["", "a?Signature=x", "https://a/b", "https://a/?", "https://a/?Signature", "https://a/?x=1&y=2"] {
            assert_eq!(without_signature(text), None);
        }
    }
}
