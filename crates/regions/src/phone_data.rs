//! An operator's file of mobile prefixes in the `phone.dat` format.
//!
//! ```text
//! 0   version        4 bytes of text
//! 4   index offset   i32, little-endian
//! 8   texts          "province|city|postcode|area code" NUL, one after the other
//!     index          entries of 9 bytes up to the end of the file, prefixes ascending:
//!                    prefix i32 | offset of its text i32 | operator's type, 1 byte
//! ```
//! Every offset is checked before it is used. The operator's type is not kept: numbers change operators.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::limits::{MAX_PHONE_DATA_BYTES, MAX_PLACE_BYTES, MAX_PLACES};
use crate::regions::Region;
use crate::runs::{Runs, RunsBuilder};

const HEADER_BYTES: usize = 8;
const ENTRY_BYTES: usize = 9;
/// Mobile prefixes of seven digits.
const PREFIXES: std::ops::RangeInclusive<i32> = 1_000_000..=1_999_999;

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PhoneDataError {
    /// The file is not there or cannot be read.
    #[error("cannot read {}: {cause}; correct the path or the file's permissions", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is larger than any honest one.
    #[error("{} has {length} bytes, at most {MAX_PHONE_DATA_BYTES} are read: it is not a phone.dat file", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// Its length, bytes.
        length: u64,
    },
    /// The file is not of the format.
    #[error("{} is damaged at byte {offset}: {what}; fetch the file again", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where, from the beginning of the file, bytes.
        offset: usize,
        /// What is wrong there.
        what: String,
    },
}

/// The file, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneData {
    version: String,
    runs: Runs,
    places: Vec<(String, String)>,
    /// Place by area code without its 0.
    areas: HashMap<String, u16>,
}

impl PhoneData {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, is too large or is not of the format; the error names the file and the place.
    pub fn open(path: &Path) -> Result<Self, PhoneDataError> {
        let unreadable = |cause| PhoneDataError::Unreadable { path: path.to_owned(), cause };
        let length = std::fs::metadata(path).map_err(unreadable)?.len();
        if length > MAX_PHONE_DATA_BYTES {
            return Err(PhoneDataError::TooLarge { path: path.to_owned(), length });
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        Self::parse(&bytes, path)
    }

    /// Reads the bytes of a file; the path is for the error's text.
    ///
    /// # Errors
    /// When they are not of the format.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, PhoneDataError> {
        Parser { bytes }.parse().map_err(|fault| PhoneDataError::Damaged {
            path: path.to_owned(),
            offset: fault.offset,
            what: fault.what,
        })
    }

    /// Version text of the file.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The home of a mobile prefix of seven digits.
    pub(crate) fn find(&self, prefix: u32) -> Option<Region<'_>> {
        self.place(self.runs.find(prefix)?)
    }

    /// The home of an area code without its 0.
    pub(crate) fn find_area(&self, area: &str) -> Option<Region<'_>> {
        self.place(*self.areas.get(area)?)
    }

    fn place(&self, number: u16) -> Option<Region<'_>> {
        let (province, city) = self.places.get(usize::from(number))?;
        Some(Region { province, city })
    }
}

struct Fault {
    offset: usize,
    what: String,
}

fn fault(offset: usize, what: impl Into<String>) -> Fault {
    Fault { offset, what: what.into() }
}

struct Parser<'a> {
    bytes: &'a [u8],
}

impl Parser<'_> {
    fn parse(&self) -> Result<PhoneData, Fault> {
        let version = self.version()?;
        let index = self.index()?;
        let mut runs = RunsBuilder::default();
        let mut texts = Texts::default();
        let mut last = *PREFIXES.start() - 1;
        for at in (index..self.bytes.len()).step_by(ENTRY_BYTES) {
            let prefix = self.integer(at)?;
            if !PREFIXES.contains(&prefix) {
                return Err(fault(at, format!("prefix {prefix} is not a mobile prefix of seven digits")));
            }
            if prefix <= last {
                return Err(fault(at, format!("prefix {prefix} follows {last}, they must ascend")));
            }
            last = prefix;
            let text_at = self.text_offset(at + 4, index)?;
            let place = match texts.by_offset.get(&text_at) {
                Some(place) => *place,
                None => texts.add(text_at, self.text(text_at, index)?)?,
            };
            runs.push(prefix.unsigned_abs(), place);
        }
        Ok(PhoneData { version, runs: runs.finish(), places: texts.places, areas: texts.areas })
    }

    fn version(&self) -> Result<String, Fault> {
        let bytes: &[u8; 4] =
            self.bytes.first_chunk().ok_or_else(|| fault(0, "the file is shorter than its header"))?;
        let text = bytes.iter().all(u8::is_ascii_graphic);
        text.then(|| bytes.iter().copied().map(char::from).collect())
            .ok_or_else(|| fault(0, "the version is not four characters of text"))
    }

    fn index(&self) -> Result<usize, Fault> {
        let found = self.integer(4)?;
        let index = usize::try_from(found).ok().filter(|index| (HEADER_BYTES..=self.bytes.len()).contains(index));
        let index = index.ok_or_else(|| fault(4, format!("the index cannot be at {found}")))?;
        if !(self.bytes.len() - index).is_multiple_of(ENTRY_BYTES) {
            return Err(fault(index, format!("the index does not consist of entries of {ENTRY_BYTES} bytes")));
        }
        Ok(index)
    }

    fn text_offset(&self, at: usize, index: usize) -> Result<usize, Fault> {
        let found = self.integer(at)?;
        let offset = usize::try_from(found).ok().filter(|offset| (HEADER_BYTES..index).contains(offset));
        offset.ok_or_else(|| fault(at, format!("the text cannot be at {found}")))
    }

    fn integer(&self, at: usize) -> Result<i32, Fault> {
        let bytes = self.bytes.get(at..).and_then(|rest| rest.first_chunk());
        bytes.map(|bytes| i32::from_le_bytes(*bytes)).ok_or_else(|| fault(at, "the file ends inside a number"))
    }

    fn text(&self, at: usize, index: usize) -> Result<&str, Fault> {
        let longest = self.bytes.get(at..index.min(at + MAX_PLACE_BYTES)).unwrap_or_default();
        let length = longest.iter().position(|byte| *byte == 0);
        let length = length.ok_or_else(|| fault(at, format!("the text has no end within {MAX_PLACE_BYTES} bytes")))?;
        std::str::from_utf8(&longest[..length]).map_err(|_| fault(at, "the text is not UTF-8"))
    }
}

#[derive(Default)]
struct Texts {
    places: Vec<(String, String)>,
    by_offset: HashMap<usize, u16>,
    areas: HashMap<String, u16>,
}

impl Texts {
    fn add(&mut self, at: usize, text: &str) -> Result<u16, Fault> {
        let fields: Vec<&str> = text.split('|').collect();
        let [province, city, _postcode, area] = fields[..] else {
            return Err(fault(at, format!("the text has {} fields, 4 are needed", fields.len())));
        };
        let place = u16::try_from(self.places.len()).ok().filter(|place| usize::from(*place) < MAX_PLACES);
        let place = place.ok_or_else(|| fault(at, format!("more than {MAX_PLACES} places")))?;
        self.places.push((province.to_owned(), city.to_owned()));
        self.by_offset.insert(at, place);
        self.areas.entry(area.trim_start_matches('0').to_owned()).or_insert(place);
        Ok(place)
    }
}
