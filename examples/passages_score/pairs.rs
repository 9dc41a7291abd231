//! Pairs of sentences, one a rewriting of the other or another sentence of the same book.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use limpid::dedup::Settings;

use super::corpus::{compare, rows, words};

/// A pair of sentences.
struct Pair {
    reuse: bool,
    texts: [String; 2],
    /// Tenths of the words of the original that do not stand, in order, in the other.
    changed: usize,
}

/// What was found.
#[derive(Clone, Copy, Default)]
struct Found {
    right: usize,
    wrong: usize,
}

/// Scores what is found of each pair alone, and of all sentences in one corpus.
pub(crate) fn score(shared: &Path, list: bool) -> Result<()> {
    let mut pairs = Vec::new();
    for row in rows(&shared.join("data/pairs_pan/pairs.jsonl.gz"))? {
        let text = |name: &str| -> Result<String> {
            Ok(row[name].as_str().context("no text")?.to_owned())
        };
        let texts = [text("original")?, text("other")?];
        let [a, b] = [&texts[0], &texts[1]].map(|t| words(t));
        pairs.push(Pair {
            reuse: row["reuse"] == 1,
            changed: ((a.len() - in_order(&a, &b)) * 10 / a.len().max(1)).min(9),
            texts,
        });
    }
    let settings = Settings::default();
    let mut alone = vec![false; pairs.len()];
    for (found, pair) in alone.iter_mut().zip(&pairs) {
        let texts = [pair.texts[0].as_str(), pair.texts[1].as_str()];
        *found = !compare(&texts, &settings)?.matches.is_empty();
    }
    print_scores("each pair alone", &pairs, &alone);
    if list {
        for (pair, _) in pairs.iter().zip(&alone).filter(|(p, f)| !p.reuse && **f) {
            println!("- {}\n  {}", pair.texts[0], pair.texts[1]);
        }
    }

    let texts: Vec<&str> = pairs
        .iter()
        .flat_map(|p| p.texts.iter().map(String::as_str))
        .collect();
    let outcome = compare(&texts, &settings)?;
    let mut together = vec![false; pairs.len()];
    let mut others = 0;
    for m in &outcome.matches {
        if m.a.0 / 2 == m.b.0 / 2 {
            together[m.a.0 as usize / 2] = true;
        } else {
            others += 1;
        }
    }
    print_scores("all in one corpus", &pairs, &together);
    println!(
        "{others} matches between sentences of different pairs (the same book may be in many), {:.2} s",
        outcome.time.as_secs_f64()
    );
    Ok(())
}

fn print_scores(name: &str, pairs: &[Pair], found: &[bool]) {
    let mut sum = Found::default();
    let mut by_share: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (pair, &found) in pairs.iter().zip(found) {
        if pair.reuse {
            let (all, hit) = by_share.entry(pair.changed).or_default();
            *all += 1;
            *hit += usize::from(found);
            sum.right += usize::from(found);
        } else {
            sum.wrong += usize::from(found);
        }
    }
    let reused = pairs.iter().filter(|p| p.reuse).count();
    println!(
        "{name}: {} pairs, {reused} of them reuse; found {}, precision {:.4}, recall {:.4}",
        pairs.len(),
        sum.right + sum.wrong,
        sum.right as f64 / (sum.right + sum.wrong).max(1) as f64,
        sum.right as f64 / reused.max(1) as f64
    );
    println!("words changed   pairs  recall");
    for (tenth, (all, hit)) in by_share {
        println!(
            "{:3} to {:3} %   {all:7}  {:6.4}",
            10 * tenth,
            10 * tenth + 10,
            hit as f64 / all as f64
        );
    }
}

/// How many words stand in both, in one order.
fn in_order(a: &[String], b: &[String]) -> usize {
    let mut before = vec![0; b.len() + 1];
    for x in a {
        let mut row = vec![0; b.len() + 1];
        for (j, y) in b.iter().enumerate() {
            row[j + 1] = if x == y {
                before[j] + 1
            } else {
                row[j].max(before[j + 1])
            };
        }
        before = row;
    }
    before[b.len()]
}
