//! Keywords for names that the server reads and never sends.

use schemars::{Schema, transform::Transform};
use serde_json::{Map, Value};

/// The keyword of a field's schema that lists the other names under which the server reads the field:
/// `#[serde(alias = "..")]`.
///
/// Like [`TAG_ALIASES`] and [`OTHER_TAGS`], it is for clients of earlier versions: a contract's documents show only the
/// field's own name, and the comparison of contracts uses all names.
pub const ALIASES: &str = "x-aliases";

/// The keyword of a constant that lists the other values that the server reads as this constant:
/// `#[serde(alias = "..")]` of an enum's variant.
pub const TAG_ALIASES: &str = "x-tag-aliases";

/// The keyword, with the value `true`, of a constant that stands for every text that is not the name of another
/// variant: `#[serde(other)]`.
pub const OTHER_TAGS: &str = "x-other-tags";

/// The keyword of an adjacently tagged variant without content: the name of the field that would have the content, which
/// the server reads as `null` only.
pub(crate) const NO_CONTENT: &str = "x-no-content";

/// Adds keywords to the schema of an enum's variant for other names that the server reads as this variant.
#[derive(Debug)]
pub struct VariantKeywords {
    /// The name of the tag field, if the enum has one.
    pub tag: Option<&'static str>,
    /// The name of the field that would hold the content, for a variant without content.
    pub no_content: Option<&'static str>,
    /// The texts that the server reads as the variant's name.
    pub aliases: &'static [&'static str],
    /// Set by `#[serde(other)]`.
    pub other: bool,
}

impl Transform for VariantKeywords {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(content) = self.no_content {
            schema.insert(NO_CONTENT.to_owned(), content.into());
        }
        if !schema.get("properties").is_some_and(Value::is_object) {
            return self.annotate(schema.ensure_object(), TAG_ALIASES);
        }
        let Some(Value::Object(fields)) = schema.get_mut("properties") else { return };
        let (field, keyword) = match self.tag {
            Some(tag) => (fields.get_mut(tag), TAG_ALIASES),
            // `{ "Variant": .. }`: the variant's name is the name of a field.
            None => (fields.values_mut().next(), ALIASES),
        };
        if let Some(field) = field.and_then(|field| <&mut Schema>::try_from(field).ok()) {
            self.annotate(field.ensure_object(), keyword);
        }
    }
}

impl VariantKeywords {
    fn annotate(&self, schema: &mut Map<String, Value>, aliases: &str) {
        if !self.aliases.is_empty() {
            schema.insert(aliases.to_owned(), self.aliases.into());
        }
        if self.other {
            schema.insert(OTHER_TAGS.to_owned(), true.into());
        }
    }
}
