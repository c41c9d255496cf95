//! Saved sessions of disconnected clients. Each can be claimed by one connection at a time, and restored once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tokio::time::Instant;

/// The maximum number of saved sessions, and their maximum total size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) sessions: usize,
    pub(super) bytes: usize,
}

/// The saved sessions of a server, by the secret that the clients know.
#[derive(Debug)]
pub(super) struct Sessions<T> {
    by_pid: HashMap<Arc<str>, SavedSlot<T>>,
    /// The ids of the sessions' sockets.
    ids: HashSet<Arc<str>>,
    groups: Vec<Group>,
    next: u64,
    bytes: usize,
    limits: Limits,
}

#[derive(Debug)]
struct SavedSlot<T> {
    session: Arc<T>,
    id: Arc<str>,
    group: usize,
    ticket: u64,
    size: usize,
    until: Instant,
}

/// The sessions of the namespaces that share a quota.
#[derive(Debug, Default)]
struct Group {
    /// The sessions that are not claimed, in the order they were saved, which is also the order they expire.
    waiting: BTreeMap<u64, Arc<str>>,
    sessions: usize,
    bytes: usize,
}

impl<T> Sessions<T> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { by_pid: HashMap::new(), ids: HashSet::new(), groups: Vec::new(), next: 0, bytes: 0, limits }
    }

    /// Saves a session, and returns the sessions that were dropped to make room, possibly including the new one. Above
    /// a limit, the oldest sessions of the largest group are dropped, so each group is guaranteed an equal share.
    pub(super) fn keep(
        &mut self,
        group: usize,
        pid: Arc<str>,
        id: Arc<str>,
        session: T,
        size: usize,
        until: Instant,
    ) -> Vec<Arc<T>> {
        let ticket = self.next;
        self.next += 1;
        self.bytes += size;
        self.ids.insert(id.clone());
        if self.groups.len() <= group {
            self.groups.resize_with(group + 1, Group::default);
        }
        let own = &mut self.groups[group];
        own.waiting.insert(ticket, pid.clone());
        own.sessions += 1;
        own.bytes += size;
        self.by_pid.insert(pid, SavedSlot { session: Arc::new(session), id, group, ticket, size, until });
        let mut evicted = Vec::new();
        while let Some(pid) = self.to_evict() {
            evicted.extend(self.remove(&pid));
        }
        evicted
    }

    /// Returns the session to drop next if a limit is exceeded. Claimed sessions are not dropped.
    fn to_evict(&self) -> Option<Arc<str>> {
        let waiting = self.groups.iter().filter(|group| !group.waiting.is_empty());
        let largest = if self.by_pid.len() > self.limits.sessions {
            waiting.max_by_key(|group| group.sessions)
        } else if self.bytes > self.limits.bytes {
            waiting.max_by_key(|group| group.bytes)
        } else {
            None
        };
        largest?.waiting.values().next().cloned()
    }

    /// Claims the session with this pid, unless it is expired, already claimed, or rejected by `admits`. The caller
    /// must call `release` or `remove` later.
    pub(super) fn claim(&mut self, pid: &str, now: Instant, admits: impl FnOnce(&T) -> bool) -> Option<Arc<T>> {
        let slot = self.by_pid.get(pid).filter(|slot| slot.until > now && admits(&slot.session))?;
        self.groups[slot.group].waiting.remove(&slot.ticket)?;
        Some(slot.session.clone())
    }

    /// Releases a claimed session that was not restored. It can be claimed again, until its original expiry.
    pub(super) fn release(&mut self, pid: &str) {
        if let Some((pid, slot)) = self.by_pid.get_key_value(pid) {
            self.groups[slot.group].waiting.insert(slot.ticket, pid.clone());
        }
    }

    /// Removes a session, because it was restored or cannot be restored.
    pub(super) fn remove(&mut self, pid: &str) -> Option<Arc<T>> {
        let slot = self.by_pid.remove(pid)?;
        let group = &mut self.groups[slot.group];
        group.waiting.remove(&slot.ticket);
        group.sessions -= 1;
        group.bytes -= slot.size;
        self.ids.remove(&slot.id);
        self.bytes -= slot.size;
        Some(slot.session)
    }

    /// Removes the expired sessions, and returns them.
    pub(super) fn take_expired(&mut self, now: Instant) -> Vec<Arc<T>> {
        let mut expired = Vec::new();
        while let Some((pid, _)) = self.oldest().filter(|(_, until)| *until <= now) {
            let pid = pid.clone();
            expired.extend(self.remove(&pid));
        }
        expired
    }

    /// Removes all sessions, and returns them.
    pub(super) fn take_all(&mut self) -> Vec<Arc<T>> {
        self.groups.clear();
        self.ids.clear();
        self.bytes = 0;
        self.by_pid.drain().map(|(_, slot)| slot.session).collect()
    }

    /// Returns the time at which the next session expires.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.oldest().map(|(_, until)| until)
    }

    /// Returns the oldest session that is not claimed.
    fn oldest(&self) -> Option<(&Arc<str>, Instant)> {
        let oldest = self.groups.iter().filter_map(|group| group.waiting.first_key_value());
        let (_, pid) = oldest.min_by_key(|(ticket, _)| **ticket)?;
        Some((pid, self.by_pid.get(pid)?.until))
    }

    /// Returns `true` if the session of this socket is saved.
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

    /// The test's model of a saved session.
    struct Kept {
        name: u32,
        group: usize,
        size: usize,
        until: Instant,
        claimed: bool,
    }

    /// A deterministic random number generator.
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
        let waiting = sessions.groups.iter().map(|group| group.waiting.len()).sum::<usize>();
        assert_eq!(waiting, model.iter().filter(|kept| !kept.claimed).count());
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

    /// Removes the matching sessions, and returns their names in order.
    fn drain(model: &mut Vec<Kept>, takes: impl Fn(&Kept) -> bool) -> Vec<u32> {
        let taken = model.iter().filter(|kept| takes(kept)).map(|kept| kept.name).collect();
        model.retain(|kept| !takes(kept));
        taken
    }

    /// Returns the oldest unclaimed session of the largest group, if a limit is exceeded.
    fn next_evicted(model: &[Kept]) -> Option<usize> {
        let bytes = |kept: &Kept| kept.size;
        let most = |weight: &dyn Fn(&Kept) -> usize| {
            let total = |group| model.iter().filter(|kept| kept.group == group).map(weight).sum::<usize>();
            let waits = |group: &usize| model.iter().any(|kept| kept.group == *group && !kept.claimed);
            (0..3).filter(waits).max_by_key(|group| total(*group))
        };
        let group = if model.len() > LIMITS.sessions {
            most(&|_| 1)
        } else if model.iter().map(bytes).sum::<usize>() > LIMITS.bytes {
            most(&bytes)
        } else {
            None
        }?;
        model.iter().position(|kept| kept.group == group && !kept.claimed)
    }

    #[test]
    fn a_group_keeps_its_share_whatever_others_do() {
        let mut sessions = Sessions::new(Limits { sessions: 10, bytes: usize::MAX });
        let until = Instant::now() + Duration::from_secs(10);
        let mut keep = |group: usize, name: u32| {
            let evicted = sessions.keep(group, pid(name).into(), format!("id{name}").into(), name, 1, until);
            names(evicted)
        };
        // A group can use the shares of the others.
        (0..10).for_each(|name| assert!(keep(0, name).is_empty()));
        let evicted: Vec<_> = (10..1000).flat_map(|name| keep(1, name)).collect();
        assert_eq!(evicted[..5], [0, 1, 2, 3, 4]);
        assert!(evicted[5..].iter().all(|name| *name >= 10));
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
                        let group = random.below(3) as usize;
                        let (pid, id) = (pid(next).into(), format!("id{next}").into());
                        let evicted = sessions.keep(group, pid, id, next, size, until);
                        model.push(Kept { name: next, group, size, until, claimed: false });
                        let mut expected = Vec::new();
                        while let Some(index) = next_evicted(&model) {
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
