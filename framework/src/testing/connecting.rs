//! A client on its way into a namespace.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::panic::Location;
use std::sync::Arc;

use form_urlencoded::Serializer;
use serde::Serialize;
use tokio::io::duplex;
use tokio::time::timeout;

use super::client::Client;
use super::error::ConnectRefused;
use super::line::Line;
use super::server::TestServer;
use super::websocket;
use crate::contract::Namespace;
use crate::protocol::encode::prefix;

/// What a connection holds on its way from one end to the other.
const BUFFER: usize = 64 * 1024;

/// A client that is not connected yet, and what it will say of itself.
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
    line: Option<Arc<Line>>,
    namespace: PhantomData<fn() -> N>,
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
            line: None,
            namespace: PhantomData,
        }
    }

    /// The `auth` object, which [`Auth`](crate::Auth) reads.
    ///
    /// # Panics
    ///
    /// When it cannot be expressed in JSON.
    #[track_caller]
    pub fn auth<T: Serialize + ?Sized>(mut self, auth: &T) -> Self {
        self.auth = serde_json::to_string(auth).unwrap_or_else(|error| panic!("this is no `auth` object: {error}"));
        self
    }

    /// A header of the request that opens the connection.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A parameter of the query string of that request.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where the client comes from; without it, the server does not know.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Connects over the connection of another client: one client in several namespaces. No other request is made, so
    /// that headers, query and address are those of the other.
    pub fn beside<M: Namespace>(mut self, other: &Client<M>) -> Self {
        self.line = Some(other.line().clone());
        self
    }

    /// Connects, and waits until the server has let the client in.
    ///
    /// # Errors
    ///
    /// The server refuses the connection, or the namespace the client.
    ///
    /// # Panics
    ///
    /// When the server does neither.
    #[track_caller]
    pub fn connect(self) -> impl Future<Output = Result<Client<N>, ConnectRefused>> + use<'s, N> {
        let place = Location::caller();
        async move {
            match timeout(self.server.patient(), self.enter()).await {
                Ok(Ok(Some(client))) => Ok(client),
                Ok(Err(refused)) => Err(refused),
                Ok(Ok(None)) => panic!("{place}: `{}` cannot connect: the server has closed its connection", self.name),
                Err(_) => panic!("{place}: `{}` wants to connect to `{}`, and is not answered", self.name, self.path),
            }
        }
    }

    /// The client, once it is let in; none when the connection ends before.
    async fn enter(&self) -> Result<Option<Client<N>>, ConnectRefused> {
        let line = match &self.line {
            Some(line) => line.clone(),
            None => Arc::new(self.open().await?),
        };
        let mailbox = line.mailbox(&self.path);
        line.send_text(&format!("40{}{}", prefix(&self.path), self.auth));
        let opened = mailbox.wait(|mail| {
            let opened = mail.opened.take();
            (opened.is_some() || mail.ended).then_some(opened)
        });
        match opened.await {
            Some(Ok(id)) => {
                self.server.is_named(&id, &self.name);
                Ok(Some(Client::new(self.server, &self.name, &self.path, &id, line, mailbox)))
            }
            Some(Err(refusal)) => Err(ConnectRefused::of_namespace(&refusal)),
            None => Ok(None),
        }
    }

    /// Opens a connection of its own.
    async fn open(&self) -> Result<Line, ConnectRefused> {
        let (mut stream, other_end) = duplex(BUFFER);
        let (handle, address) = ((**self.server).clone(), self.address);
        tokio::spawn(async move { handle.serve_connection(other_end, address).await });
        let path = &self.server.engine().options.path;
        let query = Serializer::new("EIO=4&transport=websocket".to_owned()).extend_pairs(&self.query).finish();
        let received = websocket::open(&mut stream, &format!("{path}/?{query}"), &self.headers).await;
        Ok(Line::new(stream, received.map_err(ConnectRefused::of_connection)?))
    }
}
