//! What is made from a server's contract: files that are kept, and a command.

mod command;
mod files;
mod forms;
mod rules;
