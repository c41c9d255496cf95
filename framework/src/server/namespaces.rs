//! The namespaces of a server, and access to them from outside their handlers.

use std::future::Future;

use super::builder::Server;
use super::handle::Handle;
use crate::contract::Namespace;
use crate::namespace::{Children, ConnectRequest, NamespaceHandle, Pattern};
#[cfg(feature = "schema")]
use crate::schema::{Contract, Declaration};

/// # Namespaces
///
/// A namespace with a fixed path exists from the start. A pattern has one child namespace per path to which clients are
/// connected: it is created when the first client connects, and dropped when the last one leaves. A client gets the
/// namespace with exactly its path, or else a child of the first matching pattern, in the order in which the patterns
/// were added. If nothing matches, it is refused with `Invalid namespace`.
impl Server {
    /// Adds a namespace at the path or path pattern that it declares.
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
    /// If another namespace has the same path, if the type was already added, or if the path is malformed.
    pub fn namespace<N: Namespace>(mut self, namespace: N) -> Self {
        self.registry.add(namespace);
        #[cfg(feature = "schema")]
        self.declared.push(Declaration::of::<N>());
        self
    }

    /// Adds a dynamic namespace for each path that contains a match of a regular expression. Write `^` and `$` to match
    /// whole paths. The groups are the parameters.
    ///
    /// The syntax is that of the crate `regex-lite`: like JavaScript's, but without look-around and backreferences, so
    /// that matching takes linear time.
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
    /// If the regular expression is invalid, if it does not have one group per parameter of the namespace, if the
    /// namespace declares a path, or if the type was already added.
    #[cfg(feature = "regex")]
    #[cfg_attr(docsrs, doc(cfg(feature = "regex")))]
    pub fn namespace_matching<N: Namespace>(mut self, regex: &str, namespace: N) -> Self {
        let regex = regex_lite::Regex::new(regex).unwrap_or_else(|error| panic!("{regex:?}: {error}"));
        #[cfg(feature = "schema")]
        self.declared.push(Declaration::matching::<N>(regex.as_str()));
        self.registry.add_dynamic(Pattern::Regex(regex), namespace);
        self
    }

    /// Adds a dynamic namespace for each path that a function allows. The function is called for every client, even if
    /// the child already exists.
    ///
    /// If it returns `false`, the client may still match a later pattern. To refuse it with a message, use a guard.
    /// While the function runs, the client waits for the reply; if the client disconnects, the future is dropped.
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
    /// If the namespace declares a path or parameters, or if the type was already added.
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

    /// Returns the contract of the namespaces added so far, for generating TypeScript and documents, and for checks.
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

    /// Sets whether the child of a pattern is dropped when its last socket has left and no handle to it exists.
    /// Default: `true`.
    ///
    /// Otherwise, children exist as long as the server does. Any client that may connect to the pattern can then fill
    /// the server's memory, one path at a time.
    pub fn cleanup_empty_children(mut self, cleanup: bool) -> Self {
        self.registry.keep_empty = !cleanup;
        self
    }

    /// Sets a hook that is called with the path of each child that a pattern creates, including a child that was
    /// dropped before.
    pub fn on_new_namespace(mut self, hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.registry.on_new = Some(Box::new(hook));
        self
    }
}

/// # Namespaces
impl Handle {
    /// Returns a namespace, to emit to it from outside its handlers.
    ///
    /// # Panics
    ///
    /// If the server has no such namespace, or if it is a pattern: see [`namespace_at`](Self::namespace_at) and
    /// [`children`](Self::children).
    pub fn namespace<N: Namespace>(&self) -> NamespaceHandle<N> {
        NamespaceHandle::new(self.registry().namespace::<N>().clone())
    }

    /// Returns the namespace at one path of a pattern. It exists at least as long as the handle, even if no client has
    /// connected to it yet. If a function allows the paths, only existing children are found.
    ///
    /// Returns `None` if the path does not match the pattern or belongs to another namespace.
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
    /// If the namespace was not added to the server.
    pub fn namespace_at<N: Namespace>(&self, path: &str) -> Option<NamespaceHandle<N>> {
        self.registry().namespace_at::<N>(path).map(NamespaceHandle::new)
    }

    /// Returns the current children of a pattern.
    ///
    /// # Panics
    ///
    /// If the namespace was not added to the server.
    pub fn children<N: Namespace>(&self) -> Children<N> {
        Children::new(self.registry().children::<N>())
    }
}
