//! Which paths a namespace of many paths has: by template, by regular expression, by a function's word.

use std::any::type_name;
use std::pin::Pin;

use super::search::ConnectRequest;
use super::template::Template;
use crate::contract::Namespace;

/// Says which paths a parent has.
pub(crate) enum Pattern {
    Template(Template),
    #[cfg(feature = "regex")]
    Regex(regex_lite::Regex),
    Function(Ask),
}

pub(crate) type Ask = Box<dyn Fn(ConnectRequest) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

impl Pattern {
    /// The parameters' values; `None` when the path is another one. A function's paths have none.
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

    /// What stands for all of its paths, none of which is the program's choice.
    pub(super) fn label<N: Namespace>(&self) -> &str {
        match self {
            Self::Template(_) => N::PATH,
            #[cfg(feature = "regex")]
            Self::Regex(regex) => regex.as_str(),
            Self::Function(_) => type_name::<N>(),
        }
    }

    /// How many parameters its paths have.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Template(template) => template.count(),
            #[cfg(feature = "regex")]
            Self::Regex(regex) => regex.captures_len() - 1,
            Self::Function(_) => 0,
        }
    }
}
