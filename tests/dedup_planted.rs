//! Plants copies of the passages of seeds/ in other text and asks whether each is found, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;

use limpid::dedup::{Dedup, Policy, Settings};
use limpid::document::DocId;
use limpid::edit::ByteSpan;
use limpid::pipeline::compare::{Compare, Findings, Keep, Kind, Match, Rank};
use limpid::stage::Scratch;

/// A small generator of the same numbers everywhere (`SplitMix64`, Steele et al. 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn chance(&mut self, share: f64) -> bool {
        (self.next() >> 11) as f64 / ((1u64 << 53) as f64) < share
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

fn seeds() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    let texts: Vec<String> = paths
        .iter()
        .map(|p| std::fs::read_to_string(p).unwrap())
        .collect();
    assert_eq!(texts.len(), 5);
    texts
}

/// Paragraphs of 40 to 160 words.
fn paragraphs(text: &str) -> Vec<&str> {
    text.split('\n')
        .map(str::trim)
        .filter(|p| (40..=160).contains(&p.split_whitespace().count()))
        .collect()
}

/// The words that stand in for others: those of all seeds, so that a changed word is often one the other text has too.
fn vocabulary(texts: &[String]) -> Vec<String> {
    let mut words: Vec<String> = texts
        .iter()
        .flat_map(|t| t.split(|c: char| !c.is_alphabetic()))
        .filter(|w| w.len() > 1)
        .map(str::to_lowercase)
        .collect();
    words.sort();
    words.dedup();
    words
}

/// `passage` with a share of its words replaced by short words for short and long for long, left out or joined by another.
fn reword(passage: &str, share: f64, vocabulary: &[String], random: &mut Random) -> String {
    let mut out: Vec<String> = Vec::new();
    for word in passage.split_whitespace() {
        if !random.chance(share) {
            out.push(word.to_owned());
            continue;
        }
        let short = |w: &str| w.len() <= 3;
        let other = loop {
            let other = &vocabulary[random.below(vocabulary.len())];
            if short(other) == short(word) {
                break other.clone();
            }
        };
        match random.below(8) {
            0 => {}
            1 => out.extend([word.to_owned(), other]),
            _ => out.push(other),
        }
    }
    out.join(" ")
}

/// Sentences of made-up words that no seed shares.
fn filler(random: &mut Random, words: usize) -> String {
    const SYLLABLES: [&str; 12] = [
        "ba", "ko", "ri", "tem", "su", "lan", "po", "vik", "da", "mor", "ne", "zul",
    ];
    let mut out = String::new();
    for i in 0..words {
        let n = 2 + random.below(3);
        let word: String = (0..n)
            .map(|_| SYLLABLES[random.below(SYLLABLES.len())])
            .collect();
        out.push_str(&word);
        out.push_str(if i % 14 == 13 { ". " } else { " " });
    }
    out.trim_end().to_owned() + "."
}

fn settings(policy: Policy) -> Settings {
    let mut settings = Settings::default();
    settings.policy = policy;
    settings
}

fn compare(texts: &[String], settings: &Settings) -> (Vec<Match>, Findings) {
    compare_as(
        texts,
        settings,
        &(0..texts.len()).collect::<Vec<_>>(),
        64 << 20,
    )
}

/// Adds the texts in the given order; the numbers in the matches are those of `texts`.
fn compare_as(
    texts: &[String],
    settings: &Settings,
    order: &[usize],
    memory: u64,
) -> (Vec<Match>, Findings) {
    let dir = tempfile::tempdir().unwrap();
    let dedup = Dedup::new(settings).unwrap();
    let mut pass = Compare::new(settings, memory, dir.path()).unwrap();
    let mut scratch = Scratch::new();
    for &i in order {
        let sketch = dedup.sketch(&texts[i], &mut scratch);
        let rank = Rank {
            words: sketch.words,
            ..Rank::default()
        };
        pass.add(DocId::of(&format!("{i}.txt"), 0), rank, sketch)
            .unwrap();
    }
    let arranged: Vec<&str> = order.iter().map(|&i| texts[i].as_str()).collect();
    let mut findings = pass.finish(&arranged).unwrap();
    let matches = findings
        .matches()
        .unwrap()
        .map(|m| {
            let mut m = m.unwrap();
            m.a.0 = order[m.a.0 as usize] as u32;
            m.b.0 = order[m.b.0 as usize] as u32;
            m
        })
        .collect();
    (matches, findings)
}

/// The sides of a match in the order of the numbers asked for.
fn sides(m: &Match, x: usize, y: usize) -> Option<(ByteSpan, ByteSpan)> {
    if (m.a.0 as usize, m.b.0 as usize) == (x, y) {
        Some((m.a.1, m.b.1))
    } else if (m.a.0 as usize, m.b.0 as usize) == (y, x) {
        Some((m.b.1, m.a.1))
    } else {
        None
    }
}

/// Shared bytes of all bytes under two spans.
fn overlap(x: ByteSpan, y: ByteSpan) -> f64 {
    let shared = x.end.min(y.end).saturating_sub(x.start.max(y.start));
    shared as f64 / (x.end.max(y.end) - x.start.min(y.start)) as f64
}

fn span_of(text: &str, part: &str) -> ByteSpan {
    let at = text.find(part).unwrap();
    ByteSpan::new(at, at + part.len())
}

/// Bytes that `spans` together have in common with `planted`, of all bytes in either.
fn agreement(spans: impl Iterator<Item = ByteSpan>, planted: ByteSpan) -> f64 {
    let found: std::collections::BTreeSet<usize> = spans.flat_map(|s| s.start..s.end).collect();
    let common = found.range(planted.start..planted.end).count();
    common as f64 / (found.len() + planted.len() - common) as f64
}

/// How a copy is arranged in the text it is planted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layout {
    Whole,
    SplitOverParagraphs,
    SentencesMoved,
}

fn arrange(copy: &str, layout: Layout, random: &mut Random) -> String {
    match layout {
        Layout::Whole => copy.to_owned(),
        Layout::SplitOverParagraphs => {
            let words: Vec<&str> = copy.split(' ').collect();
            let third = words.len() / 3;
            [
                &words[..third],
                &words[third..2 * third],
                &words[2 * third..],
            ]
            .map(|w| w.join(" "))
            .join("\n\n")
        }
        Layout::SentencesMoved => {
            let mut sentences: Vec<&str> = copy.split_inclusive(". ").map(str::trim).collect();
            random.shuffle(&mut sentences);
            sentences.join(" ")
        }
    }
}

/// Every paragraph of the seeds, copied with a share of its words changed into a text of its own, is found with its spans.
#[test]
fn planted_passages_are_found_with_their_spans() {
    let seeds = seeds();
    let vocabulary = vocabulary(&seeds);
    let mut lost: BTreeMap<(Layout, u32), Vec<String>> = BTreeMap::new();
    let mut overlaps = Vec::new();
    let mut planted = 0;
    let layouts = [
        Layout::Whole,
        Layout::SplitOverParagraphs,
        Layout::SentencesMoved,
    ];
    for (layout, mut random) in layouts
        .into_iter()
        .flat_map(|layout| (1..=4).map(move |seed| (layout, Random(seed))))
    {
        for percent in [0u32, 5, 10, 20, 30] {
            let mut texts = seeds.clone();
            let mut plants = Vec::new();
            for (seed, text) in seeds.iter().enumerate() {
                for paragraph in paragraphs(text) {
                    let copy = reword(
                        paragraph,
                        f64::from(percent) / 100.0,
                        &vocabulary,
                        &mut random,
                    );
                    let copy = arrange(&copy, layout, &mut random);
                    let (before, after) = (filler(&mut random, 80), filler(&mut random, 80));
                    plants.push((seed, span_of(text, paragraph), texts.len(), copy.clone()));
                    texts.push(format!("{before}\n\n{copy}\n\n{after}"));
                }
            }
            let (matches, _) = compare(&texts, &settings(Policy::Flag));
            for (seed, from, target, copy) in plants {
                planted += 1;
                let to = span_of(&texts[target], &copy);
                // Sentences that were moved far apart may come as several rows: together they tell where it stands.
                let rows: Vec<(ByteSpan, ByteSpan)> = matches
                    .iter()
                    .filter(|m| m.kind == Kind::Passage)
                    .filter_map(|m| sides(m, seed, target))
                    .filter(|(x, y)| x.overlaps(from) && y.overlaps(to))
                    .collect();
                let agreement = agreement(rows.iter().map(|r| r.0), from)
                    .min(agreement(rows.iter().map(|r| r.1), to));
                overlaps.push(agreement);
                if agreement < 0.5 {
                    lost.entry((layout, percent))
                        .or_default()
                        .push(format!("{agreement:.2} {copy}"));
                }
            }
        }
    }
    overlaps.sort_by(f64::total_cmp);
    let mean = overlaps.iter().sum::<f64>() / overlaps.len() as f64;
    println!("{planted} planted, mean overlap {mean:.3}");
    for (case, copies) in &lost {
        println!("{case:?}: {} lost\n  {}", copies.len(), copies.join("\n  "));
    }
    // With every third word changed a passage may have no run of content words left, and sentences moved far apart may be
    // found in part.
    let each = planted / 15;
    assert!(each > 200);
    for (&(layout, percent), copies) in &lost {
        let most = match (layout, percent) {
            (Layout::SentencesMoved, 30) => each / 10,
            (_, 30) => each / 20,
            (Layout::SentencesMoved, 5..) => each / 50,
            _ => 0,
        };
        assert!(
            copies.len() <= most,
            "{layout:?} {percent} %: {} of {each}",
            copies.len()
        );
    }
    let all: usize = lost.values().map(Vec::len).sum();
    assert!(all * 100 < planted, "{all} of {planted}");
    assert!(mean > 0.95);
}

/// Only what was planted is flagged: the five seeds are about one topic, and so are texts mixed from their paragraphs' words.
#[test]
fn texts_on_one_topic_are_not_flagged() {
    let (matches, findings) = compare(&seeds(), &settings(Policy::Flag));
    assert!(matches.is_empty(), "{matches:?}");
    assert_eq!(findings.counts().documents, 5);
}

#[test]
fn near_duplicates_are_found_at_the_similarity_asked_for() {
    let seeds = seeds();
    let vocabulary = vocabulary(&seeds);
    for (percent, at_least) in [(1, 0.8), (3, 0.6), (6, 0.45)] {
        let mut random = Random(percent);
        let mut texts = seeds.clone();
        for text in &seeds {
            texts.push(reword(
                text,
                percent as f64 / 100.0,
                &vocabulary,
                &mut random,
            ));
        }
        let mut settings = settings(Policy::Flag);
        settings.similarity = at_least;
        let (matches, _) = compare(&texts, &settings);
        for i in 0..5 {
            let row = matches
                .iter()
                .find(|m| sides(m, i, i + 5).is_some() && m.kind == Kind::Document)
                .unwrap_or_else(|| panic!("{percent} %, {i}"));
            assert!(row.similarity >= at_least && row.similarity < 1.0);
            assert_eq!(row.measure, "jaccard");
            assert_eq!(row.a.1.start, 0);
            assert!(row.cluster.is_some());
        }
        assert_eq!(
            matches.iter().filter(|m| m.kind == Kind::Document).count(),
            5
        );
    }
}

#[test]
fn copies_with_other_space_and_case_are_exact() {
    let seeds = seeds();
    let mut texts = seeds.clone();
    texts.push(
        seeds[1]
            .to_uppercase()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join("\n"),
    );
    let (matches, findings) = compare(&texts, &settings(Policy::Drop));
    assert_eq!(matches.len(), 1, "{matches:?}");
    assert_eq!(matches[0].measure, "exact");
    assert!((matches[0].similarity - 1.0).abs() < 1e-6);
    assert_eq!(findings.cluster(1), findings.cluster(5));
    assert_eq!(findings.cluster(0), None);
    assert!(findings.dropped(1) != findings.dropped(5));
    assert!(matches!(matches[0].keep, Keep::A | Keep::B));
}

#[test]
fn keep_best_keeps_the_longest() {
    let seed = seeds().remove(0);
    let short = seed[..seed.len() - 400].trim_end().to_owned();
    let shorter = seed[..seed.len() - 700].trim_end().to_owned();
    let (_, findings) = compare(&[shorter, seed, short], &settings(Policy::KeepBest));
    assert_eq!([0, 1, 2].map(|n| findings.dropped(n)), [true, false, true]);
    let (_, flagged) = compare(&seeds(), &settings(Policy::Flag));
    assert!((0..5).all(|n| !flagged.dropped(n)));
}

/// A corpus with near-duplicates, copies and planted passages gives the same rows at any thread count, in any order of
/// arrival, and with so little memory that everything is spilled.
#[test]
fn order_threads_and_memory_change_nothing() {
    let seeds = seeds();
    let vocabulary = vocabulary(&seeds);
    let mut random = Random(7);
    let mut texts = seeds.clone();
    for text in &seeds {
        texts.push(text.clone());
        texts.push(reword(text, 0.02, &vocabulary, &mut random));
        for paragraph in paragraphs(text) {
            let copy = reword(paragraph, 0.1, &vocabulary, &mut random);
            texts.push(format!("{}\n\n{copy}", filler(&mut random, 60)));
        }
    }
    for policy in [Policy::Flag, Policy::KeepBest] {
        let run = |threads: usize, order: &[usize], memory| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| compare_as(&texts, &settings(policy), order, memory).0)
        };
        let mut order: Vec<usize> = (0..texts.len()).collect();
        let expected = run(1, &order, 64 << 20);
        assert!(expected.len() > 40);
        for (threads, memory) in [(2, 64 << 20), (1, 1 << 14), (4, 1 << 14)] {
            random.shuffle(&mut order);
            assert_eq!(run(threads, &order, memory), expected, "{threads} threads");
        }
    }
}

/// Thousands of equal or nearly equal documents cost a number of comparisons in proportion to their number.
#[test]
fn hot_buckets_stay_linear() {
    let seed = seeds().remove(4);
    let copies = vec![seed.clone(); 2000];
    let (matches, findings) = compare(&copies, &settings(Policy::Drop));
    assert!(
        matches.len() >= 1999 && matches.len() < 2100,
        "{}",
        matches.len()
    );
    assert!(findings.counts().candidates < 100);
    assert_eq!((0..2000).filter(|&n| !findings.dropped(n)).count(), 1);

    let nearly: Vec<String> = (0..1000).map(|i| format!("{seed}\nNumber {i}.")).collect();
    let (_, findings) = compare(&nearly, &settings(Policy::Drop));
    assert!(findings.counts().bounded_buckets > 0);
    assert!(findings.counts().candidates < 1000 * 64);
    assert_eq!((0..1000).filter(|&n| !findings.dropped(n)).count(), 1);
    assert_eq!(findings.counts().clusters, 1);
}

/// A passage that stands in very many otherwise unlike documents is told once, with their number.
#[test]
fn a_passage_in_very_many_documents_is_one_row() {
    let seed = seeds().remove(4);
    let passage = paragraphs(&seed)[0];
    let mut random = Random(3);
    let texts: Vec<String> = (0..300)
        .map(|_| {
            format!(
                "{}\n\n{passage}\n\n{}",
                filler(&mut random, 120),
                filler(&mut random, 120)
            )
        })
        .collect();
    let (matches, findings) = compare(&texts, &settings(Policy::Flag));
    assert!(findings.counts().bounded_fingerprints > 0);
    assert_eq!(findings.counts().recurring, 1);
    assert_eq!(matches.len(), 1, "{matches:?}");
    assert_eq!(matches[0].documents, 300);
    for (side, span) in [matches[0].a, matches[0].b] {
        let planted = span_of(&texts[side as usize], passage);
        assert!(overlap(span, planted) > 0.9, "{span:?} {planted:?}");
    }
}

#[test]
fn empty_and_tiny_texts_are_harmless() {
    let texts: Vec<String> = [
        "",
        "",
        " \n",
        "Yes",
        "yes!",
        "No",
        "…",
        "Chapter 1",
        "Chapter 2",
        "Share this article",
        "Share this article.",
    ]
    .map(str::to_owned)
    .into();
    let (matches, _) = compare(&texts, &settings(Policy::Drop));
    let pairs: Vec<(u32, u32)> = matches
        .iter()
        .map(|m| (m.a.0.min(m.b.0), m.a.0.max(m.b.0)))
        .collect();
    assert!(pairs.contains(&(9, 10)));
    assert!(pairs.contains(&(3, 4)));
    assert_eq!(pairs.len(), 2, "{matches:?}");
}

#[test]
fn settings_out_of_range_are_refused() {
    for change in [
        |s: &mut Settings| s.similarity = 0.0,
        |s: &mut Settings| s.similarity = f32::NAN,
        |s: &mut Settings| s.shingle_words = 0,
        |s: &mut Settings| s.passage_window = 17,
        |s: &mut Settings| s.passage_words = 1,
    ] {
        let mut settings = Settings::default();
        change(&mut settings);
        assert!(Dedup::new(&settings).is_err());
    }
}
