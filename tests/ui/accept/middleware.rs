//! Middleware of a namespace or of a handler: a function, a method or a value. It may reply without calling the
//! handler.
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

struct UpTo(usize);

impl<N: Namespace> Middleware<N> for UpTo {
    async fn handle(&self, event: EventContext<N>, next: impl Next<N>) -> Reply {
        if event.raw().len() <= self.0 { next.run(event).await } else { event.refuse("too long") }
    }
}

struct Limited {
    sizes: [UpTo; 2],
    words: usize,
}

const ONCE: RateLimit = RateLimit::per_second(1).burst(1).dropping();

#[namespace("/limited", middleware(trace, RateLimit::per_second(20).burst(100), self.sizes[0], Self::pass, { ONCE }))]
impl Limited {
    #[on("a", middleware(self.sizes[1], UpTo(self.words * 5), trace))]
    async fn a(&self, word: String) -> usize {
        word.len()
    }

    #[on("b", concurrent, middleware(RateLimit::new(2, std::time::Duration::from_secs(60))))]
    fn b(&self) {}
}

impl Limited {
    async fn pass(&self, event: EventContext<Self>, next: impl Next<Self>) -> Reply {
        next.run(event).await
    }
}
