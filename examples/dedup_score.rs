//! Scores document matches against a complete gold standard of pairs, and times the passes.
//!
//! `cargo run --release --example dedup_score -- DIR` where DIR holds `docs.jsonl.gz` (objects with `id` and `text`) and
//! `pairs.tsv` (`a`, `b`, Jaccard similarity over sets of lower-case word 3-grams of texts of 40 words and more,
//! complete from 0.3 on). Without DIR: `$LIMPID_SHARED/data/dup_reuters`, else `../shared/data/dup_reuters`. With
//! `--passages` it also lists a sample of the passages found between documents that do not match as wholes.
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use limpid::dedup::{Dedup, Settings};
use limpid::document::DocId;
use limpid::pipeline::compare::{Compare, Counts, Kind, Match, Rank};
use limpid::stage::Scratch;
use limpid::text::shingles::{Token, scan};

/// Texts of fewer words are not in the gold standard.
const LEAST_WORDS: usize = 40;

fn main() -> Result<()> {
    let mut folder = None;
    let mut passages = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--passages" => passages = true,
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let folder = folder.unwrap_or_else(|| {
        let shared =
            std::env::var_os("LIMPID_SHARED").map_or_else(|| "../shared".into(), PathBuf::from);
        shared.join("data/dup_reuters")
    });
    let documents = read_documents(&folder.join("docs.jsonl.gz"))?;
    let gold = read_pairs(&folder.join("pairs.tsv"))?;
    let bytes: usize = documents.iter().map(|d| d.1.len()).sum();
    println!(
        "{} documents, {:.1} MB, {} gold pairs",
        documents.len(),
        bytes as f64 / 1e6,
        gold.len()
    );
    println!(
        "similarity  bands x rows   gold  found  recall  precision  compared  sketch MB/s  finish s"
    );
    for tenth in [3, 4, 5, 6, 7, 8, 9] {
        score(&documents, &gold, f64::from(tenth) / 10.0, bytes)?;
    }
    if passages {
        list_passages(&documents, bytes)?;
    }
    Ok(())
}

fn score(
    documents: &[(String, String)],
    gold: &BTreeMap<(String, String), f64>,
    similarity: f64,
    bytes: usize,
) -> Result<()> {
    let mut settings = Settings::default();
    settings.similarity = similarity as f32;
    settings.shingle_words = 3;
    settings.passages = false;
    let outcome = compare(documents, &settings)?;
    let found: BTreeSet<(String, String)> = outcome
        .matches
        .iter()
        .map(|m| ordered(&documents[m.a.0 as usize].0, &documents[m.b.0 as usize].0))
        .collect();
    let wanted: BTreeSet<&(String, String)> = gold
        .iter()
        .filter(|g| *g.1 >= similarity)
        .map(|g| g.0)
        .collect();
    let hit = wanted.iter().filter(|p| found.contains(**p)).count();
    // The gold similarities are rounded to four digits.
    let right = found
        .iter()
        .filter(|p| gold.get(*p).is_some_and(|&s| s >= similarity - 1e-4))
        .count();
    let banding = Dedup::new(&settings)?.banding();
    println!(
        "{similarity:10.1}  {:5} x {:2}  {:7}  {:5}  {:6.4}  {:9.4}  {:8}  {:11.0}  {:8.2}",
        banding.bands,
        banding.rows,
        wanted.len(),
        found.len(),
        hit as f64 / wanted.len() as f64,
        right as f64 / found.len() as f64,
        outcome.counts.candidates,
        bytes as f64 / 1e6 / outcome.sketching.as_secs_f64(),
        outcome.finishing.as_secs_f64(),
    );
    Ok(())
}

fn list_passages(documents: &[(String, String)], bytes: usize) -> Result<()> {
    let outcome = compare(documents, &Settings::default())?;
    println!(
        "\nwith passages: sketch {:.0} MB/s, finish {:.2} s, {:?}",
        bytes as f64 / 1e6 / outcome.sketching.as_secs_f64(),
        outcome.finishing.as_secs_f64(),
        outcome.counts
    );
    let found: Vec<&Match> = outcome
        .matches
        .iter()
        .filter(|m| m.kind == Kind::Passage)
        .collect();
    for m in found.iter().step_by(found.len() / 20 + 1) {
        let quote = |(n, span): (u32, limpid::edit::ByteSpan)| {
            let (id, text) = &documents[n as usize];
            format!(
                "[{id}] {}",
                span.of(text)
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            )
        };
        println!(
            "--- {:.2} {}\n  {}\n  {}",
            m.similarity,
            m.measure,
            quote(m.a),
            quote(m.b)
        );
    }
    Ok(())
}

struct Outcome {
    matches: Vec<Match>,
    counts: Counts,
    sketching: Duration,
    finishing: Duration,
}

fn compare(documents: &[(String, String)], settings: &Settings) -> Result<Outcome> {
    let mut compare = Compare::new(settings, 256 << 20, &std::env::temp_dir())?;
    let dedup = Dedup::new(settings)?;
    let mut scratch = Scratch::new();
    let start = Instant::now();
    for (id, text) in documents {
        let sketch = dedup.sketch(text, &mut scratch);
        compare.add(DocId::of(id, 0), Rank::default(), sketch)?;
    }
    let sketching = start.elapsed();
    let start = Instant::now();
    let texts: Vec<&str> = documents.iter().map(|d| d.1.as_str()).collect();
    let mut findings = compare.finish(&texts)?;
    let finishing = start.elapsed();
    Ok(Outcome {
        matches: findings.matches()?.collect::<Result<_, _>>()?,
        counts: findings.counts(),
        sketching,
        finishing,
    })
}

fn read_documents(path: &Path) -> Result<Vec<(String, String)>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut out = Vec::new();
    for line in BufReader::new(MultiGzDecoder::new(file)).lines() {
        let row: serde_json::Value = serde_json::from_str(&line?)?;
        let text = row["text"].as_str().context("no text")?;
        let mut words = 0;
        scan(text, &mut String::new(), |t| {
            words += usize::from(matches!(t, Token::Word { .. }))
        });
        if words >= LEAST_WORDS {
            out.push((row["id"].to_string(), text.to_owned()));
        }
    }
    Ok(out)
}

fn read_pairs(path: &Path) -> Result<BTreeMap<(String, String), f64>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut out = BTreeMap::new();
    for line in BufReader::new(file).lines().skip(1) {
        let line = line?;
        let mut fields = line.split('\t');
        let mut next = || fields.next().context("too few fields");
        out.insert(ordered(next()?, next()?), next()?.parse()?);
    }
    Ok(out)
}

fn ordered(a: &str, b: &str) -> (String, String) {
    if a < b {
        (a.to_owned(), b.to_owned())
    } else {
        (b.to_owned(), a.to_owned())
    }
}
