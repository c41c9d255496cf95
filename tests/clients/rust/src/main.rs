//! rust_socketio. Runs the checks of README.md that it supports over one transport, and prints the passed ones.

use std::env;
use std::error::Error;
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rust_socketio::client::Client;
use rust_socketio::{ClientBuilder, Event, Payload, TransportType};
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn Error>>;

const PATIENCE: Duration = Duration::from_secs(20);

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("the variable {name} is missing"))
}

/// Returns bytes without 0x1E, because the client splits binary WebSocket messages there, like polling payloads.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + 7) as u8).map(|byte| if byte == 0x1E { 0 } else { byte }).collect()
}

/// A client and its received events. rust_socketio supports one namespace per connection.
struct Connection {
    client: Client,
    events: Receiver<(Event, Payload)>,
}

impl Connection {
    fn open(namespace: &str, auth: Value) -> Result<Self, Box<dyn Error>> {
        let transport = match variable("TRANSPORT").as_str() {
            "polling" => TransportType::Polling,
            "websocket" => TransportType::Websocket,
            "upgrade" => TransportType::WebsocketUpgrade,
            other => panic!("unknown transport {other:?}"),
        };
        let (sender, events) = channel();
        let mut builder = ClientBuilder::new(variable("SERVER_URL"))
            .namespace(namespace)
            .transport_type(transport)
            .auth(auth)
            .reconnect_on_disconnect(true)
            .reconnect_delay(10, 50);
        for event in [Event::Connect, Event::Close, Event::Error] {
            let (sender, name) = (sender.clone(), event.clone());
            builder = builder.on(event, move |payload, _| drop(sender.send((name.clone(), payload))));
        }
        let client = builder.on_any(move |event, payload, _| drop(sender.send((event, payload)))).connect()?;
        Ok(Self { client, events })
    }

    fn joined(namespace: &str, auth: Value) -> Result<Self, Box<dyn Error>> {
        let connection = Self::open(namespace, auth)?;
        connection.take(&Event::Connect)?;
        Ok(connection)
    }

    /// Waits for the next event with this name. Skips other events.
    fn take(&self, wanted: &Event) -> Result<Payload, Box<dyn Error>> {
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok((event, payload)) if event == *wanted => return Ok(payload),
                Ok(_) => {}
                Err(_) => return Err(format!("waited in vain for {wanted:?}").into()),
            }
        }
    }

    fn take_values(&self, event: &str) -> Result<Vec<Value>, Box<dyn Error>> {
        match self.take(&Event::from(event))? {
            Payload::Text(values) => Ok(values),
            other => Err(format!("{event}: {other:?}").into()),
        }
    }

    /// Returns the values of an acknowledgement, which the client passes as one array.
    fn ask(&self, event: &str, arguments: Vec<Value>) -> Result<Value, Box<dyn Error>> {
        let (sender, answer) = channel();
        self.client.emit_with_ack(event, arguments, PATIENCE, move |payload, _| drop(sender.send(payload)))?;
        match answer.recv_timeout(PATIENCE)? {
            Payload::Text(values) => Ok(values.into_iter().next().unwrap_or_default()),
            other => Err(format!("{event}: {other:?}").into()),
        }
    }
}

fn expect<T: PartialEq + std::fmt::Debug>(seen: T, expected: T) -> Outcome {
    if seen == expected { Ok(()) } else { Err(format!("expected {expected:?}, got {seen:?}").into()) }
}

fn order(main: &Connection) -> Outcome {
    for n in 0..200 {
        main.client.emit("tick", json!(n))?;
    }
    (0..200).try_for_each(|n| expect(main.take_values("tock")?, vec![json!(n), Value::Null]))
}

fn ack(main: &Connection) -> Outcome {
    for value in [json!(1), json!("naïve 🦀 \u{2028}"), Value::Null, json!([true, { "deep": [{}] }])] {
        expect(main.ask("echo", vec![value.clone()])?, json!([value]))?;
    }
    let values = vec![json!(1), json!("b"), json!([null])];
    expect(main.ask("echoAll", values.clone())?, Value::Array(values))
}

fn arguments(main: &Connection) -> Outcome {
    let values = vec![json!(1), json!([2]), json!({ "three": null })];
    main.client.emit("relay", values.clone())?;
    expect(main.take_values("relayed")?, values)
}

fn binary_event(main: &Connection) -> Outcome {
    main.client.emit("message", content(300))?;
    expect(main.take(&Event::Message)?, Payload::from(content(300)))
}

fn namespaces(main: &Connection) -> Outcome {
    let foo = Connection::joined("/foo", json!({}))?;
    expect(foo.ask("echo", vec![json!("in foo")])?, json!(["in foo"]))?;
    foo.client.disconnect()?;
    expect(main.ask("echo", vec![json!("still here")])?, json!(["still here"]))
}

fn auth(_: &Connection) -> Outcome {
    let member = Connection::joined("/members", json!({ "name": "Ann", "token": "secret" }))?;
    expect(member.ask("whoami", vec![])?, json!(["Ann"]))?;
    Ok(member.client.disconnect()?)
}

fn refused(_: &Connection) -> Outcome {
    let Payload::Text(values) = Connection::open("/no", json!({}))?.take(&Event::Error)? else {
        return Err("the error is text".into());
    };
    let [Value::String(message)] = values.as_slice() else { return Err(format!("{values:?}").into()) };
    expect(message.contains("Auth failed (custom namespace)"), true)
}

fn rooms(main: &Connection) -> Outcome {
    let other = Connection::joined("/", json!({}))?;
    main.ask("join", vec![json!(["room"])])?;
    other.client.emit("say", json!({ "to": ["room"], "except": [], "me": false, "what": "hello" }))?;
    expect(main.take_values("news")?, vec![json!("hello")])?;
    Ok(other.client.disconnect()?)
}

fn large(main: &Connection) -> Outcome {
    let text = "0123456789 ✓ ".repeat(20_000);
    expect(main.ask("echo", vec![json!(text)])?, json!([text]))?;
    main.client.emit("message", content(500_000))?;
    expect(main.take(&Event::Message)?, Payload::from(content(500_000)))
}

fn reconnect(main: &Connection) -> Outcome {
    let before = main.ask("getId", vec![])?;
    let cut = TcpStream::connect(("127.0.0.1", variable("CUT_PORT").parse()?))?;
    main.take(&Event::Error)?;
    drop(cut);
    main.take(&Event::Connect)?;
    let after = main.ask("getId", vec![])?;
    expect(before == after, false)?;
    expect(main.ask("echo", vec![json!(3)])?, json!([3]))
}

fn kicked(main: &Connection) -> Outcome {
    main.client.emit("kick", json!(20))?;
    (0..20).try_for_each(|n| expect(main.take_values("tock")?, vec![json!(n), Value::Null]))?;
    main.take(&Event::Close).map(drop)
}

const CHECKS: [(&str, fn(&Connection) -> Outcome); 11] = [
    ("order", order),
    ("ack", ack),
    ("arguments", arguments),
    ("binary_event", binary_event),
    ("namespaces", namespaces),
    ("auth", auth),
    ("refused", refused),
    ("rooms", rooms),
    ("large", large),
    ("reconnect", reconnect),
    ("kicked", kicked),
];

fn main() -> Outcome {
    let main = Connection::joined("/", json!({}))?;
    println!("ok connect");
    for (name, check) in CHECKS {
        check(&main).map_err(|error| format!("{name}: {error}"))?;
        println!("ok {name}");
    }
    Ok(())
}
