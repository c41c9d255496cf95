//! Types whose names are not ASCII, are not identifiers, or are declared twice.

use switchboard::prelude::*;

/// Articles of every name.
pub(super) struct Warehouse;

#[namespace("/größe")]
impl Warehouse {
    /// Moves an article from the shop to the stock.
    #[on("store")]
    fn store(&self, item: shop::Item) -> Result<stock::Item, Never> {
        Ok(stock::Item { shelf: item.name })
    }

    #[on("measure")]
    fn measure(&self, größe: Größe) -> Option<Rocket> {
        let _ = größe;
        None
    }
}

mod shop {
    use switchboard::prelude::*;

    #[payload]
    pub(super) struct Item {
        pub(super) name: String,
    }
}

mod stock {
    use switchboard::prelude::*;

    #[payload]
    pub(super) struct Item {
        pub(super) shelf: String,
    }
}

#[payload]
enum Never {}

#[payload]
struct Größe {
    länge: f64,
    #[serde(rename = "in mm")]
    in_mm: Option<MyType>,
}

#[payload]
#[serde(rename = "My Type")]
struct MyType {
    exact: bool,
}

#[payload]
#[serde(rename = "🚀")]
struct Rocket {
    stage: Vec<Slashed>,
}

#[payload]
#[serde(rename = "a/b~c%")]
struct Slashed {
    size: Größe,
}
