//! URLs taken apart as RFC 3986 has them. What is no URL gives NULL; a part that is not there is empty.

use std::borrow::Cow;

use datafusion::error::Result;
use percent_encoding::percent_decode_str;

use crate::scalar::{Row, row};
use crate::session::Call;
use crate::value::{Value, invalid};

pub(crate) const ROWS: &[Row] = &[
    row(&["url_extract_protocol(varchar) -> varchar"], |_, args| part(args, |url| Some(url.protocol.into()))),
    row(&["url_extract_host(varchar) -> varchar"], |_, args| part(args, |url| Some(url.host.into()))),
    row(&["url_extract_port(varchar) -> bigint"], |_, args| {
        Ok(Url::parse(args[0].text()?).and_then(|url| url.port).map_or(Value::Null, Value::Bigint))
    }),
    row(&["url_extract_path(varchar) -> varchar"], |_, args| part(args, |url| Some(decoded(url.path).into()))),
    row(&["url_extract_query(varchar) -> varchar"], |_, args| {
        part(args, |url| Some(decoded(url.query.unwrap_or_default()).into()))
    }),
    row(&["url_extract_fragment(varchar) -> varchar"], |_, args| part(args, |url| Some(decoded(url.fragment).into()))),
    row(&["url_extract_parameter(varchar, varchar) -> varchar"], parameter),
    row(&["url_encode(varchar) -> varchar"], |_, args| Ok(Value::owned(encode(args[0].text()?)))),
    row(&["url_decode(varchar) -> varchar"], decode),
];

#[derive(Debug, Default, PartialEq)]
struct Url<'t> {
    protocol: &'t str,
    host: &'t str,
    port: Option<i64>,
    path: &'t str,
    query: Option<&'t str>,
    fragment: &'t str,
}

impl<'t> Url<'t> {
    fn parse(text: &'t str) -> Option<Url<'t>> {
        let is_allowed =
            |letter: char| !letter.is_control() && !letter.is_whitespace() && !"\"<>\\^`{|}".contains(letter);
        if !text.chars().all(is_allowed) || !escapes_are_whole(text) {
            return None;
        }
        let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (protocol, rest) = match rest.split_once(':') {
            Some((protocol, rest)) if is_protocol(protocol) => (protocol, rest),
            Some((before, _)) if !before.contains('/') => return None,
            _ => ("", rest),
        };
        let mut url = Url { protocol, query, fragment, path: rest, ..Url::default() };
        if let Some(rest) = rest.strip_prefix("//") {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            url.path = path;
            let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
            // The colons of an IPv6 address are within brackets.
            let end = server.rfind(']').map_or(0, |end| end + 1);
            (url.host, url.port) = match server[end..].rsplit_once(':') {
                Some((_, "")) => (&server[..server.len() - 1], None),
                Some((rest, port)) => (&server[..end + rest.len()], Some(port.parse::<u32>().ok()?.into())),
                None => (server, None),
            };
        }
        Some(url)
    }
}

fn is_protocol(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|digit| digit.is_ascii_hexdigit()))
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

fn part<'a>(args: &[Value<'a>], take: impl Fn(&Url<'_>) -> Option<String>) -> Result<Value<'a>> {
    Ok(Value::optional(Url::parse(args[0].text()?).as_ref().and_then(take)))
}

/// The first parameter of the name; empty when it has no value.
fn parameter<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let (url, name) = (args[0].text()?, args[1].text()?);
    let query = Url::parse(url).and_then(|url| url.query);
    let mut parameters = query.unwrap_or_default().split('&').map(|one| one.split_once('=').unwrap_or((one, "")));
    let found = query.and_then(|_| parameters.find(|(key, _)| decoded(key) == name));
    Ok(Value::optional(found.map(|(_, value)| decoded(value))))
}

/// As forms are encoded: letters, digits and `.-*_` stay, a space is `+`.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decode<'a>(_: &mut Call<'_>, args: &[Value<'a>]) -> Result<Value<'a>> {
    let text = args[0].text()?;
    if !escapes_are_whole(text) {
        return Err(invalid(format!("'{text}' has a '%' that no two hexadecimal digits follow")));
    }
    Ok(Value::owned(decoded(&text.replace('+', " "))))
}
