//! Consistency of the book: every chapter is listed, its snippets are tested, and its links work.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the file names of the chapters.
fn chapters() -> BTreeSet<String> {
    let files = fs::read_dir(root().join("book/src")).expect("the book");
    let names = files.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    names.filter(|name| name != "SUMMARY.md").collect()
}

/// Returns the text without code blocks, whose brackets are not links.
fn prose(markdown: &str) -> String {
    markdown.split("```").step_by(2).collect()
}

/// Returns the targets of all links of the form `[text](target)`.
fn links(markdown: &str) -> Vec<String> {
    let prose = prose(markdown);
    prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// Returns the anchors of the headings, as mdBook and GitHub create them.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let prose = prose(markdown);
    let headings = prose.lines().filter_map(|line| line.strip_prefix('#'));
    let anchor = |heading: &str| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_chapter_is_listed() {
    let listed = links(&read(&root().join("book/src/SUMMARY.md")));
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), chapters());
}

#[test]
fn every_chapter_has_its_snippets_tested() {
    let tested = ["tests/src/book.rs", "tests/foreign/lib.rs"].map(|file| read(&root().join(file))).concat();
    for chapter in chapters() {
        assert!(tested.contains(&format!("book/src/{chapter}\"")), "no documentation test includes {chapter}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let root = root();
    let mut pages: Vec<_> = chapters().iter().map(|chapter| root.join("book/src").join(chapter)).collect();
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|page| root.join(page)));
    let mut checked = 0;
    for page in &pages {
        let text = read(page);
        for link in links(&text).iter().filter(|link| !link.starts_with("http")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.with_file_name(file) };
            assert!(target.is_file(), "{}: nothing is at {link}", page.display());
            let known = anchor.is_empty() || anchors(&read(&target)).contains(anchor);
            assert!(known, "{}: no heading is at {link}", page.display());
            checked += 1;
        }
    }
    assert!(checked > 10, "only {checked} links were found");
}
