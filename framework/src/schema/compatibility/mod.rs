//! The effects of a changed contract on existing clients.
//!
//! Two contracts are compared by the values that one side writes and the other reads: an old client writes values that
//! the new server reads, and the other way round. A change breaks clients if a written value does not fit the reader.

mod compare;
mod fit;
mod object;
mod shape;
#[cfg(test)]
mod tests;

use std::fmt;

use super::Direction;

/// All changes from one contract to another, breaking changes first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

/// One change of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The kind of change.
    pub rule: Rule,
    /// The sender of the changed values: [`Direction::Incoming`] for clients, [`Direction::Outgoing`] for the server.
    pub direction: Direction,
    /// `true` if the change breaks clients of the old contract.
    pub breaking: bool,
    /// The namespace, event or type that changed.
    pub place: String,
    /// The values that were added or removed, for a change of values.
    pub values: Option<String>,
}

/// A kind of change. Whether it breaks clients depends on the sender: see [`breaks`](Self::breaks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A namespace was removed, or its path changed.
    NamespaceRemoved,
    /// A namespace was added.
    NamespaceAdded,
    /// An event was removed.
    EventRemoved,
    /// An event was added.
    EventAdded,
    /// An argument that existed, or that was optional, is required.
    ArgumentRequired,
    /// An argument became optional, or an optional argument was added.
    ArgumentOptional,
    /// An argument was removed.
    ArgumentRemoved,
    /// The server sends an additional argument.
    ArgumentAdded,
    /// A field is required that is new or was optional.
    FieldRequired,
    /// A field that was always present may be left out.
    FieldOptional,
    /// A field was removed.
    FieldRemoved,
    /// A field was added.
    FieldAdded,
    /// A field that was ignored is rejected: the type denies unknown fields.
    FieldRefused,
    /// A field that was rejected is ignored.
    FieldAccepted,
    /// Fewer values are allowed: another type, a smaller range, or a removed variant of an enum.
    ValuesNarrower,
    /// More values are allowed: another type, a larger range, a new variant of an enum, or `null`.
    ValuesWider,
    /// An acknowledgement has an additional value.
    AckAdded,
    /// A value of an acknowledgement was removed.
    AckRemoved,
    /// A type lost its description, so that its later changes are not found.
    BecameUnknown,
    /// A type that had no description has one.
    BecameKnown,
}

impl Rule {
    /// Returns `true` if a change of this kind breaks clients of the old contract.
    ///
    /// `direction` names the sender of the changed values: [`Direction::Incoming`] for the client, including its
    /// acknowledgements.
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

    /// Returns the change in words.
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
    /// Returns `true` if a change breaks clients of the old contract.
    pub fn is_breaking(&self) -> bool {
        self.0.iter().any(|change| change.breaking)
    }

    /// Returns `true` if there are no changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns an iterator over the changes, breaking changes first.
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

/// Writes a line for each change: `breaking    /chat: join, argument 2 (limit): is required now`.
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
