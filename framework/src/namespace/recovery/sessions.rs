//! Sessions whose clients have gone and may come back: each is claimed by one at a time, and restored once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tokio::time::Instant;

/// How many sessions there may be, and how large they may be together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) sessions: usize,
    pub(super) bytes: usize,
}

/// The sessions of a server, by the secret that their clients know.
#[derive(Debug)]
pub(super) struct Sessions<T> {
    by_pid: HashMap<Box<str>, Slot<T>>,
    /// In the order in which they came, which is that in which they expire.
    queue: BTreeMap<u64, Box<str>>,
    /// The ids of their sockets.
    ids: HashSet<Arc<str>>,
    next: u64,
    bytes: usize,
    limits: Limits,
}

#[derive(Debug)]
struct Slot<T> {
    session: Arc<T>,
    id: Arc<str>,
    ticket: u64,
    size: usize,
    until: Instant,
    /// Somebody is about to restore it.
    claimed: bool,
}

impl<T> Sessions<T> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { by_pid: HashMap::new(), queue: BTreeMap::new(), ids: HashSet::new(), next: 0, bytes: 0, limits }
    }

    /// Keeps a session, and says which ones have to go for it: it may be one of them itself.
    pub(super) fn keep(&mut self, pid: &str, id: &Arc<str>, session: T, size: usize, until: Instant) -> Vec<Arc<T>> {
        let ticket = self.next;
        self.next += 1;
        self.bytes += size;
        self.ids.insert(id.clone());
        self.queue.insert(ticket, pid.into());
        let slot = Slot { session: Arc::new(session), id: id.clone(), ticket, size, until, claimed: false };
        self.by_pid.insert(pid.into(), slot);
        let mut evicted = Vec::new();
        while self.by_pid.len() > self.limits.sessions || self.bytes > self.limits.bytes {
            // Those that are claimed are on their way out; they are not more than there are connections.
            let Some(pid) = self.oldest().map(|(pid, _)| pid.to_owned()) else { break };
            evicted.extend(self.remove(&pid));
        }
        evicted
    }

    /// The session of this pid, if nobody else has it and `admits` agrees. Whoever gets it gives it back, or removes it.
    pub(super) fn claim(&mut self, pid: &str, now: Instant, admits: impl FnOnce(&T) -> bool) -> Option<Arc<T>> {
        let slot = self.by_pid.get_mut(pid)?;
        if slot.claimed || slot.until <= now || !admits(&slot.session) {
            return None;
        }
        slot.claimed = true;
        Some(slot.session.clone())
    }

    /// A claimed session was not restored: it can be claimed again, for as long as it would have been.
    pub(super) fn release(&mut self, pid: &str) {
        if let Some(slot) = self.by_pid.get_mut(pid) {
            slot.claimed = false;
        }
    }

    /// Forgets a session: it is restored, or never will be.
    pub(super) fn remove(&mut self, pid: &str) -> Option<Arc<T>> {
        let slot = self.by_pid.remove(pid)?;
        self.queue.remove(&slot.ticket);
        self.ids.remove(&slot.id);
        self.bytes -= slot.size;
        Some(slot.session)
    }

    /// Removes the sessions whose time is over.
    pub(super) fn take_expired(&mut self, now: Instant) -> Vec<Arc<T>> {
        let mut expired = Vec::new();
        while let Some((pid, _)) = self.oldest().filter(|(_, until)| *until <= now) {
            let pid = pid.to_owned();
            expired.extend(self.remove(&pid));
        }
        expired
    }

    /// Removes all sessions.
    pub(super) fn take_all(&mut self) -> Vec<Arc<T>> {
        self.queue.clear();
        self.ids.clear();
        self.bytes = 0;
        self.by_pid.drain().map(|(_, slot)| slot.session).collect()
    }

    /// When the next session expires.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.oldest().map(|(_, until)| until)
    }

    /// The first in the queue that nobody has claimed.
    fn oldest(&self) -> Option<(&str, Instant)> {
        let slots = self.queue.values().filter_map(|pid| Some((&**pid, self.by_pid.get(pid)?)));
        slots.filter(|(_, slot)| !slot.claimed).map(|(pid, slot)| (pid, slot.until)).next()
    }

    /// Whether the session of this socket's is here.
    pub(super) fn awaits(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_pid.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits { sessions: 4, bytes: 100 };

    /// What a session may be said to be: what the sessions are compared with.
    struct Kept {
        name: u32,
        size: usize,
        until: Instant,
        claimed: bool,
    }

    /// Numbers that look random and are the same each time.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 33) % bound
        }
    }

    fn pid(name: u32) -> String {
        format!("pid{name}")
    }

    fn check(sessions: &Sessions<u32>, model: &[Kept]) {
        assert_eq!(sessions.by_pid.len(), model.len());
        assert_eq!(sessions.queue.len(), model.len());
        assert_eq!(sessions.ids.len(), model.len());
        assert_eq!(sessions.bytes, model.iter().map(|kept| kept.size).sum::<usize>());
        assert!(model.iter().all(|kept| sessions.awaits(&format!("id{}", kept.name))));
        let next = model.iter().filter(|kept| !kept.claimed).map(|kept| kept.until).next();
        assert_eq!(sessions.next_expiry(), next);
        assert_eq!(sessions.is_empty(), model.is_empty());
    }

    fn names(sessions: Vec<Arc<u32>>) -> Vec<u32> {
        sessions.into_iter().map(|name| *name).collect()
    }

    /// Takes those out that match, in order.
    fn drain(model: &mut Vec<Kept>, takes: impl Fn(&Kept) -> bool) -> Vec<u32> {
        let taken = model.iter().filter(|kept| takes(kept)).map(|kept| kept.name).collect();
        model.retain(|kept| !takes(kept));
        taken
    }

    #[test]
    fn whatever_happens_each_session_is_had_by_one_and_the_bounds_hold() {
        let start = Instant::now();
        for seed in 0..300 {
            let mut random = Random(seed);
            let (mut sessions, mut model) = (Sessions::new(LIMITS), Vec::<Kept>::new());
            let (mut now, mut next) = (start, 0);
            for _ in 0..200 {
                let some = random.below(u64::from(next) + 1) as u32;
                match random.below(7) {
                    0 | 1 => {
                        let (size, until) = (random.below(60) as usize, now + Duration::from_secs(10));
                        let evicted = sessions.keep(&pid(next), &format!("id{next}").into(), next, size, until);
                        model.push(Kept { name: next, size, until, claimed: false });
                        let mut expected = Vec::new();
                        while (model.len() > LIMITS.sessions
                            || model.iter().map(|kept| kept.size).sum::<usize>() > LIMITS.bytes)
                            && let Some(index) = model.iter().position(|kept| !kept.claimed)
                        {
                            expected.push(model.remove(index).name);
                        }
                        assert_eq!(names(evicted), expected);
                        next += 1;
                    }
                    2 | 3 => {
                        let admitted = random.below(4) > 0;
                        let claimed = sessions.claim(&pid(some), now, |_| admitted).map(|name| *name);
                        let free = |kept: &&mut Kept| kept.name == some && !kept.claimed && kept.until > now;
                        let expected = model.iter_mut().find(free).filter(|_| admitted);
                        assert_eq!(claimed, expected.as_ref().map(|kept| kept.name));
                        expected.into_iter().for_each(|kept| kept.claimed = true);
                    }
                    4 => {
                        sessions.release(&pid(some));
                        model.iter_mut().filter(|kept| kept.name == some).for_each(|kept| kept.claimed = false);
                    }
                    5 => {
                        let removed = sessions.remove(&pid(some));
                        assert_eq!(names(removed.into_iter().collect()), drain(&mut model, |kept| kept.name == some));
                    }
                    _ => {
                        now += Duration::from_secs(random.below(8));
                        let expired = sessions.take_expired(now);
                        assert_eq!(names(expired), drain(&mut model, |kept| !kept.claimed && kept.until <= now));
                    }
                }
                check(&sessions, &model);
            }
            let mut all = names(sessions.take_all());
            all.sort_unstable();
            assert_eq!(all, drain(&mut model, |_| true));
            check(&sessions, &model);
        }
    }
}
