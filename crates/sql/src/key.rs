//! What the rows of a group have in common, as bytes: a group that is known already is found without allocating anything.

/// A part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Text(Option<&'a str>),
    TimeS(i64),
}

const NO_TEXT: u8 = 0;
const TEXT: u8 = 1;
const TIME: u8 = 2;

impl<'a> Part<'a> {
    /// Appends the part to a key.
    pub(crate) fn write(self, key: &mut Vec<u8>) {
        match self {
            Part::Text(None) => key.push(NO_TEXT),
            Part::Text(Some(text)) => {
                key.push(TEXT);
                key.extend_from_slice(&(text.len() as u64).to_le_bytes());
                key.extend_from_slice(text.as_bytes());
            }
            Part::TimeS(time_s) => {
                key.push(TIME);
                key.extend_from_slice(&time_s.to_le_bytes());
            }
        }
    }

    /// Takes the first part off a key; `None` at its end.
    fn take(key: &mut &'a [u8]) -> Option<Part<'a>> {
        let (kind, rest) = key.split_first()?;
        if *kind == NO_TEXT {
            *key = rest;
            return Some(Part::Text(None));
        }
        let (number, rest) = rest.split_first_chunk::<8>()?;
        if *kind == TIME {
            *key = rest;
            return Some(Part::TimeS(i64::from_le_bytes(*number)));
        }
        let (text, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*number)).ok()?)?;
        *key = rest;
        Some(Part::Text(Some(std::str::from_utf8(text).ok()?)))
    }

    pub(crate) fn text(self) -> Option<&'a str> {
        match self {
            Part::Text(text) => text,
            Part::TimeS(_) => None,
        }
    }

    pub(crate) fn time_s(self) -> Option<i64> {
        match self {
            Part::TimeS(time_s) => Some(time_s),
            Part::Text(_) => None,
        }
    }
}

/// The parts of a key.
pub(crate) fn parts(mut key: &[u8]) -> Vec<Part<'_>> {
    std::iter::from_fn(|| Part::take(&mut key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back() {
        let all =
            [Part::Text(Some("呼叫")), Part::TimeS(-5), Part::Text(None), Part::Text(Some("")), Part::TimeS(i64::MAX)];
        let mut key = Vec::new();
        all.iter().for_each(|part| part.write(&mut key));
        assert_eq!(parts(&key), all);
        assert!(parts(&[]).is_empty());
    }
}
