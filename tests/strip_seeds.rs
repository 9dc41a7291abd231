//! The five real documents of `seeds/`, line by line: what must stand, what must go, what must arrive as metadata.

use std::collections::BTreeMap;
use std::path::Path;

use limpid::document::{Document, Metadata};
use limpid::edit::{self, Edit};
use limpid::stage::Scratch;
use limpid::strip::{Settings, Strip};
use limpid::survey::Survey;
use limpid::text::lines::lines;

#[derive(serde::Deserialize)]
struct Labels {
    keep: Vec<usize>,
    metadata: Vec<usize>,
    drop: Vec<usize>,
}

fn strip(text: &str) -> (Vec<Edit>, Metadata) {
    let strip = Strip::new(&Settings::default()).expect("embedded data is sound");
    let doc = Document::new("seed", 0, text);
    let mut edits = Vec::new();
    let facts = strip.read(&doc, &Survey::default(), &mut Scratch::new(), &mut edits);
    (edits, facts)
}

fn seeds() -> BTreeMap<String, (String, Labels)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let labels = std::fs::read_to_string(root.join("tests/golden/strip/seeds.lines.json"))
        .expect("readable");
    let labels: BTreeMap<String, Labels> = serde_json::from_str(&labels).expect("well formed");
    labels
        .into_iter()
        .map(|(name, l)| {
            let text = std::fs::read_to_string(root.join("seeds").join(&name)).expect("readable");
            (name, (text, l))
        })
        .collect()
}

#[test]
fn lines_stand_and_go_as_labelled() {
    for (name, (text, labels)) in seeds() {
        let (edits, _) = strip(&text);
        let gone = |number: usize| {
            let line = lines(&text)
                .find(|l| l.number == number)
                .expect("the line exists");
            edits
                .iter()
                .filter(|e| e.applied)
                .any(|e| e.span.contains(line.span))
        };
        let wrong: Vec<_> = labels.keep.iter().filter(|&&n| gone(n)).collect();
        assert!(wrong.is_empty(), "{name}: lines {wrong:?} must stand");
        let wrong: Vec<_> = labels
            .drop
            .iter()
            .chain(&labels.metadata)
            .filter(|&&n| !gone(n))
            .collect();
        assert!(wrong.is_empty(), "{name}: lines {wrong:?} must go");
    }
}

#[test]
fn metadata_lines_arrive() {
    let seeds = seeds();
    let facts = |prefix: &str| {
        let (_, (text, _)) = seeds
            .iter()
            .find(|(n, _)| n.starts_with(prefix))
            .expect("a seed");
        strip(text).1
    };
    let first = facts("000_");
    assert_eq!(first.author.as_deref(), Some("Paul Dragu"));
    assert_eq!(first.date.as_deref(), Some("2025-08-23"));
    assert_eq!(first.site.as_deref(), Some("lewrockwell.com"));
    assert_eq!(
        first.extra.get("outlet").map(String::as_str),
        Some("The New American")
    );
    let second = facts("001_");
    assert_eq!(second.category.as_deref(), Some("politics"));
    assert_eq!(second.extra.get("views").map(String::as_str), Some("1"));
    assert_eq!(facts("003_").category.as_deref(), Some("Analysis | Europe"));
    let fifth = facts("004_");
    assert_eq!(fifth.site.as_deref(), Some("rusi.org"));
    assert!(
        fifth
            .title
            .is_some_and(|t| t.starts_with("Guaranteeing Insecurity"))
    );
}

#[test]
fn what_is_left_reads_well_and_stays() {
    for (name, (text, _)) in seeds() {
        let (edits, _) = strip(&text);
        let clean = edit::apply(&text, &edits);
        assert!(!clean.contains("\n\n\n\n"), "{name}: a run of blank lines");
        assert!(
            !clean.starts_with('\n') && !clean.ends_with("\n\n"),
            "{name}: dangling blank lines"
        );
        assert_eq!(
            clean.ends_with('\n'),
            text.ends_with('\n'),
            "{name}: the last line feed"
        );
        assert_eq!(strip(&clean).0, [], "{name}: a second pass changes nothing");
    }
}
