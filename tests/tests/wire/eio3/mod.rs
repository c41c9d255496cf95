//! Clients of Socket.IO 2, which speak Engine.IO 3: payloads with lengths, pings of their own, `/` without asking.

mod heartbeats;
mod opening;
mod payloads;
mod setting;
mod sockets;
mod websocket;

pub(crate) use setting::websocket;
