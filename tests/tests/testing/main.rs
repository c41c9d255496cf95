//! The test kit: every assertion can succeed, and every assertion can fail.

mod asking;
mod connecting;
mod desk;
mod emitted;
mod expecting;
mod parting;
mod time;
