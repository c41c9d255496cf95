//! The attacks, one per file.

mod blocking_handlers;
mod compressed_polls;
mod connect_storm;
mod endless_handlers;
mod forged_log_lines;
mod joins;
mod large_heads;
mod outliving_posts;
mod oversized_posts;
mod posts_without_polls;
mod recovery_eviction;
mod sessions_on_one_connection;
mod unread_polls;

use crate::attack::Attack;

pub(crate) const ALL: &[Attack] = &[
    blocking_handlers::ATTACK,
    compressed_polls::ATTACK,
    connect_storm::ATTACK,
    endless_handlers::ATTACK,
    forged_log_lines::ATTACK,
    joins::ATTACK,
    large_heads::ATTACK,
    oversized_posts::ATTACK,
    outliving_posts::ATTACK,
    posts_without_polls::ATTACK,
    recovery_eviction::ATTACK,
    sessions_on_one_connection::ATTACK,
    unread_polls::ATTACK,
];

pub(crate) fn named(name: &str) -> Option<&'static Attack> {
    ALL.iter().find(|attack| attack.name == name)
}
