//! Writes the generated contracts as TypeScript into a folder, with values that have to be of the types:
//! `switchboard-contracts FOLDER`.

use serde_json::Value;
use std::{collections::BTreeSet, env, fmt::Write, fs, io, path::Path};
use switchboard_contracts::{Extent, Samples, described, server, values};

/// How many random values of each type the server sends.
const SAMPLES: usize = 10;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).expect("the folder is the first argument");
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    fs::write(folder.join("contract.ts"), server().contract().typescript().as_str())?;
    fs::write(folder.join("values.ts"), typed_values())
}

/// A constant of its type for each event and direction.
fn typed_values() -> String {
    let mut text = "import type * as contract from \"./contract\";\n".to_owned();
    for (case, described) in described() {
        let (event, group) = (case.event, case.group);
        let incoming = values(&described.incoming, &described.types, Extent::Documented);
        let handler = format!("contract.Group{group}ClientToServerEvents[\"{event}\"]");
        constant(&mut text, &format!("{event}_sent"), &format!("Parameters<{handler}>[0]"), &incoming);
        let mut samples = Samples::new(2);
        let outgoing: Vec<Value> = (0..SAMPLES).map(|_| (case.write)(&mut samples)).collect();
        let ack = format!("contract.Success<Parameters<Parameters<{handler}>[1]>[0]>");
        constant(&mut text, &format!("{event}_received"), &ack, &outgoing);
    }
    text
}

/// Each value once: they are literals, so that TypeScript refuses fields that the type does not have.
fn constant(text: &mut String, name: &str, ty: &str, values: &[Value]) {
    let values: BTreeSet<String> = values.iter().map(Value::to_string).collect();
    let values: Vec<String> = values.into_iter().collect();
    let _ = writeln!(text, "export const {name}: {ty} = [\n  {},\n];", values.join(",\n  "));
}
