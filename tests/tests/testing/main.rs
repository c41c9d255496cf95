//! The test kit: what it shows of a server, and that each of its assertions can fail.

mod asking;
mod connecting;
mod desk;
mod emitted;
mod expecting;
mod parting;
mod time;
