use switchboard::prelude::*;

mod chat {
    use super::*;

    struct Member;

    pub struct Chat;

    #[namespace("/chat", session = Member)]
    impl Chat {
        #[on_connect]
        fn enter(&self) -> Member {
            Member
        }
    }
}

fn main() {}
