//! Namespaces with many paths.
#![deny(warnings)]

use switchboard::{ConnectRequest, prelude::*, schema::Schemas};

/// A user's own parameter type, which implements `FromStr`.
struct Color(char);

impl std::str::FromStr for Color {
    type Err = std::char::ParseCharError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A single parameter is a plain value.
struct Tenant;

#[namespace("/tenant-{id}", params(id: u32), guard(known, not_new))]
impl Tenant {
    #[on_connect]
    fn enter(&self, id: &Params<u32>) -> Result<(), ConnectError> {
        if *id.0 == 0 { Err(ConnectError::new("nobody")) } else { Ok(()) }
    }

    #[on("id")]
    fn id(&self, socket: &Socket<Self>, Params(id): Params<u32>) -> bool {
        let own: &u32 = socket.params();
        *own == *id
    }

    #[on_disconnect]
    fn left(&self, _: Params<u32>) {}
}

/// A guard for all namespaces with a single `u32` parameter.
async fn known(Params(id): Params<u32>) -> Result<(), ConnectError> {
    if *id < 100 { Ok(()) } else { Err(ConnectError::new("unknown")) }
}

async fn not_new<N: Namespace<Params = (u32,)>>(socket: &Socket<N>) -> Result<(), ConnectError> {
    if *socket.params() < 90 { Ok(()) } else { Err(ConnectError::new("not yet")) }
}

/// Several parameters are a tuple, in the order of the path. A parameter without a declared type is text. Doubled
/// braces are literal.
struct Place;

#[namespace("/{{x}}/{org}/{color}-{n}", params(n: i8, color: Color,))]
impl Place {
    #[on("place")]
    fn place(&self, Params(place): Params<(String, Color, i8)>) -> String {
        let (org, Color(color), n) = &*place;
        format!("{org} {color} {n}")
    }
}

struct Anywhere;

#[namespace(dynamic)]
impl Anywhere {}

struct AnywhereIn;

#[namespace(dynamic, params(year: u16, month: u8), session = ())]
impl AnywhereIn {
    #[on_connect]
    fn enter(&self, Params(when): Params<(u16, u8)>) {
        assert!(when.1 < 13);
    }
}

/// The type of a parameter can be a type parameter of the namespace.
struct Generic<T>(T);

#[namespace("/generic-{value}", params(value: T))]
impl<T: std::str::FromStr + Send + Sync + 'static> Generic<T> {
    #[on("ask")]
    fn ask(&self, _value: Params<T>) {}
}

struct ByHand;

impl Namespace for ByHand {
    const PATH: &'static str = "/{a}/{b}";
    type Params = (String, u8);
    type Session = u8;

    async fn connect(&self, context: ConnectContext<Self>) -> Result<u8, ConnectError> {
        Ok(context.socket().params().1)
    }

    async fn dispatch(&self, _: EventContext<Self>) -> Reply {
        Reply::unknown()
    }
}

#[test]
fn they_are_given_to_a_server() {
    let server = Server::new()
        .namespace(Tenant)
        .namespace(Place)
        .namespace(Generic(1.5))
        .namespace(ByHand)
        .namespace_where(|client: ConnectRequest| async move { client.path() == "/here" }, Anywhere)
        .build();
    let place = server.namespace_at::<Place>("/{x}/acme/r--4").expect("a path of it");
    assert_eq!((place.path(), &*place.params().0, place.params().2), ("/{x}/acme/r--4", "acme", -4));
    assert!(server.namespace_at::<Place>("/{x}/acme/red-4").is_none());
    assert_eq!(server.children::<Place>().iter().count(), 1);
    assert_eq!(*server.namespace_at::<Generic<f64>>("/generic-2.5").expect("a path of it").params(), 2.5);
}

#[test]
fn they_are_described() {
    let mut schemas = Schemas::new();
    let tenant = Tenant::schema(&mut schemas);
    assert_eq!((tenant.path, tenant.params[0].name), ("/tenant-{id}", "id"));
    assert_eq!(tenant.params[0].schema.get("type").expect("a type"), "integer");
    let place = Place::schema(&mut schemas);
    let names: Vec<_> = place.params.iter().map(|param| param.name).collect();
    assert_eq!(names, ["org", "color", "n"]);
    assert_eq!(place.params[0].schema.get("type").expect("a type"), "string");
    assert_eq!(AnywhereIn::schema(&mut schemas).path, "");
}

#[event("first")]
struct First;

#[event("second")]
struct Second;

struct Typed;

/// The macro compares the names of typed events at compile time. Its error message contains the path, so braces must
/// work there.
#[namespace("/typed/{id}")]
impl Typed {
    #[on(First)]
    fn first(&self) {}

    #[on(Second)]
    fn second(&self) {}
}
