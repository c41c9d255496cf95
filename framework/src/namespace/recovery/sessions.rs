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
    by_pid: HashMap<Arc<str>, SavedEntry<T>>,
    /// The ids of the sessions' sockets.
    ids: HashSet<Arc<str>>,
    groups: Vec<Group>,
    next: u64,
    bytes: usize,
    limits: Limits,
}

#[derive(Debug)]
struct SavedEntry<T> {
    session: Arc<T>,
    id: Arc<str>,
    group: usize,
    sequence: u64,
    size: usize,
    expires_at: Instant,
}

/// The sessions of the namespaces that share a quota.
#[derive(Debug, Default)]
struct Group {
    /// The sessions that are not claimed, in the order they were saved, which is also the order they expire.
    unclaimed: BTreeMap<u64, Arc<str>>,
    sessions: usize,
    bytes: usize,
}

impl<T> Sessions<T> {
    pub(super) fn new(limits: Limits) -> Self {
        Self { by_pid: HashMap::new(), ids: HashSet::new(), groups: Vec::new(), next: 0, bytes: 0, limits }
    }

    /// Saves a session, and returns the sessions that were dropped to make room, possibly including the new one. Above
    /// a limit, the oldest sessions of the largest group are dropped, so each group is guaranteed an equal share.
    pub(super) fn save(
        &mut self,
        group: usize,
        pid: Arc<str>,
        id: Arc<str>,
        session: T,
        size: usize,
        expires_at: Instant,
    ) -> Vec<Arc<T>> {
        let sequence = self.next;
        self.next += 1;
        self.bytes += size;
        self.ids.insert(id.clone());
        if self.groups.len() <= group {
            self.groups.resize_with(group + 1, Group::default);
        }
        let own = &mut self.groups[group];
        own.unclaimed.insert(sequence, pid.clone());
        own.sessions += 1;
        own.bytes += size;
        self.by_pid.insert(pid, SavedEntry { session: Arc::new(session), id, group, sequence, size, expires_at });
        let mut evicted = Vec::new();
        while let Some(pid) = self.next_evicted() {
            evicted.extend(self.remove(&pid));
        }
        evicted
    }

    /// Returns the session to drop next if a limit is exceeded. Claimed sessions are not dropped.
    fn next_evicted(&self) -> Option<Arc<str>> {
        let unclaimed = self.groups.iter().filter(|group| !group.unclaimed.is_empty());
        let largest = if self.by_pid.len() > self.limits.sessions {
            unclaimed.max_by_key(|group| group.sessions)
        } else if self.bytes > self.limits.bytes {
            unclaimed.max_by_key(|group| group.bytes)
        } else {
            None
        };
        largest?.unclaimed.values().next().cloned()
    }

    /// Claims the session with this pid, unless it is expired, already claimed, or rejected by `admits`. The caller
    /// must call `release` or `remove` later.
    pub(super) fn claim(&mut self, pid: &str, now: Instant, admits: impl FnOnce(&T) -> bool) -> Option<Arc<T>> {
        let entry = self.by_pid.get(pid).filter(|entry| entry.expires_at > now && admits(&entry.session))?;
        self.groups[entry.group].unclaimed.remove(&entry.sequence)?;
        Some(entry.session.clone())
    }

    /// Releases a claimed session that was not restored. It can be claimed again, until its original expiry.
    pub(super) fn release(&mut self, pid: &str) {
        if let Some((pid, entry)) = self.by_pid.get_key_value(pid) {
            self.groups[entry.group].unclaimed.insert(entry.sequence, pid.clone());
        }
    }

    /// Removes a session, because it was restored or cannot be restored.
    pub(super) fn remove(&mut self, pid: &str) -> Option<Arc<T>> {
        let entry = self.by_pid.remove(pid)?;
        let group = &mut self.groups[entry.group];
        group.unclaimed.remove(&entry.sequence);
        group.sessions -= 1;
        group.bytes -= entry.size;
        self.ids.remove(&entry.id);
        self.bytes -= entry.size;
        Some(entry.session)
    }

    /// Removes the expired sessions, and returns them.
    pub(super) fn take_expired(&mut self, now: Instant) -> Vec<Arc<T>> {
        let mut expired = Vec::new();
        while let Some((pid, _)) = self.oldest().filter(|(_, expires_at)| *expires_at <= now) {
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
        self.by_pid.drain().map(|(_, entry)| entry.session).collect()
    }

    /// Returns the time at which the next session expires.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.oldest().map(|(_, expires_at)| expires_at)
    }

    /// Returns the oldest session that is not claimed.
    fn oldest(&self) -> Option<(&Arc<str>, Instant)> {
        let oldest = self.groups.iter().filter_map(|group| group.unclaimed.first_key_value());
        let (_, pid) = oldest.min_by_key(|(sequence, _)| **sequence)?;
        Some((pid, self.by_pid.get(pid)?.expires_at))
    }

    /// Returns `true` if the session of this socket is saved.
    pub(super) fn has_socket(&self, id: &str) -> bool {
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
    struct ModelSession {
        name: u32,
        group: usize,
        size: usize,
        expires_at: Instant,
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

    fn check(sessions: &Sessions<u32>, model: &[ModelSession]) {
        assert_eq!(sessions.by_pid.len(), model.len());
        let unclaimed = sessions.groups.iter().map(|group| group.unclaimed.len()).sum::<usize>();
        assert_eq!(unclaimed, model.iter().filter(|session| !session.claimed).count());
        assert_eq!(sessions.ids.len(), model.len());
        assert_eq!(sessions.bytes, model.iter().map(|session| session.size).sum::<usize>());
        assert!(model.iter().all(|session| sessions.has_socket(&format!("id{}", session.name))));
        let next = model.iter().filter(|session| !session.claimed).map(|session| session.expires_at).next();
        assert_eq!(sessions.next_expiry(), next);
        assert_eq!(sessions.is_empty(), model.is_empty());
    }

    fn names(sessions: Vec<Arc<u32>>) -> Vec<u32> {
        sessions.into_iter().map(|name| *name).collect()
    }

    /// Removes the matching sessions, and returns their names in order.
    fn drain(model: &mut Vec<ModelSession>, takes: impl Fn(&ModelSession) -> bool) -> Vec<u32> {
        let taken = model.iter().filter(|session| takes(session)).map(|session| session.name).collect();
        model.retain(|session| !takes(session));
        taken
    }

    /// Returns the oldest unclaimed session of the largest group, if a limit is exceeded.
    fn next_evicted(model: &[ModelSession]) -> Option<usize> {
        let bytes = |session: &ModelSession| session.size;
        let most = |weight: &dyn Fn(&ModelSession) -> usize| {
            let total = |group| model.iter().filter(|session| session.group == group).map(weight).sum::<usize>();
            let waits = |group: &usize| model.iter().any(|session| session.group == *group && !session.claimed);
            (0..3).filter(waits).max_by_key(|group| total(*group))
        };
        let group = if model.len() > LIMITS.sessions {
            most(&|_| 1)
        } else if model.iter().map(bytes).sum::<usize>() > LIMITS.bytes {
            most(&bytes)
        } else {
            None
        }?;
        model.iter().position(|session| session.group == group && !session.claimed)
    }

    #[test]
    fn each_group_keeps_its_share_of_saved_sessions() {
        let mut sessions = Sessions::new(Limits { sessions: 10, bytes: usize::MAX });
        let expires_at = Instant::now() + Duration::from_secs(10);
        let mut save = |group: usize, name: u32| {
            let evicted = sessions.save(group, pid(name).into(), format!("id{name}").into(), name, 1, expires_at);
            names(evicted)
        };
        // A group can use the shares of the others.
        (0..10).for_each(|name| assert!(save(0, name).is_empty()));
        let evicted: Vec<_> = (10..1000).flat_map(|name| save(1, name)).collect();
        assert_eq!(evicted[..5], [0, 1, 2, 3, 4]);
        assert!(evicted[5..].iter().all(|name| *name >= 10));
    }

    #[test]
    fn random_operations_match_model_of_saved_sessions() {
        let start = Instant::now();
        for seed in 0..300 {
            let mut random = Random(seed);
            let (mut sessions, mut model) = (Sessions::new(LIMITS), Vec::<ModelSession>::new());
            let (mut now, mut next) = (start, 0);
            for _ in 0..200 {
                let some = random.below(u64::from(next) + 1) as u32;
                match random.below(7) {
                    0 | 1 => {
                        let (size, expires_at) = (random.below(60) as usize, now + Duration::from_secs(10));
                        let group = random.below(3) as usize;
                        let (pid, id) = (pid(next).into(), format!("id{next}").into());
                        let evicted = sessions.save(group, pid, id, next, size, expires_at);
                        model.push(ModelSession { name: next, group, size, expires_at, claimed: false });
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
                        let free = |session: &&mut ModelSession| {
                            session.name == some && !session.claimed && session.expires_at > now
                        };
                        let expected = model.iter_mut().find(free).filter(|_| admitted);
                        assert_eq!(claimed, expected.as_ref().map(|session| session.name));
                        expected.into_iter().for_each(|session| session.claimed = true);
                    }
                    4 => {
                        sessions.release(&pid(some));
                        model
                            .iter_mut()
                            .filter(|session| session.name == some)
                            .for_each(|session| session.claimed = false);
                    }
                    5 => {
                        let removed = sessions.remove(&pid(some));
                        assert_eq!(
                            names(removed.into_iter().collect()),
                            drain(&mut model, |session| session.name == some)
                        );
                    }
                    _ => {
                        now += Duration::from_secs(random.below(8));
                        let expired = sessions.take_expired(now);
                        assert_eq!(
                            names(expired),
                            drain(&mut model, |session| !session.claimed && session.expires_at <= now)
                        );
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
