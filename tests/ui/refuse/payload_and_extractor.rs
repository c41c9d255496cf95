use switchboard::prelude::*;

#[payload]
struct Both;

impl<C: Context> FromContext<C> for Both {
    fn from_context(_: &mut C) -> Result<Self, Rejection> {
        Ok(Both)
    }
}

fn main() {}
