//! The open packet: the first packet that a client receives (Engine.IO protocol, "Handshake").

use super::options::{Options, Transport};

/// The open packet except for the session id. It depends only on the options, so it is built once.
pub(super) struct OpenPacket {
    polling: String,
    websocket: String,
}

impl OpenPacket {
    pub(super) fn new(options: &Options) -> Self {
        let upgrades = options.allow_upgrades && options.transports.contains(&Transport::WebSocket);
        // The keys are in the order of the reference implementation.
        let rest = |upgrades| {
            format!(
                ",\"upgrades\":[{upgrades}],\"pingInterval\":{},\"pingTimeout\":{},\"maxPayload\":{}}}",
                options.ping_interval.as_millis(),
                options.ping_timeout.as_millis(),
                options.max_payload,
            )
        };
        Self { polling: rest(if upgrades { "\"websocket\"" } else { "" }), websocket: rest("") }
    }

    /// The open packet of a session with this id that starts on this transport.
    pub(super) fn of(&self, sid: &str, transport: Transport) -> Vec<u8> {
        let rest = match transport {
            Transport::Polling => &self.polling,
            Transport::WebSocket => &self.websocket,
        };
        let head = b"0{\"sid\":";
        let mut packet = Vec::with_capacity(head.len() + sid.len() + 2 + rest.len());
        packet.extend_from_slice(head);
        // Serializing a string to a vector cannot fail.
        let _ = serde_json::to_writer(&mut packet, sid);
        packet.extend_from_slice(rest.as_bytes());
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packet_is_as_the_reference_writes_it() {
        let open = OpenPacket::new(&Options::default());
        let polling =
            r#"0{"sid":"a\"b","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
        assert_eq!(open.of("a\"b", Transport::Polling), polling.as_bytes());
        let websocket = polling.replace("\"websocket\"", "");
        assert_eq!(open.of("a\"b", Transport::WebSocket), websocket.as_bytes());
        let alone = OpenPacket::new(&Options { allow_upgrades: false, ..Options::default() });
        assert_eq!(alone.of("a\"b", Transport::Polling), websocket.as_bytes());
    }
}
