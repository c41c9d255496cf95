//! Paths with parameters, such as `/tenant-{id}`.

/// The path that a namespace declares: text, and parameters with text between them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// The text before the first parameter; the whole path if it has no parameters.
    head: String,
    /// The text after each parameter.
    tails: Vec<String>,
}

impl Template {
    /// Parses a path, or returns an error message. The macro makes the same checks at compile time.
    pub(crate) fn parse(path: &str) -> Result<Self, &'static str> {
        let mut template = Self { head: String::new(), tails: Vec::new() };
        let mut characters = path.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '{' | '}' if characters.peek() == Some(&character) => {
                    characters.next();
                    template.last().push(character);
                }
                '}' => return Err("`}` without `{`"),
                '{' => {
                    if template.tails.last().is_some_and(String::is_empty) {
                        return Err("two parameters without text between them");
                    }
                    if !characters.by_ref().any(|character| character == '}') {
                        return Err("`{` without `}`");
                    }
                    template.tails.push(String::new());
                }
                other => template.last().push(other),
            }
        }
        if template.head.starts_with('/') { Ok(template) } else { Err("a path starts with `/`") }
    }

    fn last(&mut self) -> &mut String {
        self.tails.last_mut().unwrap_or(&mut self.head)
    }

    /// Returns the path, if it has no parameters.
    pub(crate) fn fixed(&self) -> Option<&str> {
        self.tails.is_empty().then_some(&self.head)
    }

    /// Returns the number of parameters.
    pub(crate) fn count(&self) -> usize {
        self.tails.len()
    }

    /// Returns the texts around the parameters, including empty ones: one more than there are parameters.
    #[cfg(feature = "schema")]
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.head).chain(&self.tails).map(String::as_str)
    }

    /// Returns the values of the parameters in `path`, each of which has at least one character and no `/`; `None` if
    /// the path does not match.
    pub(crate) fn values<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        let mut rest = path.strip_prefix(&*self.head)?;
        let mut values = Vec::with_capacity(self.tails.len());
        let Some((last, tails)) = self.tails.split_last() else { return rest.is_empty().then_some(values) };
        // Each value ends at the first occurrence of the text after it. If any match exists, this one is valid, because
        // values contain no `/`, and a later end could only add one.
        for tail in tails {
            let first = rest.chars().next()?.len_utf8();
            let end = first + rest[first..].find(&**tail)?;
            values.push(&rest[..end]);
            rest = &rest[end + tail.len()..];
        }
        values.push(rest.strip_suffix(&**last)?);
        let fits = |value: &&str| !value.is_empty() && !value.contains('/');
        values.iter().all(fits).then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_values_are_matched_between_text() {
        for (template, path, expected) in [
            ("/chat", "/chat", Some(&[][..])),
            ("/chat", "/chat/", None),
            ("/chat", "/cha", None),
            ("/", "/", Some(&[])),
            ("/{name}", "/", None),
            ("/{name}", "/ü", Some(&["ü"])),
            ("/{name}", "/a/b", None),
            ("/tenant-{id}", "/tenant-7", Some(&["7"])),
            ("/tenant-{id}", "/tenant-", None),
            ("/tenant-{id}", "/Tenant-7", None),
            ("/{org}/rooms/{room}", "/acme/rooms/7", Some(&["acme", "7"])),
            ("/{org}/rooms/{room}", "/acme/rooms/7/8", None),
            ("/{org}/rooms/{room}", "/a/b/rooms/7", None),
            ("/{a}-{b}", "/x-y-z", Some(&["x", "y-z"])),
            ("/{a}-{b}", "/--", None),
            ("/{a}-{b}", "/---", Some(&["-", "-"])),
            ("/{a}-{b}", "/-", None),
            ("/{a}-end", "/x-end-end", Some(&["x-end"])),
            ("/{a}x{b}y", "/éxxy", Some(&["é", "x"])),
            ("/{{{a}}}", "/{x}", Some(&["x"])),
            ("/{{a}}", "/{a}", Some(&[])),
        ] {
            let values = Template::parse(template).map(|template| template.values(path));
            assert_eq!(values, Ok(expected.map(<[&str]>::to_vec)), "{template} {path}");
        }
    }

    #[test]
    fn invalid_templates_are_rejected() {
        for path in ["", "chat", "{id}", "/{id", "/id}", "/{", "/}", "/{a}{b}", "/{a}}", "/{{a}"] {
            assert!(Template::parse(path).is_err(), "{path}");
        }
    }
}
