use switchboard::prelude::*;

struct Cells {
    cell: std::cell::Cell<u8>,
}

#[namespace("/cells")]
impl Cells {
    #[on("hi")]
    fn hi(&self) -> u8 {
        self.cell.get()
    }
}

fn main() {}
