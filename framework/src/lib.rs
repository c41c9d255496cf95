//! A framework for event-driven servers that speak Socket.IO.
