//! The namespaces of a server: those of one path each, and patterns with the children that exist at the time.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};

use super::driver::Start;
use super::hub::Hub;
use super::search::ConnectRequest;
use super::template::Template;
use crate::adapter::Cluster;
use crate::contract::{Namespace, PathParams};
use crate::protocol::Parser;
use crate::sync::lock;

/// A path's hub, and what runs its sockets.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(super) hub: Arc<Hub>,
    pub(super) start: Start,
}

pub(crate) type NewNamespaceHook = Box<dyn Fn(&str) + Send + Sync>;

/// All namespaces of a server.
#[derive(Default)]
pub(crate) struct Registry {
    fixed: HashMap<Box<str>, Endpoint>,
    /// In the order in which they are tried.
    parents: Vec<Parent>,
    types: HashMap<TypeId, Declared>,
    children: Mutex<ByPath>,
    pub(crate) keep_empty: bool,
    pub(crate) on_new: Option<NewNamespaceHook>,
    pub(crate) cluster: Option<Box<dyn Cluster>>,
    pub(crate) parser: Parser,
}

/// What a namespace's type stands for.
enum Declared {
    Fixed(Arc<Hub>),
    /// An index of `parents`.
    Parent(usize),
}

/// A namespace of many paths. Each path has a child: a hub of its own.
struct Parent {
    pattern: Pattern,
    read: fn(&[&str]) -> Option<Arc<dyn Any + Send + Sync>>,
    start: Start,
}

/// Says which paths a parent has.
pub(crate) enum Pattern {
    Template(Template),
    #[cfg(feature = "regex")]
    Regex(regex_lite::Regex),
    Function(Ask),
}

pub(crate) type Ask = Box<dyn Fn(ConnectRequest) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

impl Pattern {
    /// The parameters' values; `None` when the path is another one. A function's paths have none.
    fn values<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        match self {
            Self::Template(template) => template.values(path),
            #[cfg(feature = "regex")]
            Self::Regex(regex) => {
                let groups = regex.captures(path)?;
                Some(groups.iter().skip(1).map(|group| group.map_or("", |group| group.as_str())).collect())
            }
            Self::Function(_) => Some(Vec::new()),
        }
    }

    /// How many parameters its paths have.
    fn count(&self) -> usize {
        match self {
            Self::Template(template) => template.count(),
            #[cfg(feature = "regex")]
            Self::Regex(regex) => regex.captures_len() - 1,
            Self::Function(_) => 0,
        }
    }
}

#[derive(Default)]
struct ByPath {
    living: HashMap<Arc<str>, Child>,
    /// Tells a child from an earlier one of its path.
    next: u64,
}

struct Child {
    number: u64,
    parent: usize,
    /// Weak: a child lives while it has sockets, or handles to it.
    hub: Weak<Hub>,
    /// Unless the program wants empty children to stay.
    _kept: Option<Arc<Hub>>,
}

/// What a child's hub holds: with it, the child's entry goes.
#[derive(Debug)]
pub(super) struct Entry {
    registry: Weak<Registry>,
    path: Arc<str>,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let Some(registry) = self.registry.upgrade() else { return };
        let mut children = lock(&registry.children);
        // The path may have a new child by now.
        if children.living.get(&self.path).is_some_and(|child| child.number == self.number) {
            children.living.remove(&self.path);
        }
    }
}

impl Registry {
    /// Adds a namespace at the path, or the pattern, that it declares.
    pub(crate) fn add<N: Namespace>(&mut self, namespace: N) {
        assert!(
            !N::PATH.is_empty(),
            "namespace `{}` is dynamic: its paths are given by `namespace_matching` or `namespace_where`",
            type_name::<N>()
        );
        let template = Template::parse(N::PATH).unwrap_or_else(|error| panic!("namespace {:?}: {error}", N::PATH));
        let Some(path) = template.fixed() else { return self.add_parent(Pattern::Template(template), namespace) };
        let read = read::<N>(&[]);
        let params = read.unwrap_or_else(|| panic!("namespace {:?} has no parameters in its path", N::PATH));
        let hub = Arc::new(Hub::new(path.into(), params, None));
        self.declare::<N>(Declared::Fixed(hub.clone()));
        let before = self.fixed.insert(path.into(), Endpoint { hub, start: Start::new(namespace) });
        assert!(before.is_none(), "there are two namespaces {:?}", N::PATH);
    }

    /// Adds a namespace that declares no path.
    pub(crate) fn add_dynamic<N: Namespace>(&mut self, pattern: Pattern, namespace: N) {
        assert!(N::PATH.is_empty(), "namespace `{}` has a path of its own: {:?}", type_name::<N>(), N::PATH);
        self.add_parent(pattern, namespace);
    }

    fn add_parent<N: Namespace>(&mut self, pattern: Pattern, namespace: N) {
        let (found, declared) = (pattern.count(), N::Params::COUNT);
        let name = type_name::<N>();
        assert!(found == declared, "namespace `{name}` declares {declared} parameters, and its pattern has {found}");
        self.declare::<N>(Declared::Parent(self.parents.len()));
        self.parents.push(Parent { pattern, read: read::<N>, start: Start::new(namespace) });
    }

    fn declare<N: Namespace>(&mut self, declared: Declared) {
        let before = self.types.insert(TypeId::of::<N>(), declared);
        assert!(before.is_none(), "namespace `{}` was given to the server twice", type_name::<N>());
    }

    /// The namespace of this path that needs no search.
    pub(crate) fn fixed(&self, path: &str) -> Option<&Endpoint> {
        self.fixed.get(path)
    }

    pub(super) fn has_parents(&self) -> bool {
        !self.parents.is_empty()
    }

    /// The namespace that a client asks for, by the first pattern that has its path. A static path comes before all
    /// patterns: it is not looked for here.
    pub(super) async fn search(self: Arc<Self>, request: ConnectRequest) -> Option<Endpoint> {
        for (index, parent) in self.parents.iter().enumerate() {
            if let Pattern::Function(ask) = &parent.pattern
                && !ask(request.clone()).await
            {
                continue;
            }
            if let Some(hub) = self.child(index, request.shared_path()) {
                return Some(Endpoint { hub, start: parent.start.clone() });
            }
        }
        None
    }

    /// The child of a path: there is at most one at a time, of whichever parent had it first. `None` when the parent
    /// does not have this path.
    fn child(self: &Arc<Self>, index: usize, path: &Arc<str>) -> Option<Arc<Hub>> {
        let parent = &self.parents[index];
        let params = (parent.read)(&parent.pattern.values(path)?)?;
        let hub = {
            // No hub may be dropped in here: its entry would wait for this lock.
            let mut children = lock(&self.children);
            match children.living.get(path) {
                Some(child) if child.parent == index => {
                    if let Some(hub) = child.hub.upgrade() {
                        drop(children);
                        return Some(self.attached(hub));
                    }
                }
                Some(child) if child.hub.strong_count() > 0 => return None,
                _ => {}
            }
            let number = children.next;
            children.next += 1;
            let entry = Entry { registry: Arc::downgrade(self), path: path.clone(), number };
            let hub = Arc::new(Hub::new(path.clone(), params, Some(entry)));
            hub.set_parser(self.parser);
            let kept = self.keep_empty.then(|| hub.clone());
            let child = Child { number, parent: index, hub: Arc::downgrade(&hub), _kept: kept };
            children.living.insert(path.clone(), child);
            hub
        };
        // Not with the lock: an adapter may hold namespaces, and drop them.
        let hub = self.attached(hub);
        if let Some(hook) = &self.on_new {
            // A hook that panics must not take the client with it; the panic's own message has been printed.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(path)));
        }
        Some(hub)
    }

    /// Tells the namespaces that there are from the start how packets are written.
    pub(crate) fn agree_on_parser(&self) {
        self.fixed.values().for_each(|endpoint| endpoint.hub.set_parser(self.parser));
    }

    /// Makes the namespaces that there are from the start those of the cluster.
    pub(crate) fn join_cluster(&self) {
        if let Some(cluster) = &self.cluster {
            self.fixed.values().for_each(|endpoint| endpoint.hub.attach(&**cluster));
        }
    }

    /// A child as one of the cluster: whoever is the first to have it sees to that.
    fn attached(&self, hub: Arc<Hub>) -> Arc<Hub> {
        if let Some(cluster) = &self.cluster {
            hub.attach(&**cluster);
        }
        hub
    }

    /// The hub of a namespace with one path.
    ///
    /// # Panics
    ///
    /// When the server has no such namespace, or it has many.
    pub(crate) fn hub<N: Namespace>(&self) -> &Arc<Hub> {
        match self.declared::<N>() {
            Declared::Fixed(hub) => hub,
            Declared::Parent(_) => panic!(
                "namespace `{}` has many paths: `namespace_at` is one of them, `children` are those that exist",
                type_name::<N>()
            ),
        }
    }

    /// The hub of one path of a namespace, which exists from now on if the path alone decides that it may.
    pub(crate) fn hub_at<N: Namespace>(self: &Arc<Self>, path: &str) -> Option<Arc<Hub>> {
        match self.declared::<N>() {
            Declared::Fixed(hub) => (hub.path() == path).then(|| hub.clone()),
            Declared::Parent(_) if self.fixed.contains_key(path) => None,
            &Declared::Parent(index) => match &self.parents[index].pattern {
                Pattern::Function(_) => self.existing(index).into_iter().find(|hub| hub.path() == path),
                Pattern::Template(_) => self.child(index, &path.into()),
                #[cfg(feature = "regex")]
                Pattern::Regex(_) => self.child(index, &path.into()),
            },
        }
    }

    /// The children of a namespace with many paths.
    pub(crate) fn children<N: Namespace>(&self) -> Vec<Arc<Hub>> {
        match self.declared::<N>() {
            Declared::Fixed(hub) => vec![hub.clone()],
            &Declared::Parent(index) => self.existing(index),
        }
    }

    fn existing(&self, parent: usize) -> Vec<Arc<Hub>> {
        let found: Vec<_> = {
            let children = lock(&self.children);
            let own = children.living.values().filter(|child| child.parent == parent);
            own.filter_map(|child| child.hub.upgrade()).collect()
        };
        found.into_iter().map(|hub| self.attached(hub)).collect()
    }

    fn declared<N: Namespace>(&self) -> &Declared {
        let declared = self.types.get(&TypeId::of::<N>());
        declared.unwrap_or_else(|| panic!("namespace `{}` was not given to the server", type_name::<N>()))
    }
}

fn read<N: Namespace>(values: &[&str]) -> Option<Arc<dyn Any + Send + Sync>> {
    Some(Arc::new(N::Params::read(values)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::{Params, namespace};

    struct Tenant;

    #[namespace("/tenant-{id}", params(id: u32))]
    impl Tenant {
        #[on("id")]
        fn id(&self, Params(id): Params<u32>) -> u32 {
            *id
        }
    }

    struct Named;

    #[namespace("/tenant-{name}")]
    impl Named {}

    struct Dynamic;

    #[namespace(dynamic)]
    impl Dynamic {}

    fn registry(keep_empty: bool) -> Arc<Registry> {
        let mut registry = Registry { keep_empty, ..Registry::default() };
        registry.add(Tenant);
        registry.add(Named);
        registry.add_dynamic(Pattern::Function(Box::new(|_| Box::pin(async { true }))), Dynamic);
        Arc::new(registry)
    }

    fn count(registry: &Registry) -> usize {
        lock(&registry.children).living.len()
    }

    #[test]
    fn a_child_lives_while_somebody_holds_it() {
        let registry = registry(false);
        let child = registry.hub_at::<Tenant>("/tenant-7").expect("a child");
        assert_eq!(*child.params::<Tenant>(), 7);
        assert!(Arc::ptr_eq(&child, &registry.hub_at::<Tenant>("/tenant-7").expect("the same child")));
        let other = registry.hub_at::<Tenant>("/tenant-8").expect("another child");
        assert!(!Arc::ptr_eq(&child, &other));
        assert_eq!(registry.children::<Tenant>().len(), 2);
        drop(child);
        assert_eq!(count(&registry), 1);
        drop(other);
        assert_eq!(count(&registry), 0);
    }

    #[test]
    fn a_child_stays_if_the_program_wants_it() {
        let registry = registry(true);
        drop(registry.hub_at::<Tenant>("/tenant-7"));
        assert_eq!(registry.children::<Tenant>().len(), 1);
        assert_eq!(Arc::strong_count(&registry), 1, "what stays does not keep the server");
    }

    #[test]
    fn a_path_has_one_child_whoever_may_have_it() {
        let registry = registry(false);
        let named = registry.hub_at::<Named>("/tenant-7").expect("a child");
        assert!(registry.hub_at::<Tenant>("/tenant-7").is_none(), "it is taken");
        drop(named);
        let tenant = registry.hub_at::<Tenant>("/tenant-7");
        assert!(tenant.is_some() && registry.hub_at::<Named>("/tenant-7").is_none());
        assert!(registry.hub_at::<Tenant>("/tenant-x").is_none());
        assert!(registry.hub_at::<Dynamic>("/tenant-9").is_none(), "a function is asked for clients only");
    }

    /// However holders come and go, whoever holds a child has the one that others get.
    #[test]
    fn a_child_that_goes_is_not_lost_to_those_who_come() {
        for seed in 1..9_u64 {
            let registry = registry(false);
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let registry = &registry;
                    scope.spawn(move || {
                        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + thread;
                        for _ in 0..2000 {
                            random ^= random << 13;
                            random ^= random >> 7;
                            random ^= random << 17;
                            let path = format!("/tenant-{}", random % 2);
                            let held = registry.hub_at::<Tenant>(&path).expect("a child");
                            if random & 8 == 0 {
                                std::thread::yield_now();
                            }
                            let again = registry.hub_at::<Tenant>(&path).expect("a child");
                            assert!(Arc::ptr_eq(&held, &again));
                            if random & 16 == 0 {
                                drop(held);
                                assert!(Arc::ptr_eq(&again, &registry.hub_at::<Tenant>(&path).expect("a child")));
                            }
                        }
                    });
                }
            });
            assert_eq!(count(&registry), 0, "seed {seed}");
        }
    }

    #[test]
    #[should_panic(expected = "was given to the server twice")]
    fn a_type_is_one_namespace() {
        let mut registry = Registry::default();
        registry.add(Tenant);
        registry.add(Tenant);
    }

    #[test]
    #[should_panic(expected = "is dynamic: its paths are given by")]
    fn a_dynamic_namespace_needs_a_pattern() {
        Registry::default().add(Dynamic);
    }

    #[test]
    #[should_panic(expected = "has a path of its own")]
    fn a_namespace_has_its_path_from_one_place() {
        let everything = Pattern::Function(Box::new(|_| Box::pin(async { true })));
        Registry::default().add_dynamic(everything, Named);
    }

    #[cfg(feature = "regex")]
    #[test]
    #[should_panic(expected = "declares 0 parameters, and its pattern has 1")]
    fn a_group_is_a_parameter() {
        let regex = regex_lite::Regex::new("^/(a|b)$").expect("a regex");
        Registry::default().add_dynamic(Pattern::Regex(regex), Dynamic);
    }
}
