//! The attacks, one a file.

mod connect_storm;
mod endless_handlers;
mod forged_log_lines;
mod joins;
mod large_heads;
mod recovery_eviction;
mod sessions_on_one_connection;

use crate::attack::Attack;

pub(crate) const ALL: &[Attack] = &[
    connect_storm::ATTACK,
    endless_handlers::ATTACK,
    forged_log_lines::ATTACK,
    joins::ATTACK,
    large_heads::ATTACK,
    recovery_eviction::ATTACK,
    sessions_on_one_connection::ATTACK,
];

pub(crate) fn named(name: &str) -> Option<&'static Attack> {
    ALL.iter().find(|attack| attack.name == name)
}
