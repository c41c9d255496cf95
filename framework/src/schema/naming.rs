//! The names of a contract's types.
//!
//! A name depends on the types of the contract, and never on the order in which they are met. It also never passes from
//! one type to another when a type is added: types that declare the same name are all named by their modules, and none
//! of them keeps it. If an attribute chooses the name of one of them, that type keeps the name.

use std::collections::{BTreeMap, BTreeSet};

use super::identifier::{capitalized, free, identifier, is_part};
use crate::contract::schema::Origin;

/// A type of a contract.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Type {
    /// The origin. Its path is empty if it is not known.
    pub(super) origin: Origin,
    /// Distinguishes types of the same origin.
    pub(super) rank: usize,
}

impl Type {
    /// Returns how well an attribute or the declaration supports a name. The name goes to the type with the best claim,
    /// if there is only one.
    fn claim(&self, name: &str) -> u8 {
        match (self.origin.name == name, self.origin.chosen) {
            (true, true) => 2,
            (true, false) => 1,
            (false, _) => 0,
        }
    }

    /// Returns the modules in the path: those of the type, then those of its arguments.
    fn modules(&self) -> Vec<&str> {
        let paths = self.origin.path.split(|c: char| c != ':' && !is_part(c));
        let modules = paths.flat_map(|path| path.rsplit_once("::").map_or("", |(modules, _)| modules).split("::"));
        modules.filter(|module| !module.is_empty()).collect()
    }

    /// Returns the name qualified with the nearest `depth` modules; `None` if the path has fewer.
    fn qualified(&self, depth: usize) -> Option<String> {
        let modules = self.modules();
        let nearest = &modules[modules.len().checked_sub(depth)?..];
        let words = nearest.iter().flat_map(|module| module.split('_')).map(capitalized);
        Some(identifier(&words.chain([capitalized(&self.origin.name)]).collect::<String>()))
    }
}

/// Assigns a unique identifier to each type.
pub(super) fn names(types: BTreeSet<Type>) -> BTreeMap<Type, String> {
    let mut claims: BTreeMap<String, Vec<Type>> = BTreeMap::new();
    for ty in types {
        claims.entry(identifier(&ty.origin.name)).or_default().push(ty);
    }
    // A generated name is never the same as a declared one.
    let mut taken: BTreeSet<String> = claims.keys().cloned().collect();
    let (mut names, mut contested) = (BTreeMap::new(), Vec::new());
    for (name, mut types) in claims {
        types.sort_by_key(|ty| std::cmp::Reverse(ty.claim(&name)));
        if types.len() == 1 || types[0].claim(&name) > types[1].claim(&name) {
            names.insert(types.remove(0), name);
        }
        contested.append(&mut types);
    }
    let deepest = contested.iter().map(|ty| ty.modules().len()).max().unwrap_or(0);
    for depth in 1..=deepest {
        let mut candidates: BTreeMap<String, Vec<&Type>> = BTreeMap::new();
        for ty in contested.iter().filter(|ty| !names.contains_key(*ty)) {
            if let Some(name) = ty.qualified(depth) {
                candidates.entry(name).or_default().push(ty);
            }
        }
        for (name, types) in candidates {
            if let [ty] = types[..]
                && taken.insert(name.clone())
            {
                names.insert(ty.clone(), name);
            }
        }
    }
    // Types that no module distinguishes are numbered in the order of their paths.
    let mut taken: BTreeSet<String> = names.values().cloned().collect();
    contested.retain(|ty| !names.contains_key(ty));
    contested.sort();
    for ty in contested {
        let name = free(&identifier(&ty.origin.name), &mut taken);
        names.insert(ty, name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a type by its path, with ` as ` before the declared name if it is different, and `!` before a chosen
    /// name.
    fn ty(text: &str) -> Type {
        let (path, name) = text.split_once(" as ").unwrap_or((text, text.rsplit("::").next().unwrap_or(text)));
        let (name, chosen) = name.strip_prefix('!').map_or((name, false), |name| (name, true));
        let origin = Origin { path: path.to_owned(), name: name.to_owned(), chosen };
        Type { origin, rank: 0 }
    }

    fn named(types: &[&str]) -> Vec<String> {
        let names = names(types.iter().map(|text| ty(text)).collect());
        types.iter().map(|text| names[&ty(text)].clone()).collect()
    }

    #[test]
    fn types_of_one_name_are_named_by_their_nearest_modules() {
        assert_eq!(named(&["app::shop::Item"]), ["Item"]);
        assert_eq!(named(&["app::shop::Item", "app::stock::Item"]), ["ShopItem", "StockItem"]);
        assert_eq!(named(&["app::stock::Item", "app::Item", "app::shop::Item"]), ["StockItem", "AppItem", "ShopItem"]);
        assert_eq!(
            named(&["app::old::shop::Item", "app::new_api::shop::Item", "app::stock::Item"]),
            ["OldShopItem", "NewApiShopItem", "StockItem"]
        );
        // An additional type does not rename types that are already distinct.
        assert_eq!(named(&["app::shop::Item", "app::stock::Item", "db::Item"])[..2], ["ShopItem", "StockItem"]);
        assert_eq!(named(&["app::run::{{closure}}::Item", "app::Item"]), ["RunItem", "AppItem"]);
    }

    #[test]
    fn declared_names_come_before_names_by_module() {
        assert_eq!(
            named(&["app::shop::Item", "app::stock::Item", "app::ShopItem"]),
            ["AppShopItem", "StockItem", "ShopItem"]
        );
    }

    #[test]
    fn one_generic_over_two_types_of_one_name_is_named_by_theirs() {
        let pages = ["app::Page<app::shop::Item> as Page_Item", "app::Page<app::stock::Item> as Page_Item"];
        assert_eq!(named(&pages), ["ShopPage_Item", "StockPage_Item"]);
    }

    #[test]
    fn a_chosen_name_is_kept() {
        assert_eq!(named(&["app::shop::Item", "app::stock::Thing as !Item"]), ["ShopItem", "Item"]);
        assert_eq!(named(&["app::shop::Item as !Item", "app::stock::Item as !Item"]), ["ShopItem", "StockItem"]);
        // A name that has to be changed is a weaker claim than the same name without a change.
        assert_eq!(named(&["app::a::My_Type", "app::b::Thing as !My Type"]), ["My_Type", "BMy_Type"]);
    }

    #[test]
    fn the_rest_is_numbered_by_path() {
        assert_eq!(named(&["a::B as !🚀", "a::A as !🔥"]), ["_2", "_"]);
        let mut types = [ty(" as Item"), ty(" as Item")];
        types[1].rank = 1;
        let names = names(types.clone().into());
        assert_eq!(types.map(|ty| names[&ty].clone()), ["Item", "Item2"]);
    }
}
