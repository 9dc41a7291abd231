//! Throughput of the repair stage: the detector on clean text, the whole stage on spun text.

use divan::counter::BytesCount;
use limpid::document::Document;
use limpid::repair::{Repair, Settings};
use limpid::stage::{Scratch, Stage};
use limpid::survey::Survey;

fn main() {
    divan::main();
}

fn seed(name: &str) -> String {
    std::fs::read_dir("seeds")
        .expect("benches run in the repository's root")
        .filter_map(|e| e.ok().map(|e| e.path()))
        .find(|p| {
            p.file_name()
                .is_some_and(|n| n.to_string_lossy().starts_with(name))
        })
        .map(|p| std::fs::read_to_string(p).expect("a seed is text"))
        .expect("the seed is there")
}

#[divan::bench]
fn detect_clean(bencher: divan::Bencher<'_, '_>) {
    let repair = Repair::new(&Settings::default()).expect("the data are whole");
    let text = ["000", "001", "003", "004"].map(seed).concat().repeat(20);
    let mut scratch = Scratch::new();
    assert!(!repair.assess(&text, &mut scratch).spun);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| repair.assess(divan::black_box(&text), &mut scratch));
}

#[divan::bench]
fn repair_spun(bencher: divan::Bencher<'_, '_>) {
    let repair = Repair::new(&Settings::default()).expect("the data are whole");
    let doc = Document::new("002", 0, seed("002").repeat(5));
    let mut scratch = Scratch::new();
    let survey = Survey::default();
    let mut out = Vec::new();
    repair.edit(&doc, &survey, &mut scratch, &mut out);
    assert!(out.len() > 100);
    bencher
        .counter(BytesCount::of_str(&doc.text))
        .bench_local(|| {
            out.clear();
            repair.edit(divan::black_box(&doc), &survey, &mut scratch, &mut out);
        });
}

#[divan::bench]
fn worst_case_one_line(bencher: divan::Bencher<'_, '_>) {
    let repair = Repair::new(&Settings::default()).expect("the data are whole");
    let doc = Document::new(
        "w",
        0,
        "it used to be now not the usage of the safety promises by way of that ".repeat(500),
    );
    let mut scratch = Scratch::new();
    let survey = Survey::default();
    let mut out = Vec::new();
    bencher
        .counter(BytesCount::of_str(&doc.text))
        .bench_local(|| {
            out.clear();
            repair.edit(divan::black_box(&doc), &survey, &mut scratch, &mut out);
        });
}

#[divan::bench]
fn set_up() -> Repair {
    Repair::new(&Settings::default()).expect("the data are whole")
}
