//! Throughput of stage 4: sketches with and without passages, and a whole comparison.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot be set up has nothing to time"
)]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use limpid::dedup::{Dedup, Settings};
use limpid::document::DocId;
use limpid::pipeline::compare::{Compare, Rank};
use limpid::stage::Scratch;

fn main() {
    divan::main();
}

/// The five seeds as they are, and one text of 1 MB made of them.
fn texts() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|p| std::fs::read_to_string(p).unwrap())
        .collect()
}

fn settings(passages: bool) -> Settings {
    let mut settings = Settings::default();
    settings.passages = passages;
    settings
}

#[divan::bench(args = [false, true])]
fn sketch(bencher: Bencher, passages: bool) {
    let texts = texts();
    let dedup = Dedup::new(&settings(passages)).unwrap();
    let mut scratch = Scratch::new();
    let first = dedup.sketch(&texts[0], &mut scratch);
    assert!(first.words > 1000 && first.fingerprints.is_empty() != passages);
    bencher
        .counter(BytesCount::new(
            texts.iter().map(String::len).sum::<usize>(),
        ))
        .bench_local(|| {
            for text in &texts {
                black_box(dedup.sketch(text, &mut scratch));
            }
        });
}

/// One line of 4 MB without a space, and one word repeated.
#[divan::bench(args = ["unbroken", "repeated"])]
fn pathological(bencher: Bencher, kind: &str) {
    let text = match kind {
        "unbroken" => "x".repeat(4 << 20),
        _ => "word ".repeat((4 << 20) / 5),
    };
    let dedup = Dedup::new(&settings(true)).unwrap();
    let mut scratch = Scratch::new();
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| black_box(dedup.sketch(&text, &mut scratch)));
}

/// 2,000 documents of 300 words of the seeds in random order; every tenth repeats two thirds of the one before.
#[divan::bench(args = [false, true], sample_count = 5)]
fn whole(bencher: Bencher, passages: bool) {
    let seeds = texts().concat();
    let vocabulary: Vec<&str> = seeds.split_whitespace().collect();
    let mut state = 1u64;
    let mut word = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        vocabulary[(state >> 33) as usize % vocabulary.len()]
    };
    let mut texts: Vec<String> = Vec::new();
    for i in 0..2000 {
        let kept: Vec<&str> = match texts.last() {
            Some(last) if i % 10 == 9 => last.split(' ').take(200).collect(),
            _ => Vec::new(),
        };
        let fresh: Vec<&str> = (kept.len()..300).map(|_| word()).collect();
        texts.push([kept, fresh].concat().join(" "));
    }
    let expected = 200 * u64::from(passages);
    let settings = settings(passages);
    bencher
        .counter(BytesCount::new(
            texts.iter().map(String::len).sum::<usize>(),
        ))
        .bench_local(|| {
            let dedup = Dedup::new(&settings).unwrap();
            let mut compare = Compare::new(&settings, 64 << 20, &std::env::temp_dir()).unwrap();
            let mut scratch = Scratch::new();
            for (i, text) in texts.iter().enumerate() {
                let sketch = dedup.sketch(text, &mut scratch);
                compare
                    .add(DocId(i as u64), Rank::default(), sketch)
                    .unwrap();
            }
            let findings = compare.finish(&texts).unwrap();
            assert!(findings.counts().passage_matches >= expected);
        });
}
