//! One pass over an event that is written as usual. Every function answers `None` for anything else.

use std::borrow::Cow;

use time::{Date, Month};

use crate::limits::{MAX_DEPTH, MAX_READ_BYTES};
use crate::unescape::unescape;

type Text<'a> = Option<Cow<'a, str>>;

/// What the pass keeps.
#[derive(Default)]
pub(crate) struct Quick<'a> {
    pub(crate) event_time_s: i64,
    pub(crate) is_global: bool,
    pub(crate) acs_region: Text<'a>,
    pub(crate) service_name: Text<'a>,
    pub(crate) event_name: Text<'a>,
    pub(crate) event_id: Text<'a>,
    pub(crate) event_rw: Text<'a>,
    pub(crate) event_type: Text<'a>,
    pub(crate) source_ip_address: Text<'a>,
    pub(crate) identity_type: Text<'a>,
    pub(crate) user_name: Text<'a>,
    pub(crate) access_key_id: Text<'a>,
    pub(crate) principal_id: Text<'a>,
    pub(crate) sensitive_action: Text<'a>,
    pub(crate) resource_type: Text<'a>,
    pub(crate) resource_name: Text<'a>,
    /// Types of resources with their names.
    pub(crate) referenced: Vec<(Cow<'a, str>, Vec<Cow<'a, str>>)>,
}

/// Names of top-level fields that have a meaning here or a type that is checked, each with a bit in the set of those seen.
fn known_field(name: &str) -> Option<u32> {
    Some(match name {
        "eventId" => 0,
        "eventTime" => 1,
        "eventName" => 2,
        "eventRW" => 3,
        "eventType" => 4,
        "serviceName" => 5,
        "acsRegion" => 6,
        "sourceIpAddress" => 7,
        "resourceType" => 8,
        "resourceName" => 9,
        "eventCategory"
        | "eventSource"
        | "apiVersion"
        | "requestId"
        | "requestParameterJson"
        | "errorCode"
        | "errorMessage"
        | "userAgent"
        | "recipientAccountId"
        | "vpcId" => 32,
        "userIdentity" => 10,
        "referencedResources" => 11,
        "eventAttributes" => 12,
        "requestParameters" | "responseElements" | "additionalEventData" => 33,
        "isGlobal" => 13,
        "eventVersion" => 14,
        _ => return None,
    })
}

impl<'a> Quick<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Quick<'a>> {
        if bytes.len() > MAX_READ_BYTES {
            return None;
        }
        let text = simdutf8::basic::from_utf8(bytes).ok()?;
        let mut scanner = Scanner { text, at: 0 };
        let mut quick = Quick::default();
        let mut seen = 0u64;
        scanner.members(|scanner, name| {
            if name.contains('.') {
                return None;
            }
            let Some(field) = known_field(name) else { return scanner.skip(1) };
            if field < 32 {
                if seen >> field & 1 == 1 {
                    return None;
                }
                seen |= 1 << field;
            }
            quick.field(scanner, field)
        })?;
        let is_whole = scanner.at == bytes.len();
        // Both are texts here: anything else was refused above.
        (is_whole && seen & 0b11 == 0b11).then_some(quick)
    }

    fn field(&mut self, scanner: &mut Scanner<'a>, field: u32) -> Option<()> {
        if scanner.peek()? == b'n' && field > 1 {
            return scanner.skip(1);
        }
        match field {
            0 => self.event_id = Some(scanner.text()?),
            1 => self.event_time_s = time_s(&scanner.text()?)?,
            2 => self.event_name = Some(scanner.text()?),
            3 => self.event_rw = Some(scanner.text()?),
            4 => self.event_type = Some(scanner.text()?),
            5 => self.service_name = Some(scanner.text()?),
            6 => self.acs_region = Some(scanner.text()?),
            7 => self.source_ip_address = Some(scanner.text()?),
            8 => self.resource_type = Some(scanner.text()?),
            9 => self.resource_name = Some(scanner.text()?),
            10 => self.identity(scanner)?,
            11 => self.referenced(scanner)?,
            12 => self.attributes(scanner)?,
            13 => {
                self.is_global = scanner.peek()? == b't';
                matches!(scanner.peek()?, b't' | b'f').then_some(())?;
                scanner.skip(1)?;
            }
            14 => {
                matches!(scanner.peek()?, b'"' | b'0'..=b'9').then_some(())?;
                scanner.skip(1)?;
            }
            32 => scanner.string().map(drop)?,
            _ => {
                (scanner.peek()? == b'{').then_some(())?;
                scanner.skip(1)?;
            }
        }
        Some(())
    }

    fn identity(&mut self, scanner: &mut Scanner<'a>) -> Option<()> {
        let mut seen = 0u8;
        scanner.members(|scanner, name| {
            if name.contains('.') {
                return None;
            }
            let (bit, text) = match name {
                "type" => (1, &mut self.identity_type),
                "userName" => (2, &mut self.user_name),
                "accessKeyId" => (4, &mut self.access_key_id),
                "principalId" => (8, &mut self.principal_id),
                _ => return scanner.skip(2),
            };
            if seen & bit != 0 {
                return None;
            }
            seen |= bit;
            *text = scanner.text_if_any(2)?;
            Some(())
        })
    }

    fn attributes(&mut self, scanner: &mut Scanner<'a>) -> Option<()> {
        let mut is_seen = false;
        scanner.members(|scanner, name| {
            if name.contains('.') || (is_seen && name == "SensitiveAction") {
                return None;
            }
            if name != "SensitiveAction" {
                return scanner.skip(2);
            }
            is_seen = true;
            self.sensitive_action = scanner.text_if_any(2)?;
            Some(())
        })
    }

    fn referenced(&mut self, scanner: &mut Scanner<'a>) -> Option<()> {
        scanner.members(|scanner, name| {
            if self.referenced.iter().any(|(known, _)| known == name) {
                return None;
            }
            let mut names = Vec::new();
            if scanner.peek()? == b'[' {
                scanner.elements(|scanner| {
                    names.extend(scanner.text_if_any(3)?);
                    Some(())
                })?;
            } else {
                names.extend(scanner.text_if_any(2)?);
            }
            self.referenced.push((Cow::Borrowed(name), names));
            Some(())
        })
    }
}

/// Unix seconds of a time in UTC without a fraction.
fn time_s(text: &str) -> Option<i64> {
    let bytes: &[u8; 20] = text.as_bytes().try_into().ok()?;
    let number = |at: usize, len: usize| {
        let digits = &bytes[at..at + len];
        let sum = |sum: i64, digit: &u8| sum * 10 + i64::from(digit - b'0');
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, sum))
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'Z')];
    if marks.iter().any(|(at, mark)| bytes[*at] != *mark) {
        return None;
    }
    let month = Month::try_from(u8::try_from(number(5, 2)?).ok()?).ok()?;
    let date = Date::from_calendar_date(number(0, 4)? as i32, month, number(8, 2)? as u8).ok()?;
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    // A leap second is left to the full reader.
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    const UNIX_EPOCH_JULIAN_DAY: i64 = 2_440_588;
    let days = i64::from(date.to_julian_day()) - UNIX_EPOCH_JULIAN_DAY;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// A place in compact JSON. Only what is certainly valid is passed.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Passes an object; the call passes each value. Names with escapes, and those that readers may take for their own,
    /// are not usual.
    fn members(&mut self, mut each: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let (name, has_escapes) = self.string()?;
            if has_escapes || name.starts_with('$') {
                return None;
            }
            self.take(b':')?;
            each(self, name)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    /// Passes an array; the call passes each element.
    fn elements(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            each(self)?;
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    /// Passes a value that lies in so many objects and arrays.
    fn skip(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' if depth < MAX_DEPTH => self.members(|scanner, _| scanner.skip(depth + 1)),
            b'[' if depth < MAX_DEPTH => self.elements(|scanner| scanner.skip(depth + 1)),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => self.number(),
        }
    }

    fn literal(&mut self, literal: &str) -> Option<()> {
        self.text.as_bytes()[self.at..].starts_with(literal.as_bytes()).then(|| self.at += literal.len())
    }

    fn number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// A value that must be a text, decoded.
    fn text(&mut self) -> Option<Cow<'a, str>> {
        let (inside, has_escapes) = self.string()?;
        Some(if has_escapes { unescape(inside) } else { Cow::Borrowed(inside) })
    }

    /// A value, decoded if it is a text.
    fn text_if_any(&mut self, depth: usize) -> Option<Option<Cow<'a, str>>> {
        if self.peek()? == b'"' { self.text().map(Some) } else { self.skip(depth).map(|()| None) }
    }

    /// The inside of a string, and whether it has escapes.
    fn string(&mut self) -> Option<(&'a str, bool)> {
        self.take(b'"')?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at += plain_len(&self.text.as_bytes()[self.at..]);
            match self.peek()? {
                b'"' => {
                    let inside = self.text.get(start..self.at)?;
                    self.at += 1;
                    return Some((inside, has_escapes));
                }
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                // A control character.
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let bytes = &self.text.as_bytes()[self.at..];
        match bytes.get(1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            // What may be half of a character is left to the full reader.
            b'u' if !matches!(bytes.get(2)?, b'd' | b'D') => {
                bytes.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                self.at += 6;
            }
            _ => return None,
        }
        Some(())
    }
}

/// Bytes before the next quote, backslash or control character, eight at a time.
fn plain_len(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut at = 0;
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\'))) | controls;
        if found != 0 {
            // The lowest mark is always right; those above it may come from a borrow.
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    rest.map_or(bytes.len(), |rest| at + rest)
}
