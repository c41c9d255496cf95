//! Hooks of a session: called for its packets, its upgrade and its end.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::close::CloseReason;
use super::codec::Packet;
use super::options::Transport;
use crate::sync::lock;

/// An Engine.IO packet as passed to packet hooks. It is independent of the transport and the protocol revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnginePacket<'a> {
    /// The client closes the session.
    Close,
    /// A heartbeat of the server, or of a client that speaks revision 3.
    Ping,
    /// The answer to a ping.
    Pong,
    /// A text message: a Socket.IO packet, or its first part.
    Message(&'a str),
    /// A binary message: an attachment of a Socket.IO packet.
    Binary(&'a [u8]),
    /// A packet without meaning on an established transport: `open`, `upgrade` or `noop`.
    Other,
}

type Watcher = Arc<dyn Fn(&EnginePacket<'_>) + Send + Sync>;
type AtUpgrade = Box<dyn FnOnce(Transport) + Send>;
type AtClose = Box<dyn FnOnce(&CloseReason) + Send>;

/// The hooks of a session.
#[derive(Default)]
pub(crate) struct Watch {
    /// `true` if packet hooks are set. Readable without the lock.
    active: AtomicBool,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    watchers: Option<Box<Watchers>>,
    /// The session has ended. Hooks added now are dropped.
    ended: bool,
}

#[derive(Default)]
struct Watchers {
    received: Vec<Watcher>,
    sent: Vec<Watcher>,
    upgrade: Vec<AtUpgrade>,
    close: Vec<AtClose>,
}

impl Watch {
    pub(crate) fn on_upgrade(&self, hook: AtUpgrade) {
        self.add(false, |watchers| watchers.upgrade.push(hook));
    }

    pub(crate) fn on_close(&self, hook: AtClose) {
        self.add(false, |watchers| watchers.close.push(hook));
    }

    pub(crate) fn on_received(&self, watcher: Watcher) {
        self.add(true, |watchers| watchers.received.push(watcher));
    }

    pub(crate) fn on_sent(&self, watcher: Watcher) {
        self.add(true, |watchers| watchers.sent.push(watcher));
    }

    fn add(&self, packets: bool, add: impl FnOnce(&mut Watchers)) {
        let mut kept = lock(&self.kept);
        if kept.ended {
            return;
        }
        add(kept.watchers.get_or_insert_default());
        if packets {
            self.active.store(true, Ordering::Release);
        }
    }

    #[inline(always)]
    pub(crate) fn is_active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }

    #[cold]
    pub(super) fn received(&self, packet: &Packet<'_>) {
        let packet = match packet {
            Packet::Close => EnginePacket::Close,
            Packet::Ping(_) => EnginePacket::Ping,
            Packet::Pong(_) => EnginePacket::Pong,
            Packet::Message(text) => EnginePacket::Message(text),
            Packet::Binary(data) => EnginePacket::Binary(data),
            Packet::Open | Packet::Upgrade | Packet::Noop => EnginePacket::Other,
        };
        self.tell(|watchers| &watchers.received, &packet);
    }

    /// Reports outgoing packets before they are encoded for a transport. The flag is `true` for binary. Not called when
    /// packets are queued, because that happens under other locks.
    #[cold]
    pub(super) fn sent<'a>(&self, packets: impl Iterator<Item = (bool, &'a [u8])>) {
        for (is_binary, packet) in packets {
            let packet = match (is_binary, packet.split_first()) {
                (true, _) => EnginePacket::Binary(packet),
                (false, Some((b'2', _))) => EnginePacket::Ping,
                (false, Some((b'3', _))) => EnginePacket::Pong,
                (false, Some((b'4', text))) => {
                    std::str::from_utf8(text).map_or(EnginePacket::Other, EnginePacket::Message)
                }
                (false, _) => EnginePacket::Other,
            };
            self.tell(|watchers| &watchers.sent, &packet);
        }
    }

    fn tell(&self, which: fn(&Watchers) -> &Vec<Watcher>, packet: &EnginePacket<'_>) {
        let watchers = lock(&self.kept).watchers.as_deref().map(|all| which(all).clone());
        for watcher in watchers.into_iter().flatten() {
            guarded(|| watcher(packet));
        }
    }

    pub(super) fn upgraded(&self) {
        let hooks = lock(&self.kept).watchers.as_deref_mut().map(|watchers| std::mem::take(&mut watchers.upgrade));
        for hook in hooks.into_iter().flatten() {
            guarded(|| hook(Transport::WebSocket));
        }
    }

    /// Runs the close hooks and drops all hooks.
    pub(super) fn closed(&self, reason: &CloseReason) {
        let watchers = {
            let mut kept = lock(&self.kept);
            kept.ended = true;
            self.active.store(false, Ordering::Release);
            kept.watchers.take()
        };
        for hook in watchers.map(|watchers| watchers.close).into_iter().flatten() {
            guarded(|| hook(reason));
        }
    }
}

/// Runs a hook and catches its panic, so that it does not end the connection. The panic message has already been
/// printed.
fn guarded(run: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(run));
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("active", &self.active).finish_non_exhaustive()
    }
}
