//! The snippets of the book's chapter on types of other crates, as documentation tests.

#[doc = include_str!("../../book/src/foreign-types.md")]
mod chapter {}
