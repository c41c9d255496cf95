//! schemars, for the output of its derive in programs that forbid lints.
//!
//! Two macros that the derive calls contain `#[allow(unused_imports)]`, which does not compile where the program forbids that
//! lint (E0453). The allowance is not needed: rustc does not report the lint in macros of other crates.

pub use crate::{__schemars_schema_id as _schemars_maybe_schema_id, __schemars_to_value as _schemars_maybe_to_value};
pub use ::schemars::*;

/// The default of a field as JSON, if its type is `Serialize`.
#[doc(hidden)]
#[macro_export]
macro_rules! __schemars_to_value {
    ($value:expr) => {{
        use $crate::__private::schemars::_private::{MaybeSerializeWrapper, NoSerialize as _};
        MaybeSerializeWrapper($value).maybe_to_value()
    }};
}

/// The schema id of a type, or its name if it has no schema.
#[doc(hidden)]
#[macro_export]
macro_rules! __schemars_schema_id {
    ($type:ty) => {{
        use $crate::__private::schemars::_private::{MaybeJsonSchemaWrapper, NoJsonSchema as _};
        <MaybeJsonSchemaWrapper<$type>>::maybe_schema_id()
    }};
}
