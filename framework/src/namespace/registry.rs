//! The namespaces of a server: those of one path each, and patterns with the children that exist at the time.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Weak};

use super::driver::Start;
use super::hub::Hub;
#[cfg(feature = "testing")]
use super::journal::Journal;
use super::pattern::Pattern;
use super::recovery::Store;
use super::search::ConnectRequest;
use super::template::Template;
use crate::adapter::Cluster;
use crate::contract::{Namespace, PathParams};
use crate::observe;
use crate::protocol::Parser;
use crate::sync::lock;

/// A path's hub, and what runs its sockets.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(super) hub: Arc<Hub>,
    pub(super) start: Start,
}

/// A namespace of one path.
struct Fixed {
    endpoint: Endpoint,
    number: usize,
}

pub(crate) type NewNamespaceHook = Box<dyn Fn(&str) + Send + Sync>;

/// All namespaces of a server.
#[derive(Default)]
pub(crate) struct Registry {
    fixed: HashMap<Box<str>, Fixed>,
    /// In the order in which they are tried.
    parents: Vec<Parent>,
    types: HashMap<TypeId, Declared>,
    children: Mutex<ByPath>,
    pub(crate) keep_empty: bool,
    pub(crate) on_new: Option<NewNamespaceHook>,
    pub(crate) cluster: Option<Box<dyn Cluster>>,
    pub(crate) parser: Parser,
    #[cfg(feature = "testing")]
    pub(crate) journal: Option<Arc<Journal>>,
    pub(crate) recovery: Option<Arc<Store>>,
    /// The namespace that is there although the application has not declared it. Its sockets are not recovered.
    undeclared: Option<usize>,
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
    number: usize,
    /// What is seen of all children.
    observed: observe::Namespace,
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
        let start = Start::new(namespace);
        let observed = observe::Namespace::new(path, N::EVENTS);
        let hub = Arc::new(Hub::new(path.into(), start.namespace(), params, None, observed));
        let number = self.declare::<N>(Declared::Fixed(hub.clone()));
        let before = self.fixed.insert(path.into(), Fixed { endpoint: Endpoint { hub, start }, number });
        assert!(before.is_none(), "there are two namespaces {:?}", N::PATH);
    }

    /// Adds a namespace that the application has not declared, unless it has declared another one of the path.
    pub(crate) fn add_undeclared<N: Namespace>(&mut self, namespace: N) {
        if self.fixed(N::PATH).is_none() {
            self.undeclared = Some(self.types.len());
            self.add(namespace);
        }
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
        let number = self.declare::<N>(Declared::Parent(self.parents.len()));
        let observed = observe::Namespace::new(pattern.label::<N>(), N::EVENTS);
        self.parents.push(Parent { pattern, read: read::<N>, start: Start::new(namespace), number, observed });
    }

    /// Returns the namespace's number.
    fn declare<N: Namespace>(&mut self, declared: Declared) -> usize {
        let number = self.types.len();
        let before = self.types.insert(TypeId::of::<N>(), declared);
        assert!(before.is_none(), "namespace `{}` was given to the server twice", type_name::<N>());
        number
    }

    /// The namespace of this path that needs no search.
    pub(crate) fn fixed(&self, path: &str) -> Option<&Endpoint> {
        self.fixed.get(path).map(|fixed| &fixed.endpoint)
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
                        self.attach(&hub);
                        return Some(hub);
                    }
                }
                Some(child) if child.hub.strong_count() > 0 => return None,
                _ => {}
            }
            let number = children.next;
            children.next += 1;
            let entry = Entry { registry: Arc::downgrade(self), path: path.clone(), number };
            let hub = Arc::new(Hub::new(
                path.clone(),
                parent.start.namespace(),
                params,
                Some(entry),
                parent.observed.clone(),
            ));
            self.furnish(&hub, parent.number);
            let kept = self.keep_empty.then(|| hub.clone());
            let child = Child { number, parent: index, hub: Arc::downgrade(&hub), _kept: kept };
            children.living.insert(path.clone(), child);
            hub
        };
        // Not with the lock: an adapter may hold namespaces, and drop them.
        self.attach(&hub);
        if let Some(hook) = &self.on_new {
            // A hook that panics must not take the client with it; the panic's own message has been printed.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(path)));
        }
        Some(hub)
    }

    /// Prepares the namespaces that there are from the start: before anybody is in them.
    pub(crate) fn prepare(&self) {
        for Fixed { endpoint, number } in self.fixed.values() {
            self.furnish(&endpoint.hub, *number);
            self.attach(&endpoint.hub);
        }
    }

    /// Tells a hub what all namespaces of the server have in common.
    fn furnish(&self, hub: &Hub, number: usize) {
        hub.set_parser(self.parser);
        if let Some(store) = &self.recovery
            && self.undeclared != Some(number)
        {
            hub.recover(store, number);
        }
        #[cfg(feature = "testing")]
        if let Some(journal) = &self.journal {
            hub.keep(journal);
        }
    }

    /// Makes a hub one of the cluster: whoever is the first to have it sees to that.
    fn attach(&self, hub: &Arc<Hub>) {
        if let Some(cluster) = &self.cluster {
            hub.attach(&**cluster);
        }
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
        found.iter().for_each(|hub| self.attach(hub));
        found
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
mod tests;
