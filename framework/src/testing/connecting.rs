//! The options of a client before it connects.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::panic::Location;
use std::sync::Arc;

use form_urlencoded::Serializer;
use serde::Serialize;
use tokio::io::duplex;
use tokio::time::timeout;

use super::client::Client;
use super::connection::Connection;
use super::error::ConnectRefused;
use super::server::TestServer;
use super::websocket;
use crate::contract::Namespace;
use crate::protocol::encode::prefix;

/// Bytes that the in-memory connection buffers in each direction.
const BUFFER: usize = 64 * 1024;

/// A client that is not connected yet, with the data that it will send on connecting.
#[must_use = "nothing happens before `connect`"]
#[derive(Debug)]
pub struct Connecting<'s, N> {
    server: &'s TestServer,
    path: String,
    name: String,
    auth: String,
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    address: Option<SocketAddr>,
    connection: Option<Arc<Connection>>,
    marker: PhantomData<fn() -> N>,
}

impl<'s, N: Namespace> Connecting<'s, N> {
    pub(super) fn new(server: &'s TestServer, path: &str, name: &str) -> Self {
        Self {
            server,
            path: path.to_owned(),
            name: name.to_owned(),
            auth: String::new(),
            headers: Vec::new(),
            query: Vec::new(),
            address: None,
            connection: None,
            marker: PhantomData,
        }
    }

    /// Sets the `auth` payload, which the server reads with [`Auth`](crate::Auth).
    ///
    /// # Panics
    ///
    /// If it cannot be serialized to JSON.
    #[track_caller]
    pub fn auth<T: Serialize + ?Sized>(mut self, auth: &T) -> Self {
        self.auth = serde_json::to_string(auth).unwrap_or_else(|error| panic!("this is no `auth` object: {error}"));
        self
    }

    /// Adds a header to the HTTP request that opens the connection.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a query parameter to that request.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the client's remote address. Default: none.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Shares the connection of another client, like a client that is connected to several namespaces. No HTTP request
    /// is made, so the headers, the query and the address are those of the other client.
    pub fn beside<M: Namespace>(mut self, other: &Client<M>) -> Self {
        self.connection = Some(other.connection().clone());
        self
    }

    /// Connects, and waits until the server has accepted the client.
    ///
    /// # Errors
    ///
    /// Returns [`ConnectRefused`] if the server rejects the connection, or the namespace rejects the client.
    ///
    /// # Panics
    ///
    /// If the server does not answer, or closes the connection without an answer.
    #[track_caller]
    pub fn connect(self) -> impl Future<Output = Result<Client<N>, ConnectRefused>> + use<'s, N> {
        let location = Location::caller();
        async move {
            match timeout(self.server.timeout(), self.connect_socket()).await {
                Ok(Ok(Some(client))) => Ok(client),
                Ok(Err(refused)) => Err(refused),
                Ok(Ok(None)) => {
                    panic!("{location}: `{}` cannot connect: the server has closed its connection", self.name)
                }
                Err(_) => {
                    panic!("{location}: `{}` wants to connect to `{}`, and is not answered", self.name, self.path)
                }
            }
        }
    }

    /// Returns the client once it is connected; `None` if the connection ends first.
    async fn connect_socket(&self) -> Result<Option<Client<N>>, ConnectRefused> {
        let connection = match &self.connection {
            Some(connection) => connection.clone(),
            None => Arc::new(self.open().await?),
        };
        let inbox = connection.inbox(&self.path);
        connection.send_text(&format!("40{}{}", prefix(&self.path), self.auth));
        let reply = inbox.wait(|inbox| {
            let reply = inbox.connect_reply.take();
            (reply.is_some() || inbox.ended).then_some(reply)
        });
        match reply.await {
            Some(Ok(id)) => {
                self.server.set_name(&id, &self.name);
                Ok(Some(Client::new(self.server, &self.name, &self.path, &id, connection, inbox)))
            }
            Some(Err(refusal)) => Err(ConnectRefused::of_namespace(&refusal)),
            None => Ok(None),
        }
    }

    /// Opens a new connection.
    async fn open(&self) -> Result<Connection, ConnectRefused> {
        let (mut stream, other_end) = duplex(BUFFER);
        let (handle, address) = ((**self.server).clone(), self.address);
        tokio::spawn(async move { handle.serve_connection(other_end, address).await });
        let path = &self.server.engine().options.path;
        let query = Serializer::new("EIO=4&transport=websocket".to_owned()).extend_pairs(&self.query).finish();
        let received = websocket::open(&mut stream, &format!("{path}/?{query}"), &self.headers).await;
        Ok(Connection::new(stream, received.map_err(ConnectRefused::of_connection)?))
    }
}
