//! An outgoing event may borrow its data, so that it can be emitted without a copy.
#![deny(warnings)]

use std::borrow::Cow;
use switchboard::prelude::*;

#[event("tick")]
struct Tick<'a> {
    symbol: &'a str,
    #[serde(borrow)]
    note: Cow<'a, str>,
}

#[event("several")]
struct Several<'a, 'b>(&'a str, &'b str);

struct Market;

#[namespace("/market", emits(Tick<'_>, Several<'_, '_>))]
impl Market {
    #[on("subscribe")]
    fn subscribe(&self, socket: &Socket<Self>, symbol: String) {
        let tick = Tick { symbol: &symbol, note: Cow::Borrowed("first") };
        let _ = socket.emit(&tick);
        let _ = socket.to(&symbol).emit(Several(tick.symbol, &tick.note));
    }
}
