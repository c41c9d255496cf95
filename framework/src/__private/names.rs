//! Compile-time check that the events of a namespace have different names.
//!
//! rustc interprets this code slowly, so that a name is compared only with those in its bucket.

const BUCKETS: usize = 64;

/// The name of one event, in a table of all events of a namespace.
pub struct EventName {
    /// The position among the handlers, or in `emits(..)`. Events that `#[cfg]` removes are not in the table.
    pub index: usize,
    /// `true` for a literal without `#[cfg]`. If such a name equals another one, the other event is reported.
    pub plain: bool,
    pub name: &'static str,
}

/// Returns, by the index of each event, whether the event is to be reported because another event has the same name.
pub const fn clashes<const COUNT: usize>(names: &[EventName]) -> [bool; COUNT] {
    let mut clashes = [false; COUNT];
    // The last name of each bucket, and for each name the previous one in its bucket.
    let mut last = [COUNT; BUCKETS];
    let mut before = [COUNT; COUNT];
    let mut at = 0;
    while at < names.len() {
        let name = &names[at];
        let bucket = bucket(name.name.as_bytes());
        let mut earlier = last[bucket];
        while earlier < COUNT {
            let other = &names[earlier];
            if same(name.name.as_bytes(), other.name.as_bytes()) {
                clashes[if name.plain { other.index } else { name.index }] = true;
            }
            earlier = before[earlier];
        }
        before[at] = last[bucket];
        last[bucket] = at;
        at += 1;
    }
    clashes
}

const fn bucket(name: &[u8]) -> usize {
    let mut bucket = 0;
    let mut i = 0;
    while i < name.len() {
        bucket = (bucket * 31 + name[i] as usize) % BUCKETS;
        i += 1;
    }
    bucket
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    // An empty name is a placeholder for an event whose attribute is wrong. That error is reported at the event's type.
    if a.len() != b.len() || a.is_empty() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_two_is_reported() {
        let table = |names: &[(&'static str, bool)]| {
            let names = names.iter().enumerate();
            names.map(|(index, &(name, plain))| EventName { index, plain, name }).collect::<Vec<_>>()
        };
        assert_eq!(clashes(&table(&[("a", false), ("b", false), ("a", false)])), [false, false, true]);
        assert_eq!(clashes(&table(&[("a", false), ("b", true), ("a", true)])), [true, false, false]);
        assert_eq!(clashes(&table(&[("a", false), ("a", true), ("a", false)])), [true, false, true]);
        assert_eq!(clashes(&table(&[("", false), ("", false)])), [false, false]);
    }

    #[test]
    fn what_is_not_there_leaves_a_gap() {
        let names = [("same", 1), ("other", 2), ("same", 5)];
        let names = names.map(|(name, index)| EventName { index, plain: false, name });
        assert_eq!(clashes(&names), [false, false, false, false, false, true]);
    }

    #[test]
    fn names_that_share_a_bucket_are_told_apart() {
        let names: Vec<&'static str> = (0..300).map(|number| &*Box::leak(format!("event {number}").into())).collect();
        let names: Vec<_> =
            names.iter().enumerate().map(|(index, name)| EventName { index, plain: false, name }).collect();
        assert_eq!(clashes::<300>(&names), [false; 300]);
    }
}
