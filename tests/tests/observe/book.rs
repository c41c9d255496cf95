//! The book's table of metrics must match the metrics that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit, with_local_recorder};
use switchboard::prelude::*;

/// The properties of a metric.
#[derive(Debug, Default, PartialEq, Eq)]
struct Metric {
    kind: String,
    labels: BTreeSet<String>,
    help: String,
}

impl Metric {
    /// Sets the kind, which must be the same in the description and in the registration.
    fn is(&mut self, kind: &str) {
        assert!(self.kind.is_empty() || self.kind == kind, "{self:?} is a {kind}, too");
        kind.clone_into(&mut self.kind);
    }
}

/// Records the metrics that are described and registered.
#[derive(Debug, Default)]
struct Vocabulary(Mutex<BTreeMap<String, Metric>>);

impl Vocabulary {
    fn describe(&self, kind: &str, name: &KeyName, help: &SharedString) {
        let mut metrics = self.0.lock().expect("no panic");
        let metric = metrics.entry(name.as_str().to_owned()).or_default();
        assert!(metric.help.is_empty(), "{name:?} is described twice");
        metric.help = help.to_string();
        metric.is(kind);
    }

    fn register(&self, kind: &str, key: &Key) {
        let mut metrics = self.0.lock().expect("no panic");
        let metric = metrics.entry(key.name().to_owned()).or_default();
        metric.labels = key.labels().map(|label| label.key().to_owned()).collect();
        metric.is(kind);
    }
}

impl Recorder for Vocabulary {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, description: SharedString) {
        self.describe("counter", &key, &description);
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, description: SharedString) {
        self.describe("gauge", &key, &description);
    }

    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, description: SharedString) {
        self.describe("histogram", &key, &description);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.register("counter", key);
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.register("gauge", key);
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.register("histogram", key);
        Histogram::noop()
    }
}

/// Returns the rows of the book's tables that start with the name of a metric.
fn book() -> BTreeMap<String, Metric> {
    let chapter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/observability.md");
    let chapter = fs::read_to_string(chapter).expect("the chapter");
    let mut metrics = BTreeMap::new();
    for row in chapter.lines().filter(|line| line.starts_with("| `switchboard_")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, help] = cells[..] else { panic!("four cells, not {row}") };
        let labels = labels.split(", ").map(|label| label.trim_matches('`').to_owned());
        let labels = labels.filter(|label| !label.is_empty()).collect();
        let metric = Metric { kind: kind.to_owned(), labels, help: help.to_owned() };
        let before = metrics.insert(name.trim_matches('`').to_owned(), metric);
        assert!(before.is_none(), "{name} is there twice");
    }
    metrics
}

#[test]
fn the_book_lists_all_metrics() {
    let vocabulary = Vocabulary::default();
    drop(with_local_recorder(&vocabulary, || Server::new().build()));
    let found = vocabulary.0.into_inner().expect("no panic");
    let listed = book();
    assert!(!found.is_empty());
    assert_eq!(found.keys().collect::<Vec<_>>(), listed.keys().collect::<Vec<_>>());
    for (name, metric) in &found {
        let Metric { kind, labels, help } = &listed[name];
        assert_eq!((&metric.kind, &metric.labels), (kind, labels), "{name}");
        assert_eq!(&metric.help, help, "{name}");
    }
}
