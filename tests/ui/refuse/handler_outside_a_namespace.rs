struct Chat;

impl Chat {
    #[on("hi")]
    fn hi(&self) {}
}

fn main() {}
