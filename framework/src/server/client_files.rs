//! Serves the scripts of the browser client below the server's path.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;
use std::{fmt, fs, io};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use sha1::{Digest, Sha1};

use crate::engine::Body;
use crate::engine::compression::{accepted, compress};
use crate::error::Error;

/// The scripts of `socket.io-client`, served below the server's path, for example as `/socket.io/socket.io.js`.
///
/// They are not part of this crate, but come from a folder or from the program itself. Files are read once, when this
/// value is created; no other file can be requested. A file whose name additionally ends with `.br` or `.gz` is the
/// compressed form of the file without that ending. Without such a form, the server compresses the file itself with
/// gzip or deflate on the first request for it.
///
/// Responses to `GET` and `HEAD` have an `ETag` and `Cache-Control: public, max-age=0`. If the client already has the
/// file, the response is 304.
///
/// ```no_run
/// use switchboard::{ClientFiles, Server};
///
/// # fn main() -> switchboard::Result {
/// let files = ClientFiles::dir("web/node_modules/socket.io-client/dist")?;
/// let server = Server::new().client_files(files);
/// # drop(server);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct ClientFiles {
    files: HashMap<String, File>,
}

struct File {
    content: Bytes,
    /// A weak tag, because it identifies the content regardless of its coding.
    etag: HeaderValue,
    brotli: Option<Bytes>,
    gzip: OnceLock<Bytes>,
    deflate: OnceLock<Bytes>,
}

impl ClientFiles {
    /// Creates an empty set. [`file`](Self::file) adds files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the files of a folder, usually `dist` of the npm package `socket.io-client`. Only scripts whose names
    /// start with `socket.io` and their source maps are served.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read or contains no such script.
    pub fn dir(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        read(folder).map_err(|error| Error::client_files(folder.display().to_string(), error))
    }

    /// Adds a file that is part of the program.
    ///
    /// ```no_run
    /// # use switchboard::ClientFiles;
    /// # macro_rules! include_bytes { ($path:literal) => { b"" } }
    /// let files = ClientFiles::new()
    ///     .file("socket.io.min.js", include_bytes!("../assets/socket.io.min.js"))
    ///     .file("socket.io.min.js.map", include_bytes!("../assets/socket.io.min.js.map"));
    /// ```
    ///
    /// # Panics
    ///
    /// If the name is not that of a client script (`socket.io….js`), of its source map, or of a compressed form of
    /// either.
    #[must_use]
    pub fn file(mut self, name: &str, content: &'static [u8]) -> Self {
        assert!(is_served(plain(name).0), "{name:?} is no file of the client");
        self.add(name, Bytes::from_static(content));
        self
    }

    fn add(&mut self, name: &str, content: Bytes) {
        let (name, coding) = plain(name);
        let file = self.files.entry(name.to_owned()).or_insert_with(File::empty);
        match coding {
            Some("br") => file.brotli = Some(content),
            Some(_) => file.gzip = content.into(),
            None => {
                file.etag = etag(&content);
                file.content = content;
            }
        }
    }

    /// Returns `true` if a file with this name exists.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.get(name).is_some_and(File::is_there)
    }

    /// The response to a request for the file with this name, or `None` if it does not exist. For `HEAD`, the caller
    /// leaves out the body.
    pub(super) async fn answer(&self, name: &str, method: &Method, request: &HeaderMap) -> Option<Response<Body>> {
        let file = self.files.get(name).filter(|file| file.is_there())?;
        let mut response = Response::new(Body::default());
        if method != Method::GET && method != Method::HEAD {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Some(response);
        }
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=0"));
        headers.insert(ETAG, file.etag.clone());
        headers.insert(VARY, ACCEPT_ENCODING.into());
        if file.is_known_to(request) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Some(response);
        }
        let is_map = name.ends_with(".map");
        let kind = if is_map { "application/json; charset=utf-8" } else { "application/javascript; charset=utf-8" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        let (body, coding) = file.encoded_for(request).await;
        if let Some(coding) = coding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        *response.body_mut() = body.into();
        Some(response)
    }
}

impl File {
    fn empty() -> Self {
        Self { content: Bytes::new(), etag: etag(&[]), brotli: None, gzip: OnceLock::new(), deflate: OnceLock::new() }
    }

    /// Returns `false` if only a compressed form was found.
    fn is_there(&self) -> bool {
        !self.content.is_empty()
    }

    /// Returns `true` if the client already has this content (RFC 9110, section 13.1.2).
    fn is_known_to(&self, request: &HeaderMap) -> bool {
        let mut tags = request.get_all(IF_NONE_MATCH).iter().flat_map(|value| value.as_bytes().split(|&b| b == b','));
        tags.any(|tag| {
            let tag = tag.trim_ascii();
            tag == b"*" || strong(tag) == strong(self.etag.as_bytes())
        })
    }

    /// The content in the best coding that the client accepts, with the coding.
    async fn encoded_for(&self, request: &HeaderMap) -> (Bytes, Option<&'static str>) {
        let offered: &[_] = if self.brotli.is_some() { &["br", "gzip", "deflate"] } else { &["gzip", "deflate"] };
        let coding = accepted(request, offered);
        let encoded = match coding {
            Some("br") => self.brotli.clone(),
            Some(coding @ "gzip") => self.made(&self.gzip, coding).await,
            Some(coding) => self.made(&self.deflate, coding).await,
            None => None,
        };
        match encoded {
            Some(encoded) => (encoded, coding),
            None => (self.content.clone(), None),
        }
    }

    /// The compressed content. It is created once.
    async fn made(&self, made: &OnceLock<Bytes>, coding: &'static str) -> Option<Bytes> {
        if let Some(made) = made.get() {
            return Some(made.clone());
        }
        let compressed = compress(coding, &self.content).await?;
        Some(made.get_or_init(|| compressed.into()).clone())
    }
}

impl fmt::Debug for ClientFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.files.keys()).finish()
    }
}

fn read(folder: &Path) -> io::Result<ClientFiles> {
    let mut files = ClientFiles::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && is_served(plain(&name).0)
            && entry.path().is_file()
        {
            files.add(&name, fs::read(entry.path())?.into());
        }
    }
    if files.files.values().any(File::is_there) {
        Ok(files)
    } else {
        Err(io::Error::new(io::ErrorKind::NotFound, "there is no socket.io….js"))
    }
}

/// The name without the ending of a compressed form, and the coding.
fn plain(name: &str) -> (&str, Option<&'static str>) {
    match (name.strip_suffix(".br"), name.strip_suffix(".gz")) {
        (Some(name), _) => (name, Some("br")),
        (_, Some(name)) => (name, Some("gzip")),
        _ => (name, None),
    }
}

fn is_served(name: &str) -> bool {
    let script = name.strip_suffix(".map").unwrap_or(name);
    name.starts_with("socket.io") && script.ends_with(".js") && !name.contains(['/', '\\'])
}

fn etag(content: &[u8]) -> HeaderValue {
    let mut tag = String::from("W/\"");
    for byte in &Sha1::digest(content)[..10] {
        tag.push_str(&format!("{byte:02x}"));
    }
    tag.push('"');
    HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// The tag without the prefix of weak tags.
fn strong(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_of_the_client_and_their_maps_are_served() {
        for name in ["socket.io.js", "socket.io.min.js", "socket.io.msgpack.min.js", "socket.io.esm.min.js.map"] {
            assert!(is_served(name), "{name}");
        }
        for name in ["index.html", "socket.io", "../socket.io.js", "socket.io/../x.js", "package.json", ".env", ""] {
            assert!(!is_served(name), "{name}");
        }
    }

    #[test]
    fn a_compressed_form_alone_is_no_file() {
        let files = ClientFiles::new().file("socket.io.js.br", b"compressed");
        assert!(!files.has("socket.io.js") && !files.has("socket.io.js.br"));
        assert!(files.file("socket.io.js", b"script").has("socket.io.js"));
    }

    #[test]
    #[should_panic(expected = "no file of the client")]
    fn what_is_no_script_is_not_taken() {
        let _ = ClientFiles::new().file("secrets.txt", b"");
    }
}
