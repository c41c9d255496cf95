//! Which namespaces a server has, and how to reach them from outside of their handlers.

use std::future::Future;

use super::builder::Server;
use super::handle::Handle;
use crate::contract::Namespace;
use crate::namespace::{Children, ConnectRequest, NamespaceHandle, Pattern};
#[cfg(feature = "schema")]
use crate::schema::{Contract, Declaration};

/// # Namespaces
///
/// A namespace of one path is there from the start. A pattern has a namespace for each of its paths that clients are
/// connected to, a child: it is made when the first connects, and dropped when the last has left. A client gets the
/// namespace of exactly its path, or else the child of the first pattern that has it, in the order in which they were
/// given to the server; where there is none, it is refused with `Invalid namespace`.
impl Server {
    /// Adds a namespace, at the path or the pattern of paths that it declares.
    ///
    /// ```
    /// use switchboard::prelude::*;
    ///
    /// struct Tenant;
    ///
    /// #[namespace("/tenant-{id}", params(id: u32))]
    /// impl Tenant {
    ///     #[on("which")]
    ///     fn which(&self, socket: &Socket<Self>) -> u32 {
    ///         *socket.params()
    ///     }
    /// }
    ///
    /// let server = Server::new().namespace(Tenant).build();
    /// # drop(server);
    /// ```
    ///
    /// # Panics
    ///
    /// When another namespace has the same path, the same type was given before, or the path is malformed.
    pub fn namespace<N: Namespace>(mut self, namespace: N) -> Self {
        self.registry.add(namespace);
        #[cfg(feature = "schema")]
        self.declared.push(Declaration::of::<N>());
        self
    }

    /// Adds a dynamic namespace, at each path in which a regular expression is found: write `^` and `$` where the whole
    /// path is meant. Its groups are the parameters.
    ///
    /// The syntax is that of the crate `regex-lite`: much as in JavaScript, without look-around and back references, so
    /// that no path takes more than linear time.
    ///
    /// ```
    /// use switchboard::prelude::*;
    ///
    /// struct Archive;
    ///
    /// #[namespace(dynamic, params(year: u16, month: u8))]
    /// impl Archive {
    ///     #[on("when")]
    ///     fn when(&self, Params(month): Params<(u16, u8)>) -> (u16, u8) {
    ///         *month
    ///     }
    /// }
    ///
    /// let server = Server::new().namespace_matching(r"^/(\d{4})/(0[1-9]|1[0-2])$", Archive).build();
    /// # drop(server);
    /// ```
    ///
    /// # Panics
    ///
    /// When this is no regular expression, when it has not as many groups as the namespace has parameters, when the
    /// namespace declares a path of its own, or the same type was given before.
    #[cfg(feature = "regex")]
    #[cfg_attr(docsrs, doc(cfg(feature = "regex")))]
    pub fn namespace_matching<N: Namespace>(mut self, regex: &str, namespace: N) -> Self {
        let regex = regex_lite::Regex::new(regex).unwrap_or_else(|error| panic!("{regex:?}: {error}"));
        #[cfg(feature = "schema")]
        self.declared.push(Declaration::matching::<N>(regex.as_str()));
        self.registry.add_dynamic(Pattern::Regex(regex), namespace);
        self
    }

    /// Adds a dynamic namespace, at each path that a function allows. It is asked for every client, also where the child
    /// exists.
    ///
    /// A client for which it answers `false` may get into the next pattern. To refuse it with a message, use a guard.
    /// While the function runs, the client waits for the reply; when it leaves, the function's future is dropped.
    ///
    /// ```
    /// use switchboard::{ConnectRequest, prelude::*};
    ///
    /// #[payload]
    /// struct Invitation {
    ///     party: String,
    /// }
    ///
    /// struct Party;
    ///
    /// #[namespace(dynamic)]
    /// impl Party {}
    ///
    /// async fn invited(client: ConnectRequest) -> bool {
    ///     client.auth::<Invitation>().is_ok_and(|invitation| client.path().strip_prefix("/party/") == Some(&invitation.party))
    /// }
    ///
    /// let server = Server::new().namespace_where(invited, Party).build();
    /// # drop(server);
    /// ```
    ///
    /// # Panics
    ///
    /// When the namespace declares a path of its own, or parameters, or the same type was given before.
    pub fn namespace_where<N, F, Fut>(mut self, allows: F, namespace: N) -> Self
    where
        N: Namespace,
        F: Fn(ConnectRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = bool> + Send + 'static,
    {
        let ask = Box::new(move |request| -> std::pin::Pin<Box<dyn Future<Output = bool> + Send>> {
            Box::pin(allows(request))
        });
        self.registry.add_dynamic(Pattern::Function(ask), namespace);
        #[cfg(feature = "schema")]
        self.declared.push(Declaration::allowed::<N>());
        self
    }

    /// What the namespaces that were added so far take and send: for TypeScript, documents, and checks.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// # struct Chat;
    /// # #[namespace("/chat")]
    /// # impl Chat {}
    /// let contract = Server::new().namespace(Chat).contract();
    /// println!("{}", contract.typescript());
    /// ```
    #[cfg(feature = "schema")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
    pub fn contract(&self) -> Contract {
        Contract::declared(&self.declared)
    }

    /// Whether the child of a pattern is dropped when its last socket has left, and nobody holds a handle to it (true).
    ///
    /// Otherwise they stay for as long as the server does: whoever may connect to a pattern can then fill the server's
    /// memory, a path at a time.
    pub fn cleanup_empty_children(mut self, cleanup: bool) -> Self {
        self.registry.keep_empty = !cleanup;
        self
    }

    /// Is told the path of each child that a pattern gets, when it is made. One that was dropped and is made again is
    /// told again.
    pub fn on_new_namespace(mut self, hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.registry.on_new = Some(Box::new(hook));
        self
    }
}

/// # Namespaces
impl Handle {
    /// A namespace, to emit to from outside of its handlers.
    ///
    /// # Panics
    ///
    /// When the server has no such namespace, or it is a pattern: see [`namespace_at`](Self::namespace_at) and
    /// [`children`](Self::children).
    pub fn namespace<N: Namespace>(&self) -> NamespaceHandle<N> {
        NamespaceHandle::new(self.registry().hub::<N>().clone())
    }

    /// The namespace of one path of a pattern. It exists from now on, and for as long as the handle does, even if nobody
    /// has connected to it yet; where a function allows the paths, only those that exist are found.
    ///
    /// `None` when the path is not one of the pattern's, or is another namespace's.
    ///
    /// ```
    /// # use switchboard::prelude::*;
    /// # #[event("invoice")]
    /// # struct Invoice { amount: u64 }
    /// # struct Tenant;
    /// # #[namespace("/tenant-{id}", params(id: u32), emits(Invoice))]
    /// # impl Tenant {}
    /// # let server = Server::new().namespace(Tenant).build();
    /// if let Some(tenant) = server.namespace_at::<Tenant>("/tenant-7") {
    ///     tenant.to("accounting").emit(Invoice { amount: 12 })?;
    /// }
    /// assert!(server.namespace_at::<Tenant>("/tenant-seven").is_none());
    /// # Ok::<(), switchboard::EmitError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the server was not given the namespace.
    pub fn namespace_at<N: Namespace>(&self, path: &str) -> Option<NamespaceHandle<N>> {
        self.registry().hub_at::<N>(path).map(NamespaceHandle::new)
    }

    /// The namespaces that a pattern has now.
    ///
    /// # Panics
    ///
    /// When the server was not given the namespace.
    pub fn children<N: Namespace>(&self) -> Children<N> {
        Children::new(self.registry().children::<N>())
    }
}
