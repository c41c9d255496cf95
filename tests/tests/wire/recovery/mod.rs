//! Clients that reconnect after a lost connection: with their full state, exactly once, or as a new client.

mod beside;
mod bounds;
mod coming_back;
mod guards;
mod on_the_wire;
mod setting;
mod strangers;
mod taking_over;
