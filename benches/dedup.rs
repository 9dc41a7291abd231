//! Throughput of stage 4: sketches with and without passages, and a whole comparison.
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

/// 2,000 documents cut from the seeds at shifting places, so that documents and passages repeat.
#[divan::bench(args = [false, true], sample_count = 5)]
fn whole(bencher: Bencher, passages: bool) {
    let all: Vec<char> = texts().concat().chars().collect();
    let texts: Vec<String> = (0..2000)
        .map(|i| {
            all.iter()
                .cycle()
                .skip(i * 7919 % all.len())
                .take(2000 + i % 500)
                .collect()
        })
        .collect();
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
            assert!(findings.counts().document_matches + findings.counts().passage_matches > 0);
        });
}
