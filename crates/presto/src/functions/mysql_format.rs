//! MySQL's formats of times, which `date_format` and `date_parse` take.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike, Weekday};
use datafusion::error::Result;

use crate::value::invalid;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What stands in a format.
enum Piece {
    Field(char),
    Letter(char),
}

fn pieces(format: &str) -> Result<Vec<Piece>> {
    let mut found = Vec::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            found.push(Piece::Letter(letter));
            continue;
        }
        match letters.next() {
            Some(field @ ('D' | 'U' | 'u' | 'V' | 'w' | 'X')) => {
                return Err(invalid(format!("%{field} is not supported in a format of times")));
            }
            Some('r') => found.extend(pieces("%h:%i:%S %p")?),
            Some('T') => found.extend(pieces("%H:%i:%S")?),
            Some(field) if "abcdefHhIijklMmpSsvWxYy".contains(field) => found.push(Piece::Field(field)),
            Some(other) => found.push(Piece::Letter(other)),
            None => return Err(invalid("a format of times ends with a lone '%'")),
        }
    }
    Ok(found)
}

fn twelve(hour: u32) -> u32 {
    if hour.is_multiple_of(12) { 12 } else { hour % 12 }
}

/// The time in the format.
pub(crate) fn write(time: NaiveDateTime, format: &str) -> Result<String> {
    use std::fmt::Write;
    let mut out = String::new();
    for piece in pieces(format)? {
        let field = match piece {
            Piece::Letter(letter) => {
                out.push(letter);
                continue;
            }
            Piece::Field(field) => field,
        };
        let month = MONTHS[time.month0() as usize];
        let day = DAYS[time.weekday().num_days_from_monday() as usize];
        let written = match field {
            'a' => write!(out, "{}", &day[..3]),
            'W' => write!(out, "{day}"),
            'b' => write!(out, "{}", &month[..3]),
            'M' => write!(out, "{month}"),
            'c' => write!(out, "{}", time.month()),
            'm' => write!(out, "{:02}", time.month()),
            'd' => write!(out, "{:02}", time.day()),
            'e' => write!(out, "{}", time.day()),
            'f' => write!(out, "{:06}", time.nanosecond() / 1000 % 1_000_000),
            'H' => write!(out, "{:02}", time.hour()),
            'k' => write!(out, "{}", time.hour()),
            'h' | 'I' => write!(out, "{:02}", twelve(time.hour())),
            'l' => write!(out, "{}", twelve(time.hour())),
            'i' => write!(out, "{:02}", time.minute()),
            'j' => write!(out, "{:03}", time.ordinal()),
            'p' => write!(out, "{}", if time.hour() < 12 { "AM" } else { "PM" }),
            'S' | 's' => write!(out, "{:02}", time.second()),
            'v' => write!(out, "{:02}", time.iso_week().week()),
            'x' => write!(out, "{:04}", time.iso_week().year()),
            'Y' => write!(out, "{:04}", time.year()),
            _ => write!(out, "{:02}", time.year().rem_euclid(100)),
        };
        written.map_err(|error| invalid(error.to_string()))?;
    }
    Ok(out)
}

/// What was read of a time; what was not is that of 1970 began.
#[derive(Default)]
struct Read {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    week_year: Option<i32>,
    week: Option<u32>,
    weekday: Option<u32>,
    hour: Option<u32>,
    minute: u32,
    second: u32,
    nanosecond: u32,
    is_afternoon: Option<bool>,
}

/// The time that a text in the format says.
pub(crate) fn read(text: &str, format: &str) -> Result<NaiveDateTime> {
    let mut read = Read::default();
    let mut rest = text;
    for piece in pieces(format)? {
        let after = match piece {
            Piece::Letter(letter) => rest.strip_prefix(letter),
            Piece::Field(field) => read.field(field, rest),
        };
        rest = after.ok_or_else(|| malformed(text, rest))?;
    }
    if !rest.is_empty() {
        return Err(malformed(text, rest));
    }
    read.time().ok_or_else(|| invalid(format!("'{text}' in the format '{format}' is no time of the calendar")))
}

fn malformed(text: &str, rest: &str) -> datafusion::common::DataFusionError {
    match rest {
        "" => invalid(format!("invalid format: '{text}' is too short")),
        _ => invalid(format!("invalid format: '{text}' is malformed at '{rest}'")),
    }
}

/// A number of at most so many digits, and what follows it.
fn number(text: &str, most: usize) -> Option<(u32, &str)> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}

/// The place of the longest of the names that the text begins with.
fn name<'t>(text: &'t str, names: &[&str]) -> Option<(u32, &'t str)> {
    for shortened in [false, true] {
        for (place, name) in names.iter().enumerate() {
            let name = if shortened { &name[..3] } else { name };
            if text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
                return Some((u32::try_from(place).ok()?, &text[name.len()..]));
            }
        }
    }
    None
}

impl Read {
    fn field<'t>(&mut self, field: char, text: &'t str) -> Option<&'t str> {
        let most = match field {
            'Y' | 'x' => 4,
            'j' => 3,
            'f' => 9,
            _ => 2,
        };
        if let 'a' | 'W' | 'b' | 'M' | 'p' = field {
            let (place, rest) = match field {
                'a' | 'W' => name(text, &DAYS)?,
                'p' => {
                    let half = text.get(..2)?.to_ascii_uppercase();
                    (["AM", "PM"].iter().position(|one| **one == half)? as u32, &text[2..])
                }
                _ => name(text, &MONTHS)?,
            };
            match field {
                'a' | 'W' => self.weekday = Some(place),
                'p' => self.is_afternoon = Some(place == 1),
                _ => self.month = Some(place + 1),
            }
            return Some(rest);
        }
        let (found, rest) = number(text, most)?;
        let year = i32::try_from(found).ok()?;
        match field {
            'Y' => self.year = Some(year),
            'x' => self.week_year = Some(year),
            // From 1970 to 2069.
            'y' => self.year = Some(if year >= 70 { 1900 + year } else { 2000 + year }),
            'v' => self.week = Some(found),
            'j' => self.day_of_year = Some(found),
            'c' | 'm' => self.month = Some(found),
            'd' | 'e' => self.day = Some(found),
            'H' | 'k' => self.hour = Some(found),
            'h' | 'I' | 'l' => self.hour = Some((1..=12).contains(&found).then_some(found % 12)?),
            'i' => self.minute = found,
            'S' | 's' => self.second = found,
            _ => {
                let digits = u32::try_from(text.len() - rest.len()).ok()?;
                self.nanosecond = found * 10_u32.pow(9 - digits);
            }
        }
        Some(rest)
    }

    fn time(&self) -> Option<NaiveDateTime> {
        let year = self.year.unwrap_or(1970);
        let date = match (self.week, self.day_of_year) {
            (Some(week), _) => {
                let day = Weekday::try_from(u8::try_from(self.weekday.unwrap_or(0)).ok()?).ok()?;
                NaiveDate::from_isoywd_opt(self.week_year.unwrap_or(year), week, day)?
            }
            (None, Some(day)) => NaiveDate::from_yo_opt(year, day)?,
            _ => NaiveDate::from_ymd_opt(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        let afternoon = if self.is_afternoon == Some(true) { 12 } else { 0 };
        let hour = self.hour.unwrap_or(0);
        let hour = if self.is_afternoon.is_some() { hour % 12 + afternoon } else { hour };
        date.and_hms_nano_opt(hour, self.minute, self.second, self.nanosecond)
    }
}
