//! Types of other crates, sent and received over a connection, and compared with the contract and with the book's table.

use jsonschema::Validator;
use serde_json::{Value, json};
use switchboard::{
    prelude::*,
    schema::{Contract, Direction, Schema, Schemas},
    testing::TestServer,
};

const CHAPTER: &str = include_str!("../../book/src/foreign-types.md");

fn validator(schema: &Schema, schemas: &Schemas, direction: Direction) -> Validator {
    let document = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "allOf": [schema],
        "components": { "schemas": schemas.definitions(direction) },
    });
    jsonschema::validator_for(&document).expect("the schema is valid")
}

/// Returns the row of a type in the chapter's table.
fn row(ty: &str) -> &'static str {
    let start = format!("| `{ty}` |");
    CHAPTER.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("the chapter lacks {ty}"))
}

macro_rules! case {
    ($test:ident: $name:literal, $ty:ty = $value:expr, $typescript:literal) => {
        #[tokio::test(start_paused = true)]
        async fn $test() {
            #[payload]
            struct Holder {
                field: $ty,
            }

            struct Echo;

            #[namespace("/")]
            impl Echo {
                #[on("argument")]
                fn argument(&self, value: $ty) -> $ty {
                    value
                }

                #[on("field")]
                fn field(&self, value: Holder) -> Holder {
                    value
                }
            }

            let app = TestServer::new(Server::new().namespace(Echo));
            let client = app.client::<Echo>("Ann").connect().await.expect("the client connects");
            let value: $ty = $value;
            let sent: Value = client.call("argument", (&value,)).await.expect("the server answers");
            let held: Value = client.call("field", (Holder { field: value },)).await.expect("the server answers");
            assert_eq!(held, json!({ "field": sent }));

            let mut schemas = Schemas::new();
            let echo = Echo::schema(&mut schemas);
            for (event, value) in echo.incoming.iter().zip([&sent, &held]) {
                assert!(validator(&event.ack[0], &schemas, Direction::Outgoing).is_valid(value), "{value}");
                let argument = &event.arguments[0].schema;
                assert!(validator(argument, &schemas, Direction::Incoming).is_valid(value), "{value}");
            }

            let contract = Contract::of::<Echo>();
            assert_eq!(contract.unknowns(), []);
            let typescript = contract.typescript();
            let field = format!("  field: {};", $typescript);
            assert!(typescript.as_str().contains(&field), "{typescript}");
            let row = row($name);
            assert!(row.contains(&format!("`{sent}`")) && row.contains(&format!("`{}`", $typescript)), "{row}: {sent}");
        }
    };
}

case!(
    date_time: "chrono::DateTime<chrono::Utc>",
    chrono::DateTime<chrono::Utc> = chrono::DateTime::UNIX_EPOCH,
    "string"
);
case!(
    date: "chrono::NaiveDate",
    chrono::NaiveDate = chrono::NaiveDate::from_ymd_opt(2026, 1, 2).expect("a date"),
    "string"
);
case!(uuid: "uuid::Uuid", uuid::Uuid = uuid::Uuid::from_u128(1), "string");
case!(url: "url::Url", url::Url = url::Url::parse("https://example.org/a").expect("a URL"), "string");
case!(decimal: "rust_decimal::Decimal", rust_decimal::Decimal = rust_decimal::Decimal::new(150, 2), "string");
case!(
    map: "indexmap::IndexMap<String, u8>",
    indexmap::IndexMap<String, u8> = [("a".to_owned(), 1)].into_iter().collect(),
    "Record<string, number>"
);
case!(text: "smol_str::SmolStr", smol_str::SmolStr = smol_str::SmolStr::new("a"), "string");
