//! Engine.IO: the transport under Socket.IO.

pub(crate) mod codec;
