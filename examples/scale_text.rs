//! Writes JSON lines of made text, as many megabytes as asked, at some hundred MB/s: for measuring what grows with a corpus.
//!
//! `cargo run --release --example scale_text -- MB > FILE`. Words are those of `seeds/`, drawn by Zipf's law with the 10,000 commonest
//! syllable compounds behind them, so that runs of three content words hardly ever repeat by chance; lengths are log-normal with a
//! median of 300 words. One document in twenty is a copy of one of the 1,000 before it with one word in twenty changed, and one
//! in fifty holds a passage of 60 words of one. The same size gives the same bytes.
#![expect(clippy::print_stderr, reason = "a program for the terminal")]

use std::collections::VecDeque;
use std::io::{BufWriter, Write};

use anyhow::{Context, Result};

/// `SplitMix64` (Steele et al. 2014).
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
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Real words by how often they stand in `seeds/`, then made ones.
fn vocabulary() -> Result<Vec<String>> {
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");
    for entry in std::fs::read_dir(seeds).context("seeds/")? {
        let text = std::fs::read_to_string(entry?.path())?;
        for word in text.split(|c: char| !c.is_ascii_alphabetic()) {
            if !word.is_empty() {
                *counts.entry(word.to_lowercase()).or_default() += 1;
            }
        }
    }
    let mut words: Vec<(usize, String)> = counts.into_iter().map(|(w, n)| (n, w)).collect();
    words.sort_by(|x, y| y.cmp(x));
    let parts = [
        "ba", "ken", "ri", "tem", "su", "lan", "port", "vik", "dar", "mor", "nes", "zul", "gri",
        "hol", "ast", "ing", "ver", "tion", "cam", "pel", "wood", "stan",
    ];
    let mut out: Vec<String> = words.into_iter().map(|(_, w)| w).collect();
    for a in parts {
        for b in parts {
            out.extend(parts.iter().map(|c| format!("{a}{b}{c}")));
        }
    }
    Ok(out)
}

fn main() -> Result<()> {
    let megabytes: f64 = std::env::args()
        .nth(1)
        .context("how many MB?")?
        .parse()
        .context("MB")?;
    let words = vocabulary()?;
    let total = words.len() as f64;
    let mut random = Random(1);
    // Inverse of the cumulative share of the first n words under Zipf's law, about ln n / ln N.
    let word = move |random: &mut Random| total.powf(random.share()) as usize % words.len();
    let names = vocabulary()?;
    let mut recent: VecDeque<Vec<u32>> = VecDeque::new();
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let (mut written, mut n) = (0usize, 0usize);
    let mut line = String::new();
    while (written as f64) < megabytes * 1e6 {
        let bell: f64 = (0..6).map(|_| random.share()).sum::<f64>() - 3.0;
        let length = (300.0 * (0.9 * bell).exp()) as usize + 10;
        let mut text: Vec<u32> = Vec::new();
        let kind = random.below(100);
        if kind < 5 && !recent.is_empty() {
            text.clone_from(&recent[random.below(recent.len())]);
            for slot in &mut text {
                if random.below(20) == 0 {
                    *slot = word(&mut random) as u32;
                }
            }
        } else {
            text.extend((0..length).map(|_| word(&mut random) as u32));
            let other = recent.len().checked_sub(1).map(|n| random.below(n + 1));
            if let (5..7, Some(other)) = (kind, other) {
                let source = &recent[other];
                let from = random.below(source.len().saturating_sub(60).max(1));
                text.extend(&source[from..(from + 60).min(source.len())]);
            }
        }
        line.clear();
        line.push_str("{\"id\":\"");
        line.push_str(&n.to_string());
        line.push_str("\",\"text\":\"");
        let start = line.len();
        for (i, &w) in text.iter().enumerate() {
            if i > 0 {
                line.push_str(if i % 15 == 0 { ". " } else { " " });
            }
            line.push_str(&names[w as usize]);
        }
        written += line.len() - start;
        line.push_str(".\"}\n");
        out.write_all(line.as_bytes())?;
        recent.push_back(text);
        if recent.len() > 1000 {
            recent.pop_front();
        }
        n += 1;
    }
    out.flush()?;
    eprintln!("{n} documents, {written} bytes of text");
    Ok(())
}
