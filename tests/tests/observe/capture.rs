//! Captures the log of a thread, with the surrounding spans.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry, Scope};

/// Fields by name. Text has no quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

/// A snapshot of a span.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) name: &'static str,
    pub(crate) fields: Fields,
}

/// A log line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) fields: Fields,
    /// From the outermost to the innermost.
    pub(crate) spans: Vec<Seen>,
}

impl Line {
    pub(crate) fn span(&self, name: &str) -> &Fields {
        let found = self.spans.iter().find(|span| span.name == name);
        &found.unwrap_or_else(|| panic!("{self:?} is not within {name:?}")).fields
    }

    /// The names of the spans, from the outermost to the innermost.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.spans.iter().map(|span| span.name).collect()
    }
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<Line>,
    /// Spans that have closed.
    ended: Vec<Seen>,
}

/// A subscriber that ignores everything. It exists from the first capture on.
///
/// While a process has a single subscriber, `tracing` asks only the subscriber of the current thread whether a span is
/// of interest, and caches the answer for all threads. A test on a thread without a subscriber would thereby disable
/// the span.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Registry::default().with(LevelFilter::OFF)));

/// Captures the log until it is dropped.
pub(crate) struct Capture {
    kept: Arc<Mutex<Kept>>,
    _default: DefaultGuard,
}

impl Capture {
    /// Starts to capture everything that is logged on this thread.
    pub(crate) fn begin() -> Self {
        LazyLock::force(&SECOND);
        let kept = Arc::default();
        let subscriber = Registry::default().with(Keeper(Arc::clone(&kept)));
        Self { kept, _default: tracing::subscriber::set_default(subscriber) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no test panics while it holds this")
    }

    /// Returns the only line with this message.
    pub(crate) fn line(&self, message: &str) -> Line {
        let lines = self.lines(message);
        assert_eq!(lines.len(), 1, "{message:?} in {:#?}", self.kept().lines);
        lines[0].clone()
    }

    /// Returns all lines with this message.
    pub(crate) fn lines(&self, message: &str) -> Vec<Line> {
        let kept = self.kept();
        kept.lines.iter().filter(|line| line.fields.get("message") == Some(message)).cloned().collect()
    }

    /// Returns the fields of all closed spans with this name.
    pub(crate) fn ended(&self, name: &str) -> Vec<Fields> {
        self.kept().ended.iter().filter(|span| span.name == name).map(|span| span.fields.clone()).collect()
    }

    /// Returns `true` if a field of a line or of a span contains a control character.
    pub(crate) fn has_control_characters(&self) -> bool {
        let kept = self.kept();
        let of_lines =
            kept.lines.iter().flat_map(|line| line.spans.iter().map(|span| &span.fields).chain([&line.fields]));
        let mut fields = of_lines.chain(kept.ended.iter().map(|span| &span.fields));
        fields.any(|Fields(fields)| fields.values().any(|text| text.contains(char::is_control)))
    }

    /// Returns everything that was recorded, as text.
    pub(crate) fn text(&self) -> String {
        let kept = self.kept();
        let mut text = String::new();
        for Line { fields, spans } in &kept.lines {
            let _ = writeln!(text, "{fields:?} {spans:?}");
        }
        for span in &kept.ended {
            let _ = writeln!(text, "{span:?}");
        }
        text
    }
}

struct Keeper(Arc<Mutex<Kept>>);

impl Keeper {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("no test panics while it holds this")
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Keeper {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        context.span(id).expect("a new span").extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("a span");
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let scope = context.event_scope(event).into_iter().flat_map(Scope::from_root);
        let spans = scope.map(|span| {
            let fields = span.extensions().get::<Fields>().cloned().unwrap_or_default();
            Seen { name: span.name(), fields }
        });
        let line = Line { fields, spans: spans.collect() };
        self.kept().lines.push(line);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("a span");
        let fields = span.extensions().get::<Fields>().cloned().unwrap_or_default();
        self.kept().ended.push(Seen { name: span.name(), fields });
    }
}
