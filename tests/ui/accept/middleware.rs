//! Middleware stands around a namespace or a handler, as a function or as a method, and may decide by itself.
#![deny(warnings)]

use std::sync::Mutex;
use switchboard::prelude::*;

struct Counted {
    words: Mutex<Vec<String>>,
}

#[namespace("/counted", middleware(Self::count, trace))]
impl Counted {
    #[on("a", middleware(trace, Self::count, cached))]
    async fn a(&self, socket: &Socket<Self>, words: Vec<String>) -> Result<usize, String> {
        let count = {
            let mut all = self.words.lock().map_err(|error| error.to_string())?;
            all.extend(words);
            all.len()
        };
        std::future::ready(()).await;
        let _ = socket.id();
        Ok(count)
    }

    #[on("b")]
    fn b(&self) {}
}

impl Counted {
    async fn count(&self, event: EventContext<Self>, next: impl Next<Self>) -> Reply {
        match self.words.lock() {
            Ok(mut words) => words.push(event.name().to_owned()),
            Err(_) => return event.refuse("broken"),
        }
        next.run(event).await
    }
}

async fn trace<N: Namespace>(event: EventContext<N>, next: impl Next<N>) -> Reply {
    next.run(event).await
}

async fn cached(event: EventContext<Counted>, next: impl Next<Counted>) -> Reply {
    if event.raw().len() > 1000 { event.into_responder().answer(&0) } else { next.run(event).await }
}
