//! Transcripts of clients in other languages, written by hand and replayed byte for byte. README.md describes the
//! format.

mod replay;
mod script;

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use switchboard::Cors;
use switchboard::prelude::*;
use switchboard_tests::TestServer;

use self::replay::replay;

#[derive(Serialize, Event)]
#[event("message")]
struct Message(String);

#[derive(Serialize, Event)]
#[event("file")]
struct File(Bytes);

#[event("question", ack = String)]
struct Question(String);

struct Main;

#[namespace("/", emits(Message, File, Question))]
impl Main {
    #[on("message")]
    async fn message(&self, socket: &Socket<Self>, text: String) {
        drop(socket.emit(Message(text)));
    }

    #[on("file")]
    async fn file(&self, socket: &Socket<Self>, data: Bytes) {
        drop(socket.emit(File(data)));
    }

    #[on("echo")]
    async fn echo(&self, value: Value) -> Value {
        value
    }

    #[on("reverse")]
    async fn reverse(&self, data: Bytes) -> Bytes {
        data.iter().rev().copied().collect()
    }

    #[on("ask me")]
    async fn ask_me(&self, socket: &Socket<Self>) -> Result<String, String> {
        let answer = socket.emit_with_ack(Question("why?".to_owned())).await;
        answer.map_err(|error| error.to_string())
    }
}

struct Chat;

#[payload]
struct Credentials {
    token: String,
}

#[namespace("/chat")]
impl Chat {
    #[on("echo")]
    async fn echo(&self, value: Value) -> Value {
        value
    }
}

struct Members;

#[namespace("/members")]
impl Members {
    #[on_connect]
    async fn connect(&self, Auth(credentials): Auth<Credentials>) -> Result<(), ConnectError> {
        if credentials.token == "secret" { Ok(()) } else { Err(ConnectError::new("wrong token")) }
    }
}

/// Plays a transcript against a server with default options, and against one that serves pages of another host.
///
/// The test's clock is paused, so the server pings as soon as the client waits for the ping.
async fn play(name: &str, text: &str) {
    // Arduino clients send `file://`.
    let cors = Cors::new().origins(["https://app.example.org", "file://"]).credentials(true);
    for options in [Server::new(), Server::new().cors(cors)] {
        let options = options.allow_eio3(true).ping_interval(Duration::from_secs(10));
        let server = TestServer::in_memory(options.namespace(Main).namespace(Chat).namespace(Members));
        replay(&server, name, text).await;
    }
}

macro_rules! transcripts {
    ($($name:ident)*) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $name() {
                play(stringify!($name), include_str!(concat!(stringify!($name), ".txt"))).await;
            }
        )*

        #[test]
        fn every_file_is_played() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/transcripts");
            let entries = std::fs::read_dir(folder).expect("the transcripts").flatten();
            let names = entries.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".txt").map(str::to_owned));
            let mut files: Vec<String> = names.collect();
            files.sort();
            assert_eq!(files, [$(stringify!($name)),*]);
        }
    };
}

transcripts! {
    arduino_eio3
    arduino_eio4
    cpp_websocket
    csharp_eio3_polling
    csharp_eio3_upgrade
    csharp_polling
    csharp_upgrade
    csharp_websocket
    dart_websocket
    java_polling
    java_upgrade
    java_websocket
    php_eio3_polling
    php_polling
    php_upgrade
    php_websocket
    swift_eio3_upgrade
    swift_polling
    swift_upgrade
    swift_websocket
}
