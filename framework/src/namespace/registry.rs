//! The namespaces of a server: those with a fixed path, and patterns with their current children.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Weak};

use super::namespace_state::NamespaceState;
use super::pattern::Pattern;
use super::pending_connect::ConnectRequest;
#[cfg(feature = "testing")]
use super::recorder::Recorder;
use super::recovery::Store;
use super::socket_task::Handlers;
use super::template::Template;
use crate::adapter::Cluster;
use crate::contract::{Namespace, PathParams};
use crate::observe;
use crate::protocol::Parser;
use crate::sync::lock;

/// The namespace of a path, with the function that runs its sockets.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(super) namespace: Arc<NamespaceState>,
    pub(super) handlers: Handlers,
}

/// A namespace with a fixed path.
struct Fixed {
    endpoint: Endpoint,
    number: usize,
}

pub(crate) type NewNamespaceHook = Box<dyn Fn(&str) + Send + Sync>;

/// All namespaces of a server.
#[derive(Default)]
pub(crate) struct Registry {
    fixed: HashMap<Box<str>, Fixed>,
    /// In the order they are tried.
    parents: Vec<Parent>,
    types: HashMap<TypeId, Declared>,
    children: Mutex<ChildrenByPath>,
    pub(crate) keep_empty: bool,
    pub(crate) on_new: Option<NewNamespaceHook>,
    pub(crate) cluster: Option<Box<dyn Cluster>>,
    pub(crate) parser: Parser,
    #[cfg(feature = "testing")]
    pub(crate) recorder: Option<Arc<Recorder>>,
    pub(crate) recovery: Option<Arc<Store>>,
    /// A namespace that the server adds without the application's declaration. Its sockets are not recovered.
    undeclared: Option<usize>,
}

/// The namespaces that a type declares.
enum Declared {
    Fixed(Arc<NamespaceState>),
    /// Index in `parents`.
    Parent(usize),
}

/// A namespace with many paths. Each path in use has a child, which has a state of its own.
struct Parent {
    pattern: Pattern,
    parse_params: fn(&[&str]) -> Option<Arc<dyn Any + Send + Sync>>,
    handlers: Handlers,
    number: usize,
    /// The metrics and tracing data of all children.
    observed: observe::Namespace,
}

#[derive(Default)]
struct ChildrenByPath {
    by_path: HashMap<Arc<str>, Child>,
    /// Distinguishes a child from an earlier one with the same path.
    next_number: u64,
}

struct Child {
    number: u64,
    parent: usize,
    /// Weak, because a child lives while it has sockets or handles.
    namespace: Weak<NamespaceState>,
    /// Set if the application keeps empty children.
    _keep_alive: Option<Arc<NamespaceState>>,
}

/// Held by a child's state. Dropping it removes the child from the registry.
#[derive(Debug)]
pub(super) struct ChildGuard {
    registry: Weak<Registry>,
    path: Arc<str>,
    number: u64,
}

impl Drop for ChildGuard {
    fn drop(&mut self) {
        let Some(registry) = self.registry.upgrade() else { return };
        let mut children = lock(&registry.children);
        // A new child may have replaced it.
        if children.by_path.get(&self.path).is_some_and(|child| child.number == self.number) {
            children.by_path.remove(&self.path);
        }
    }
}

impl Registry {
    /// Adds a namespace with the path or pattern that it declares.
    pub(crate) fn add<N: Namespace>(&mut self, namespace: N) {
        assert!(
            !N::PATH.is_empty(),
            "namespace `{}` is dynamic: its paths are given by `namespace_matching` or `namespace_where`",
            type_name::<N>()
        );
        let template = Template::parse(N::PATH).unwrap_or_else(|error| panic!("namespace {:?}: {error}", N::PATH));
        let Some(path) = template.fixed() else { return self.add_parent(Pattern::Template(template), namespace) };
        let params = parse_params::<N>(&[]);
        let params = params.unwrap_or_else(|| panic!("namespace {:?} has no parameters in its path", N::PATH));
        let handlers = Handlers::new(namespace);
        let observed = observe::Namespace::new(path, N::EVENTS);
        let state = Arc::new(NamespaceState::new(path.into(), handlers.downgrade(), params, None, observed));
        let number = self.declare::<N>(Declared::Fixed(state.clone()));
        let before =
            self.fixed.insert(path.into(), Fixed { endpoint: Endpoint { namespace: state, handlers }, number });
        assert!(before.is_none(), "there are two namespaces {:?}", N::PATH);
    }

    /// Adds a namespace that the application has not declared, unless it has declared one with the same path.
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
        self.parents.push(Parent {
            pattern,
            parse_params: parse_params::<N>,
            handlers: Handlers::new(namespace),
            number,
            observed,
        });
    }

    /// Returns the namespace's number.
    fn declare<N: Namespace>(&mut self, declared: Declared) -> usize {
        let number = self.types.len();
        let before = self.types.insert(TypeId::of::<N>(), declared);
        assert!(before.is_none(), "namespace `{}` was given to the server twice", type_name::<N>());
        number
    }

    /// Returns the namespace with this fixed path, if there is one.
    pub(crate) fn fixed(&self, path: &str) -> Option<&Endpoint> {
        self.fixed.get(path).map(|fixed| &fixed.endpoint)
    }

    pub(super) fn has_parents(&self) -> bool {
        !self.parents.is_empty()
    }

    /// Returns the namespace that a client requested: the child of the first pattern that accepts the path. Fixed paths
    /// take precedence, and are not searched here.
    pub(super) async fn resolve(self: Arc<Self>, request: ConnectRequest) -> Option<Endpoint> {
        for (index, parent) in self.parents.iter().enumerate() {
            if let Pattern::Function(accepts) = &parent.pattern
                && !accepts(request.clone()).await
            {
                continue;
            }
            if let Some(namespace) = self.child(index, request.shared_path()) {
                return Some(Endpoint { namespace, handlers: parent.handlers.clone() });
            }
        }
        None
    }

    /// Returns the child with this path, and creates it if necessary. Only one parent can have a child with this path
    /// at a time. Returns `None` if another parent has it, or if the path does not match the parent's pattern.
    fn child(self: &Arc<Self>, index: usize, path: &Arc<str>) -> Option<Arc<NamespaceState>> {
        let parent = &self.parents[index];
        let params = (parent.parse_params)(&parent.pattern.values(path)?)?;
        let namespace = {
            // No namespace may be dropped in this block, because dropping its `ChildGuard` takes the same lock.
            let mut children = lock(&self.children);
            match children.by_path.get(path) {
                Some(child) if child.parent == index => {
                    if let Some(namespace) = child.namespace.upgrade() {
                        drop(children);
                        self.create_adapter(&namespace);
                        return Some(namespace);
                    }
                }
                Some(child) if child.namespace.strong_count() > 0 => return None,
                _ => {}
            }
            let number = children.next_number;
            children.next_number += 1;
            let guard = ChildGuard { registry: Arc::downgrade(self), path: path.clone(), number };
            let namespace = Arc::new(NamespaceState::new(
                path.clone(),
                parent.handlers.downgrade(),
                params,
                Some(guard),
                parent.observed.clone(),
            ));
            self.configure(&namespace, parent.number);
            let keep_alive = self.keep_empty.then(|| namespace.clone());
            let child = Child { number, parent: index, namespace: Arc::downgrade(&namespace), _keep_alive: keep_alive };
            children.by_path.insert(path.clone(), child);
            namespace
        };
        // Called without the lock, because an adapter may hold namespaces and drop them.
        self.create_adapter(&namespace);
        if let Some(hook) = &self.on_new {
            // A panic in the hook must not affect the client. Its message has already been printed.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(path)));
        }
        Some(namespace)
    }

    /// Prepares the namespaces with fixed paths, before they are used.
    pub(crate) fn prepare(&self) {
        for Fixed { endpoint, number } in self.fixed.values() {
            self.configure(&endpoint.namespace, *number);
            self.create_adapter(&endpoint.namespace);
        }
    }

    /// Passes the server's settings to a namespace.
    fn configure(&self, namespace: &NamespaceState, number: usize) {
        namespace.set_parser(self.parser);
        if let Some(store) = &self.recovery
            && self.undeclared != Some(number)
        {
            namespace.enable_recovery(store, number);
        }
        #[cfg(feature = "testing")]
        if let Some(recorder) = &self.recorder {
            namespace.set_recorder(recorder);
        }
    }

    /// Creates the namespace's adapter, if there is a cluster. The first task that gets the namespace does this.
    fn create_adapter(&self, namespace: &Arc<NamespaceState>) {
        if let Some(cluster) = &self.cluster {
            namespace.create_adapter(&**cluster);
        }
    }

    /// Returns a namespace with a fixed path.
    ///
    /// # Panics
    ///
    /// If the server does not have this namespace, or it has many paths.
    pub(crate) fn namespace<N: Namespace>(&self) -> &Arc<NamespaceState> {
        match self.declared::<N>() {
            Declared::Fixed(namespace) => namespace,
            Declared::Parent(_) => panic!(
                "namespace `{}` has many paths: `namespace_at` is one of them, `children` are those that exist",
                type_name::<N>()
            ),
        }
    }

    /// Returns the namespace of one path. Creates it if the path alone determines that it may exist.
    pub(crate) fn namespace_at<N: Namespace>(self: &Arc<Self>, path: &str) -> Option<Arc<NamespaceState>> {
        match self.declared::<N>() {
            Declared::Fixed(namespace) => (namespace.path() == path).then(|| namespace.clone()),
            Declared::Parent(_) if self.fixed.contains_key(path) => None,
            &Declared::Parent(index) => match &self.parents[index].pattern {
                Pattern::Function(_) => {
                    self.existing_children(index).into_iter().find(|namespace| namespace.path() == path)
                }
                Pattern::Template(_) => self.child(index, &path.into()),
                #[cfg(feature = "regex")]
                Pattern::Regex(_) => self.child(index, &path.into()),
            },
        }
    }

    /// Returns the existing children of a namespace with many paths.
    pub(crate) fn children<N: Namespace>(&self) -> Vec<Arc<NamespaceState>> {
        match self.declared::<N>() {
            Declared::Fixed(namespace) => vec![namespace.clone()],
            &Declared::Parent(index) => self.existing_children(index),
        }
    }

    fn existing_children(&self, parent: usize) -> Vec<Arc<NamespaceState>> {
        let found: Vec<_> = {
            let children = lock(&self.children);
            let own = children.by_path.values().filter(|child| child.parent == parent);
            own.filter_map(|child| child.namespace.upgrade()).collect()
        };
        found.iter().for_each(|namespace| self.create_adapter(namespace));
        found
    }

    fn declared<N: Namespace>(&self) -> &Declared {
        let declared = self.types.get(&TypeId::of::<N>());
        declared.unwrap_or_else(|| panic!("namespace `{}` was not given to the server", type_name::<N>()))
    }
}

fn parse_params<N: Namespace>(values: &[&str]) -> Option<Arc<dyn Any + Send + Sync>> {
    Some(Arc::new(N::Params::read(values)?))
}

#[cfg(test)]
mod tests;
