//! A copy of an event name that outlives the text from which it was taken.

/// Names up to this length need no allocation.
const IN_PLACE: usize = 22;

/// A copy of an event's name. Nearly all names are short, and the copy is read only to report failures.
#[derive(Debug)]
pub(crate) enum ShortName {
    InPlace { length: u8, bytes: [u8; IN_PLACE] },
    Boxed(Box<str>),
}

impl ShortName {
    /// Copies a name from a text. If enough text follows, a fixed number of bytes is copied, which needs no loop.
    #[inline]
    pub(super) fn part(text: &str, start: usize, length: usize) -> Self {
        match text.as_bytes().get(start..).and_then(<[u8]>::first_chunk) {
            Some(&bytes) if length <= IN_PLACE => ShortName::InPlace { length: length as u8, bytes },
            _ => ShortName::new(text.get(start..start + length).unwrap_or_default()),
        }
    }

    #[inline]
    pub(super) fn new(name: &str) -> Self {
        let mut bytes = [0; IN_PLACE];
        match bytes.get_mut(..name.len()) {
            Some(place) => {
                place.copy_from_slice(name.as_bytes());
                ShortName::InPlace { length: name.len() as u8, bytes }
            }
            None => ShortName::Boxed(name.into()),
        }
    }
}

impl std::fmt::Display for ShortName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ShortName::InPlace { length, bytes } => {
                formatter.write_str(&String::from_utf8_lossy(&bytes[..usize::from(*length)]))
            }
            ShortName::Boxed(name) => formatter.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_are_kept() {
        for name in ["", "a", "é", &"x".repeat(21), &"y".repeat(22), &"z".repeat(23), &"é".repeat(500)] {
            assert_eq!(ShortName::new(name).to_string(), name);
            for behind in ["", &"z".repeat(30)] {
                let text = format!("[\"{name}{behind}");
                assert_eq!(ShortName::part(&text, 2, name.len()).to_string(), name);
            }
        }
        assert_eq!(size_of::<ShortName>(), 24);
    }
}
