//! Exports of a server's contract: stored files, and the contract command.

mod command;
mod files;
mod forms;
mod large;
mod rules;
