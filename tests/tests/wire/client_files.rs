//! The browser client as served by the server: headers, content codings, conditional requests, and no other files.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use flate2::read::{GzDecoder, ZlibDecoder};
use switchboard::prelude::*;
use switchboard::{ClientFiles, Cors};
use switchboard_tests::{Connection, Polling, Request, Response, TestServer};

const SCRIPT: &[u8] =
    b"/* a script of the client, long enough to be worth its compression: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx */";
const MAP: &[u8] = br#"{"version":3}"#;

fn files() -> ClientFiles {
    ClientFiles::new().file("socket.io.js", SCRIPT).file("socket.io.js.map", MAP)
}

async fn ask(server: &TestServer, request: &Request) -> Response {
    Connection::open(server).await.request(request).await
}

async fn get(server: &TestServer, target: &str) -> Response {
    ask(server, &Request::get(target)).await
}

#[tokio::test]
async fn a_script_and_its_map() {
    let server = TestServer::start(Server::new().client_files(files())).await;
    let script = get(&server, "/socket.io/socket.io.js").await;
    assert_eq!((script.status, script.body.as_slice()), (200, SCRIPT));
    assert_eq!(script.header("content-type"), Some("application/javascript; charset=utf-8"));
    assert_eq!(script.header("cache-control"), Some("public, max-age=0"));
    assert_eq!(script.header("vary"), Some("accept-encoding"));
    assert_eq!(script.header("content-encoding"), None);
    let map = get(&server, "/socket.io/socket.io.js.map").await;
    assert_eq!((map.status, map.body.as_slice()), (200, MAP));
    assert_eq!(map.header("content-type"), Some("application/json; charset=utf-8"));
    assert_ne!(map.header("etag"), script.header("etag"));
    // The query is not part of the file name, and sessions still work on the same path.
    assert_eq!(get(&server, "/socket.io/socket.io.js?v=1").await.body, SCRIPT);
    Polling::joined(&server).await;
}

#[tokio::test]
async fn who_has_it_gets_it_not_again() {
    let server = TestServer::start(Server::new().client_files(files())).await;
    let tag = get(&server, "/socket.io/socket.io.js").await.header("etag").expect("a tag").to_owned();
    let strong = tag.strip_prefix("W/").expect("a weak tag");
    for known in [&tag, strong, "*", &format!("\"other\", {tag}")] {
        let request = Request::get("/socket.io/socket.io.js").header("If-None-Match", known);
        let answer = ask(&server, &request).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
        assert_eq!(answer.header("content-type"), None);
    }
    let request = Request::get("/socket.io/socket.io.js").header("If-None-Match", "\"other\"");
    assert_eq!(ask(&server, &request).await.status, 200);
}

#[tokio::test]
async fn compressed_as_the_client_likes_it() {
    let files = files().file("socket.io.js.br", b"as brotli").file("socket.io.js.map.gz", b"as gzip");
    let server = TestServer::start(Server::new().client_files(files)).await;
    let coded = async |name: &str, accept: &str| {
        let request = Request::get(format!("/socket.io/{name}")).header("Accept-Encoding", accept);
        let answer = ask(&server, &request).await;
        (answer.header("content-encoding").map(str::to_owned), answer.body)
    };
    // Precompressed files are used as they are; other files are compressed on the first request and cached.
    for accept in ["br", "gzip, deflate, br"] {
        assert_eq!(coded("socket.io.js", accept).await, (Some("br".to_owned()), b"as brotli".to_vec()), "{accept}");
    }
    assert_eq!(coded("socket.io.js.map", "gzip, br").await, (Some("gzip".to_owned()), b"as gzip".to_vec()));
    for _ in 0..2 {
        let (coding, body) = coded("socket.io.js", "gzip, br;q=0").await;
        let mut text = Vec::new();
        GzDecoder::new(body.as_slice()).read_to_end(&mut text).expect("a gzip stream");
        assert_eq!((coding.as_deref(), text.as_slice()), (Some("gzip"), SCRIPT));
        let (coding, body) = coded("socket.io.js", "deflate").await;
        let mut text = Vec::new();
        ZlibDecoder::new(body.as_slice()).read_to_end(&mut text).expect("a zlib stream");
        assert_eq!((coding.as_deref(), text.as_slice()), (Some("deflate"), SCRIPT));
    }
    for accept in ["identity", "", "zstd"] {
        assert_eq!(coded("socket.io.js", accept).await, (None, SCRIPT.to_vec()), "{accept}");
    }
}

#[tokio::test]
async fn other_methods() {
    let server = TestServer::start(Server::new().client_files(files())).await;
    let mut connection = Connection::open(&server).await;
    let head = connection.request(&Request::new("HEAD", "/socket.io/socket.io.js")).await;
    assert_eq!((head.status, head.header("content-length")), (200, Some(SCRIPT.len().to_string().as_str())));
    assert_eq!(head.header("content-type"), Some("application/javascript; charset=utf-8"));
    // The response to HEAD had no body, so the connection continues with the next response.
    assert_eq!(connection.request(&Request::get("/socket.io/socket.io.js")).await.body, SCRIPT);
    for method in ["PUT", "DELETE", "OPTIONS"] {
        let answer = ask(&server, &Request::new(method, "/socket.io/socket.io.js")).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
}

#[tokio::test]
async fn cors_is_that_of_the_server() {
    let cors = Cors::new().origins(["https://app.example"]);
    let server = TestServer::start(Server::new().cors(cors).client_files(files())).await;
    let request = Request::get("/socket.io/socket.io.js").header("Origin", "https://app.example");
    let answer = ask(&server, &request).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("https://app.example")));
    let preflight = Request::new("OPTIONS", "/socket.io/socket.io.js").header("Origin", "https://app.example");
    assert_eq!(ask(&server, &preflight).await.status, 204);
}

/// A folder that contains the client and a file that must not be served. Removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("switchboard-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("socket.io.folder.js")).expect("a folder");
        for (file, content) in [("socket.io.min.js", "min"), ("socket.io.min.js.br", "br"), ("secret.txt", "secret")] {
            fs::write(path.join(file), content).expect("a file");
        }
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

#[tokio::test]
async fn a_folder_and_nothing_but_the_client_in_it() {
    let folder = Folder::new("client-files");
    let files = ClientFiles::dir(&folder.0).expect("a folder with a client");
    let server = TestServer::start(Server::new().path("/live").client_files(files)).await;
    assert_eq!(get(&server, "/live/socket.io.min.js").await.answer(), (200, "min"));
    let request = Request::get("/live/socket.io.min.js").header("Accept-Encoding", "br");
    assert_eq!(ask(&server, &request).await.answer(), (200, "br"));
    for target in [
        "/socket.io/socket.io.min.js",
        "/live/socket.io.js",
        "/live/secret.txt",
        "/live/socket.io.min.js.br",
        "/live/socket.io.folder.js",
        "/live/../secret.txt",
        "/live/%2e%2e/secret.txt",
        "/live/./socket.io.min.js",
        "/live//socket.io.min.js",
        "/live/socket.io.min.js/",
        "/live/..%2f..%2fetc%2fpasswd",
        "/live/",
        "/livesocket.io.min.js",
    ] {
        let status = get(&server, target).await.status;
        assert!(matches!(status, 400 | 404), "{target}: {status}");
    }
}

#[test]
fn a_folder_without_a_client_is_an_error() {
    let error = ClientFiles::dir("/nowhere/to/be/found").expect_err("no folder");
    assert!(error.to_string().starts_with("cannot read the browser's client from /nowhere/to/be/found: "), "{error}");
    assert!(ClientFiles::dir(std::env::current_dir().expect("a folder")).is_err());
}
