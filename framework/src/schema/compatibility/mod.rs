//! What a change of the contract does to clients that are out there already.
//!
//! Two contracts are compared as what one side writes and the other reads: an old client writes what today's server
//! reads, and the other way round. What is written has to fit what is read. Where it does not, clients break.

mod compare;
mod fit;
mod object;
mod shape;
#[cfg(test)]
mod tests;

use std::fmt;

use super::Direction;

/// All that has changed from one contract to another, what breaks clients first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

/// One change of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What kind of change it is.
    pub rule: Rule,
    /// Whether it is about what clients send, or about what the server sends.
    pub direction: Direction,
    /// Whether clients of the old contract break.
    pub breaking: bool,
    /// The namespace, event or type.
    pub place: String,
    /// The values that are new or gone, where it is about values.
    pub values: Option<String>,
}

/// A kind of change. Whether it breaks clients depends on who sends: see [`breaks`](Self::breaks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A namespace is gone, or has another path.
    NamespaceRemoved,
    /// A namespace is new.
    NamespaceAdded,
    /// An event is gone.
    EventRemoved,
    /// An event is new.
    EventAdded,
    /// An argument that was there, or could be left out, is required.
    ArgumentRequired,
    /// An argument may be left out, or is new and may be.
    ArgumentOptional,
    /// An argument is gone.
    ArgumentRemoved,
    /// The server sends one more argument.
    ArgumentAdded,
    /// A field must be there: it is new, or could be left out before.
    FieldRequired,
    /// A field may be left out that was always there.
    FieldOptional,
    /// A field is gone.
    FieldRemoved,
    /// A field is new.
    FieldAdded,
    /// A field that was ignored is refused: the type denies unknown fields.
    FieldRefused,
    /// A field that was refused is ignored.
    FieldAccepted,
    /// There are fewer values: another type, a smaller range, an enum's variant gone.
    ValuesNarrower,
    /// There are more values: another type, a larger range, an enum's new variant, `null`.
    ValuesWider,
    /// An acknowledgement has a value that it had not.
    AckAdded,
    /// An acknowledgement's value is gone.
    AckRemoved,
    /// A type is not described any more: from now on nothing can be told about it.
    BecameUnknown,
    /// A type is described that was not.
    BecameKnown,
}

impl Rule {
    /// Whether a change of this kind breaks clients of the old contract.
    ///
    /// `direction` says who sends what has changed: with [`Direction::Incoming`] it is the client, whose acknowledgements
    /// are incoming as well.
    pub fn breaks(self, direction: Direction) -> bool {
        let client_sends = direction == Direction::Incoming;
        match self {
            Self::NamespaceRemoved | Self::EventRemoved | Self::BecameUnknown => true,
            Self::NamespaceAdded | Self::EventAdded | Self::BecameKnown | Self::ArgumentAdded | Self::FieldAdded => {
                false
            }
            Self::ArgumentRequired
            | Self::FieldRequired
            | Self::FieldRefused
            | Self::ValuesNarrower
            | Self::AckAdded => client_sends,
            Self::FieldAccepted | Self::ArgumentOptional => false,
            Self::ArgumentRemoved | Self::FieldOptional | Self::FieldRemoved | Self::ValuesWider | Self::AckRemoved => {
                !client_sends
            }
        }
    }

    /// In words.
    fn says(self, direction: Direction) -> &'static str {
        let client_sends = direction == Direction::Incoming;
        match self {
            Self::NamespaceRemoved | Self::EventRemoved => "is gone",
            Self::NamespaceAdded | Self::EventAdded => "is new",
            Self::ArgumentRequired | Self::FieldRequired if client_sends => "is required now",
            Self::ArgumentRequired | Self::FieldRequired => "is always there now",
            Self::ArgumentOptional | Self::FieldOptional if client_sends => "may be left out",
            Self::ArgumentOptional | Self::FieldOptional => "may be missing now",
            Self::ArgumentRemoved | Self::FieldRemoved if client_sends => "is ignored now",
            Self::ArgumentRemoved | Self::FieldRemoved => "is not sent any more",
            Self::ArgumentAdded | Self::FieldAdded if client_sends => "may be sent now",
            Self::ArgumentAdded | Self::FieldAdded => "is sent now",
            Self::FieldRefused => "is refused now",
            Self::FieldAccepted => "is accepted now",
            Self::ValuesNarrower if client_sends => "is not accepted any more",
            Self::ValuesNarrower => "does not come any more",
            Self::ValuesWider if client_sends => "is accepted now",
            Self::ValuesWider => "may come now",
            Self::AckAdded if client_sends => "is read now: clients have to answer",
            Self::AckAdded => "has a value now",
            Self::AckRemoved if client_sends => "is not read any more",
            Self::AckRemoved => "has no value any more",
            Self::BecameUnknown => "is not described any more: what changes there cannot be seen",
            Self::BecameKnown => "is described now",
        }
    }
}

impl Changes {
    /// Whether clients of the old contract break.
    pub fn is_breaking(&self) -> bool {
        self.0.iter().any(|change| change.breaking)
    }

    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changes, what breaks clients first.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Changes {
    type Item = &'a Change;
    type IntoIter = std::slice::Iter<'a, Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A line for each change: `breaking    /chat: join, argument 2 (limit): is required now`.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}{change}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.breaking { "breaking  " } else { "compatible" };
        write!(f, "{verdict}  {}: ", self.place)?;
        if let Some(values) = &self.values {
            write!(f, "{values} ")?;
        }
        f.write_str(self.rule.says(self.direction))
    }
}
