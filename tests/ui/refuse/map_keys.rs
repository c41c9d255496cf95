use std::collections::{BTreeMap, HashMap};

use switchboard::prelude::*;

#[payload]
#[derive(PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Point {
    x: i32,
    y: i32,
}

#[payload]
#[derive(PartialEq, Eq, Hash)]
struct Corner(Point);

#[payload]
#[derive(PartialEq, Eq, Hash)]
enum Side {
    Left(u8),
    Right { from: u8 },
}

type Cell = (u8, u8);
type Grid = BTreeMap<Cell, String>;

#[payload]
struct Board {
    cells: HashMap<(u8, u8), String>,
    nested: Option<Vec<BTreeMap<Point, u8>>>,
    corners: HashMap<Corner, bool>,
    by_side: HashMap<String, HashMap<Side, bool>>,
    by_cell: BTreeMap<Cell, u8>,
    grid: Grid,
}

#[payload]
enum Change {
    Moved(BTreeMap<Vec<u8>, u8>),
}

#[payload]
struct Generic<T: Ord> {
    pairs: BTreeMap<(T, T), u8>,
}

#[event("drawn")]
struct Drawn(u8, BTreeMap<Option<Point>, u8>);

struct Boards;

#[namespace("/boards", emits(Drawn))]
impl Boards {
    #[on("draw")]
    fn draw(&self, cells: HashMap<(u8, u8), String>, _name: String) -> Result<Grid, String> {
        let _ = cells;
        Ok(Grid::new())
    }
}

fn main() {}
