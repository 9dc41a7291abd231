//! Throughput of `strip`: real pages, prose, and the worst case of one line; input bytes are counted.

use divan::Bencher;
use divan::counter::BytesCount;

use limpid::document::Document;
use limpid::stage::{Scratch, Stage};
use limpid::strip::{Settings, Strip};
use limpid::survey::{Questions, Survey};

fn main() {
    divan::main();
}

fn seeds() -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let mut paths: Vec<_> = std::fs::read_dir(root)
        .expect("seeds")
        .map(|e| e.expect("readable").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|p| std::fs::read_to_string(p).expect("readable"))
        .collect()
}

fn run(bencher: Bencher<'_, '_>, text: String) {
    let strip = Strip::new(&Settings::default()).expect("embedded data is sound");
    let mut scratch = Scratch::new();
    let doc = Document::new("bench", 0, text);
    let survey = Survey::default();
    let mut edits = Vec::new();
    bencher
        .counter(BytesCount::of_str(&doc.text))
        .bench_local(|| {
            edits.clear();
            strip.read(&doc, &survey, &mut scratch, &mut edits)
        });
}

#[divan::bench]
fn pages(bencher: Bencher<'_, '_>) {
    run(bencher, seeds());
}

#[divan::bench]
fn menu(bencher: Bencher<'_, '_>) {
    run(
        bencher,
        "Home\nNews\nShare this article\nWorld politics today\n".repeat(2000),
    );
}

#[divan::bench]
fn one_line(bencher: Bencher<'_, '_>) {
    run(bencher, "a word and another ".repeat(100_000));
}

/// The long lines of the seeds: running prose.
fn prose() -> String {
    let text = seeds();
    let lines = text.lines().filter(|l| l.len() > 200);
    lines.flat_map(|l| [l, "\n\n"]).collect()
}

#[divan::bench]
fn running_prose(bencher: Bencher<'_, '_>) {
    run(bencher, prose());
}

/// What the survey asks of running prose.
#[divan::bench]
fn survey_of_prose(bencher: Bencher<'_, '_>) {
    let strip = Strip::new(&Settings::default()).expect("embedded data is sound");
    let mut scratch = Scratch::new();
    let doc = Document::new("bench", 0, prose());
    let mut questions = Questions::default();
    bencher
        .counter(BytesCount::of_str(&doc.text))
        .bench_local(|| {
            questions.clear();
            strip.ask(&doc, &mut scratch, &mut questions);
        });
}
