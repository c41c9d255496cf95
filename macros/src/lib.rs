//! The macros of switchboard. They are documented where `switchboard` re-exports them, so that the examples can run.
#![allow(missing_docs, reason = "the documentation is on the re-exports")]

mod assertion;
mod described;
mod errors;
mod evaluated;
mod event;
mod fields;
mod form;
mod framework;
mod keys;
mod lints;
mod misplaced;
mod names;
mod namespace;
mod parameters;
mod payload;
mod read_names;
mod room;
mod spelling;
mod template;

use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn namespace(options: TokenStream, item: TokenStream) -> TokenStream {
    namespace::attribute(options.into(), &item.into()).into()
}

#[proc_macro_attribute]
pub fn event(options: TokenStream, item: TokenStream) -> TokenStream {
    event::attribute(&options.into(), &item.into()).into()
}

#[proc_macro_attribute]
pub fn payload(options: TokenStream, item: TokenStream) -> TokenStream {
    payload::attribute(&options.into(), &item.into()).into()
}

#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(item: TokenStream) -> TokenStream {
    event::derive(item.into()).into()
}

#[proc_macro_derive(Room, attributes(room))]
pub fn derive_room(item: TokenStream) -> TokenStream {
    room::derive(item.into()).into()
}

#[proc_macro_attribute]
pub fn serde(options: TokenStream, item: TokenStream) -> TokenStream {
    misplaced::move_down(&options.into(), item.into()).into()
}

/// Runs `#[event]` or `#[payload]` on a type whose `#[cfg]` and `#[cfg_attr]` rustc has evaluated.
#[proc_macro_derive(Evaluated)]
pub fn derive_evaluated(item: TokenStream) -> TokenStream {
    evaluated::derive(item.into()).into()
}

/// Removes the type that [`Evaluated`](derive_evaluated) has replaced.
#[proc_macro_attribute]
pub fn unevaluated(_: TokenStream, _: TokenStream) -> TokenStream {
    TokenStream::new()
}
