use super::*;
use crate::prelude::{Params, namespace};

struct Tenant;

#[namespace("/tenant-{id}", params(id: u32))]
impl Tenant {
    #[on("id")]
    fn id(&self, Params(id): Params<u32>) -> u32 {
        *id
    }
}

struct Named;

#[namespace("/tenant-{name}")]
impl Named {}

struct Dynamic;

#[namespace(dynamic)]
impl Dynamic {}

fn registry(keep_empty: bool) -> Arc<Registry> {
    let mut registry = Registry { keep_empty, ..Registry::default() };
    registry.add(Tenant);
    registry.add(Named);
    registry.add_dynamic(Pattern::Function(Box::new(|_| Box::pin(async { true }))), Dynamic);
    Arc::new(registry)
}

fn count(registry: &Registry) -> usize {
    lock(&registry.children).by_path.len()
}

#[test]
fn child_namespace_lives_while_it_is_referenced() {
    let registry = registry(false);
    let child = registry.namespace_at::<Tenant>("/tenant-7").expect("a child");
    assert_eq!(*child.params::<Tenant>(), 7);
    assert!(Arc::ptr_eq(&child, &registry.namespace_at::<Tenant>("/tenant-7").expect("the same child")));
    let other = registry.namespace_at::<Tenant>("/tenant-8").expect("another child");
    assert!(!Arc::ptr_eq(&child, &other));
    assert_eq!(registry.children::<Tenant>().len(), 2);
    drop(child);
    assert_eq!(count(&registry), 1);
    drop(other);
    assert_eq!(count(&registry), 0);
}

#[test]
fn empty_child_is_kept_if_configured() {
    let registry = registry(true);
    drop(registry.namespace_at::<Tenant>("/tenant-7"));
    assert_eq!(registry.children::<Tenant>().len(), 1);
    assert_eq!(Arc::strong_count(&registry), 1, "what stays does not keep the server");
}

#[test]
fn path_has_one_child_among_matching_patterns() {
    let registry = registry(false);
    let named = registry.namespace_at::<Named>("/tenant-7").expect("a child");
    assert!(registry.namespace_at::<Tenant>("/tenant-7").is_none(), "it is taken");
    drop(named);
    let tenant = registry.namespace_at::<Tenant>("/tenant-7");
    assert!(tenant.is_some() && registry.namespace_at::<Named>("/tenant-7").is_none());
    assert!(registry.namespace_at::<Tenant>("/tenant-x").is_none());
    assert!(registry.namespace_at::<Dynamic>("/tenant-9").is_none(), "a function is asked for clients only");
}

/// While a thread holds a child, every lookup returns the same child, even if other threads drop theirs.
#[test]
fn concurrent_lookups_return_the_same_child() {
    for seed in 1..9_u64 {
        let registry = registry(false);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let registry = &registry;
                scope.spawn(move || {
                    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + thread;
                    for _ in 0..500 {
                        random ^= random << 13;
                        random ^= random >> 7;
                        random ^= random << 17;
                        let path = format!("/tenant-{}", random % 2);
                        let held = registry.namespace_at::<Tenant>(&path).expect("a child");
                        if random & 8 == 0 {
                            std::thread::yield_now();
                        }
                        let again = registry.namespace_at::<Tenant>(&path).expect("a child");
                        assert!(Arc::ptr_eq(&held, &again));
                        if random & 16 == 0 {
                            drop(held);
                            assert!(Arc::ptr_eq(&again, &registry.namespace_at::<Tenant>(&path).expect("a child")));
                        }
                    }
                });
            }
        });
        assert_eq!(count(&registry), 0, "seed {seed}");
    }
}

#[test]
#[should_panic(expected = "was given to the server twice")]
fn same_type_cannot_be_added_twice() {
    let mut registry = Registry::default();
    registry.add(Tenant);
    registry.add(Tenant);
}

#[test]
#[should_panic(expected = "is dynamic: its paths are given by")]
fn dynamic_namespace_without_pattern_panics() {
    Registry::default().add(Dynamic);
}

#[test]
#[should_panic(expected = "has a path of its own")]
fn pattern_for_namespace_with_path_panics() {
    let everything = Pattern::Function(Box::new(|_| Box::pin(async { true })));
    Registry::default().add_dynamic(everything, Named);
}

#[cfg(feature = "regex")]
#[test]
#[should_panic(expected = "declares 0 parameters, and its pattern has 1")]
fn regex_group_without_declared_parameter_panics() {
    let regex = regex_lite::Regex::new("^/(a|b)$").expect("a regex");
    Registry::default().add_dynamic(Pattern::Regex(regex), Dynamic);
}
