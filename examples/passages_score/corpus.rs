//! Real texts for planting: news stories of which none shares a run of words with another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use limpid::dedup::{Dedup, Settings};
use limpid::document::DocId;
use limpid::pipeline::compare::{Compare, Match, Rank};
use limpid::stage::Scratch;

/// Words in a row that make two stories dependent.
const RUN: usize = 8;

/// A small generator of the same numbers everywhere (`SplitMix64`, Steele et al. 2014).
pub(crate) struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; `n` is not 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        (self.next() >> 11) as f64 / ((1u64 << 53) as f64) < share
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// A text and its name.
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// The lower-cased words of a text.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The rows of a gzipped JSONL file.
pub(crate) fn rows(path: &Path) -> Result<Vec<serde_json::Value>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    BufReader::new(MultiGzDecoder::new(file))
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect()
}

/// The stories of `folder` of at least `least` words.
pub(crate) fn stories(folder: &Path, least: usize) -> Result<Vec<Document>> {
    let mut out = Vec::new();
    for row in rows(&folder.join("docs.jsonl.gz"))? {
        let text = row["text"].as_str().context("no text")?;
        if words(text).len() >= least {
            out.push(Document {
                id: row["id"].to_string(),
                text: text.to_owned(),
            });
        }
    }
    Ok(out)
}

/// The ids that stand in a pair of the gold standard.
pub(crate) fn paired(folder: &Path) -> Result<BTreeSet<String>> {
    let path = folder.join("pairs.tsv");
    let file = File::open(&path).with_context(|| path.display().to_string())?;
    let mut out = BTreeSet::new();
    for line in BufReader::new(file).lines().skip(1) {
        out.extend(line?.split('\t').take(2).map(str::to_owned));
    }
    Ok(out)
}

/// Leaves the documents that share no run of [`RUN`] words with any other, by the words themselves.
pub(crate) fn keep_independent(documents: &mut Vec<Document>) {
    let texts: Vec<Vec<String>> = documents.iter().map(|d| words(&d.text)).collect();
    let mut first: BTreeMap<&[String], usize> = BTreeMap::new();
    let mut shares = vec![false; documents.len()];
    for (n, text) in texts.iter().enumerate() {
        for run in text.windows(RUN) {
            let m = *first.entry(run).or_insert(n);
            if m != n {
                shares[m] = true;
                shares[n] = true;
            }
        }
    }
    let mut n = 0;
    documents.retain(|_| {
        n += 1;
        !shares[n - 1]
    });
}

/// What a comparison gave, and how long it took.
pub(crate) struct Outcome {
    pub(crate) matches: Vec<Match>,
    pub(crate) time: Duration,
}

/// Compares the documents as `limpid dedup` does.
pub(crate) fn compare(texts: &[&str], settings: &Settings) -> Result<Outcome> {
    let start = Instant::now();
    let mut compare = Compare::new(settings, 256 << 20, &std::env::temp_dir())?;
    let dedup = Dedup::new(settings)?;
    let mut scratch = Scratch::new();
    for (n, text) in texts.iter().enumerate() {
        let sketch = dedup.sketch(text, &mut scratch);
        compare.add(DocId(n as u64), Rank::default(), sketch)?;
    }
    let mut findings = compare.finish(&texts.to_vec())?;
    Ok(Outcome {
        matches: findings.matches()?.collect::<Result<_, _>>()?,
        time: start.elapsed(),
    })
}
