//! Connections that are cut, and clients that come back: with everything that they had, once, or as somebody new.

mod beside;
mod bounds;
mod coming_back;
mod guards;
mod on_the_wire;
mod setting;
mod strangers;
mod taking_over;
