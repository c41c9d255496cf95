//! The paths of a dynamic namespace: matched by a template, a regular expression or a function.

use std::any::type_name;
use std::pin::Pin;

use super::pending_connect::ConnectRequest;
use super::template::Template;
use crate::contract::Namespace;

/// Decides which paths belong to a dynamic namespace.
pub(crate) enum Pattern {
    Template(Template),
    #[cfg(feature = "regex")]
    Regex(regex_lite::Regex),
    Function(PathPredicate),
}

pub(crate) type PathPredicate = Box<dyn Fn(ConnectRequest) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

impl Pattern {
    /// Returns the values of the parameters; `None` if the path does not match. Paths that a function accepts have no
    /// parameters.
    pub(super) fn values<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        match self {
            Self::Template(template) => template.values(path),
            #[cfg(feature = "regex")]
            Self::Regex(regex) => {
                let groups = regex.captures(path)?;
                Some(groups.iter().skip(1).map(|group| group.map_or("", |group| group.as_str())).collect())
            }
            Self::Function(_) => Some(Vec::new()),
        }
    }

    /// Returns a label for all paths of the namespace, for example in metrics. Clients choose the paths themselves.
    pub(super) fn label<N: Namespace>(&self) -> &str {
        match self {
            Self::Template(_) => N::PATH,
            #[cfg(feature = "regex")]
            Self::Regex(regex) => regex.as_str(),
            Self::Function(_) => type_name::<N>(),
        }
    }

    /// Returns the number of parameters in each path.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Template(template) => template.count(),
            #[cfg(feature = "regex")]
            Self::Regex(regex) => regex.captures_len() - 1,
            Self::Function(_) => 0,
        }
    }
}
