//! Converts MessagePack to JSON, for data that is stored or forwarded as JSON.

use std::cell::Cell;

use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::protocol::{PLACEHOLDER, Token, Tokens};
use crate::wire::written::Written;

/// Converts the next value to self-contained JSON. Binary data becomes an array of numbers, as in serde_json.
pub(crate) fn json_of(tokens: Tokens<'_>) -> String {
    // This cannot fail, because all keys are strings.
    serde_json::to_string(&Value { tokens: &Cell::new(tokens), unmarked: false }).unwrap_or_default()
}

/// Converts all remaining values to a JSON array with placeholders, and their attachments.
///
/// If there are attachments, an object from the peer that resembles a placeholder loses its mark. Otherwise it would be
/// treated as one from here on.
pub(super) fn array_as_json(tokens: Tokens<'_>) -> (String, Vec<Bytes>) {
    let as_it_is = written(&Values { tokens: Cell::new(tokens), unmarked: false });
    if as_it_is.1.is_empty() { as_it_is } else { written(&Values { tokens: Cell::new(tokens), unmarked: true }) }
}

/// Converts the next value to JSON. Returns `None` if it contains binary data.
pub(super) fn json_without_binary(tokens: Tokens<'_>) -> Option<String> {
    let (json, attachments) = written(&Value { tokens: &Cell::new(tokens), unmarked: false });
    attachments.is_empty().then_some(json)
}

fn written(value: &impl Serialize) -> (String, Vec<Bytes>) {
    // This cannot fail, because all keys are strings and the sink accepts everything.
    Written::of(value).map(Written::into_parts).unwrap_or_default()
}

/// All values up to the end.
struct Values<'a> {
    tokens: Cell<Tokens<'a>>,
    unmarked: bool,
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        while !self.tokens.get().is_at_end() {
            array.serialize_element(&Value { tokens: &self.tokens, unmarked: self.unmarked })?;
        }
        array.end()
    }
}

/// The next value. Serializing it advances past it.
struct Value<'a, 'c> {
    tokens: &'c Cell<Tokens<'a>>,
    /// `true` if objects lose the mark of a placeholder.
    unmarked: bool,
}

impl<'a> Value<'a, '_> {
    fn step<T>(&self, step: impl FnOnce(&mut Tokens<'a>) -> T) -> T {
        let mut tokens = self.tokens.get();
        let result = step(&mut tokens);
        self.tokens.set(tokens);
        result
    }
}

impl Serialize for Value<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.step(Tokens::next).unwrap_or(Token::Nil) {
            Token::Nil | Token::Undefined => serializer.serialize_unit(),
            Token::Bool(value) => serializer.serialize_bool(value),
            Token::Unsigned(value) => serializer.serialize_u64(value),
            Token::Signed(value) => serializer.serialize_i64(value),
            Token::Float(value) if value.is_finite() => serializer.serialize_f64(value),
            Token::Float(_) => serializer.serialize_unit(),
            Token::Str(value) => serializer.serialize_str(value),
            Token::Bin(value) => serializer.serialize_bytes(value),
            Token::Date(time) => serializer.serialize_str(&date(time)),
            Token::Ext(kind, data) => (kind, Binary(data)).serialize(serializer),
            Token::Array(length) => {
                let mut array = serializer.serialize_seq(None)?;
                for _ in 0..length {
                    array.serialize_element(self)?;
                }
                array.end()
            }
            Token::Map(length) => {
                let mut map = serializer.serialize_map(None)?;
                for _ in 0..length {
                    let key = self.step(Tokens::key).unwrap_or_default();
                    match self.tokens.get().peek() {
                        Some(Token::Undefined) => drop(self.step(Tokens::next)),
                        Some(Token::Bool(true)) if self.unmarked && key == PLACEHOLDER => drop(self.step(Tokens::next)),
                        _ => map.serialize_entry(&key, self)?,
                    }
                }
                map.end()
            }
        }
    }
}

struct Binary<'a>(&'a [u8]);

impl Serialize for Binary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Converts milliseconds since 1970 to the text of a JavaScript `Date` in JSON: `1970-01-01T00:00:00.000Z`.
pub(super) fn date(time: i64) -> String {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    /// The number of days after which the Gregorian calendar repeats.
    const DAYS_OF_400_YEARS: i64 = 146_097;

    let (days, rest) = (time.div_euclid(DAY), time.rem_euclid(DAY));
    // Counted from March 1 of year 0, so that the leap day is the last day of a year.
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(DAYS_OF_400_YEARS), days.rem_euclid(DAYS_OF_400_YEARS));
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    // Years that do not have four digits are written with six digits and a sign.
    let year = if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+07}") };
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1000)
}
