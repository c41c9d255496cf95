//! The macros of switchboard.
