//! Namespaces of one program that share events, rooms, guards and middleware.
#![deny(warnings)]

use switchboard::prelude::*;

mod events {
    #[switchboard::event("news")]
    pub struct News(pub String);
}

use events::News as Renamed;

pub struct Public;
pub struct Private;

#[namespace("/", emits(events::News))]
impl Public {
    #![allow(non_upper_case_globals)]

    #[on(events::News)]
    fn news(&self, news: Renamed, socket: Socket<Public>) {
        let _ = socket.emit(news);
    }

    // Items without a handler attribute are left unchanged.
    pub const limit: u8 = { 1 } + { 2 };

    pub(crate) fn helper() -> u8 {
        Self::limit
    }
}

#[namespace("/private", emits(Renamed), guard(open), middleware(passed))]
impl Private {
    #[on("news")]
    fn news(&self, text: String, socket: &Socket<Self>) {
        let _ = socket.emit(Renamed(text));
    }
}

#[namespace("/empty")]
impl Empty {}

struct Empty;

async fn open() -> Result<(), ConnectError> {
    Ok(())
}

async fn passed<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    next.run(event).await
}

#[test]
fn have_their_paths() {
    assert_eq!([Public::PATH, Private::PATH, Empty::PATH], ["/", "/private", "/empty"]);
    assert_eq!(Public::helper(), 3);
}
