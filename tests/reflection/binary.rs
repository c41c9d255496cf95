//! Binary data is described as binary wherever serde treats it as bytes.

use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::HashMap;
use switchboard::{
    prelude::*,
    schema::{Direction, Schemas},
};

#[event("file", ack = Bytes)]
struct File {
    data: Bytes,
    parts: Vec<Bytes>,
    preview: Option<Bytes>,
    by_name: HashMap<String, Bytes>,
    numbers: Vec<u8>,
}

#[event("chunk")]
struct Chunk(u32, Bytes, Option<Bytes>);

struct Files;

#[namespace("/files", emits(File, Chunk))]
impl Files {
    #[on("put")]
    fn put(&self, data: Bytes, more: Vec<Bytes>) -> Result<Option<Bytes>, String> {
        Ok(more.into_iter().next().or(Some(data)))
    }
}

#[test]
fn bytes_are_binary() {
    let mut schemas = Schemas::new();
    let files = Files::schema(&mut schemas);
    let binary = json!({ "type": "string", "format": "binary" });
    let optional = json!({ "type": ["string", "null"], "format": "binary" });

    let [put] = &files.incoming[..] else { panic!("one handler") };
    assert_eq!(put.arguments[0].schema.as_value(), &binary);
    assert_eq!(put.arguments[1].schema.as_value(), &json!({ "type": "array", "items": binary }));
    assert_eq!(put.ack[0].as_value(), &optional);

    let [file, chunk] = &files.outgoing[..] else { panic!("two events") };
    assert_eq!(file.ack[0].as_value(), &binary);
    let arguments: Vec<&Value> = chunk.arguments[1..].iter().map(|argument| argument.schema.as_value()).collect();
    assert_eq!(arguments, [&binary, &optional]);

    let definition = &schemas.definitions(Direction::Outgoing)["File"];
    let fields = &definition["properties"];
    assert_eq!(fields["data"], binary);
    assert_eq!(fields["parts"], json!({ "type": "array", "items": binary }));
    assert_eq!(fields["preview"], optional);
    assert_eq!(fields["by_name"], json!({ "type": "object", "additionalProperties": binary }));
    // These are sent as numbers.
    assert_eq!(fields["numbers"]["items"]["type"], "integer");
}
