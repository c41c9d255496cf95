//! Clients of Socket.IO 2, which use Engine.IO 3: length-prefixed payloads, pings from the client, automatic connection
//! to `/`.

mod heartbeats;
mod opening;
mod payloads;
mod setting;
mod sockets;
mod websocket;

pub(crate) use setting::websocket;
