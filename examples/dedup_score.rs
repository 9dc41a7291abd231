//! Scores document matches against a complete gold standard of pairs, and times the passes.
//!
//! `cargo run --release --example dedup_score -- DIR` where DIR holds `docs.jsonl.gz` (objects with `id` and `text`) and
//! `pairs.tsv` (`a`, `b`, Jaccard similarity over sets of lower-case word 3-grams of texts of 40 words and more,
//! complete from 0.3 on, containment, anything, and the class `dup`, `template` or `unsure`). Without DIR: `$LIMPID_SHARED/data/dup_reuters`, else `../shared/data/dup_reuters`. With
//! `--templates` or `--contained` alone it scores how duplicates are told from templates, or which documents are found that
//! stand in longer ones; with `--passages` it also lists a sample of the passages found between documents that do not match as wholes.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use limpid::dedup::form::{self, Buffers, Form};
use limpid::dedup::{Dedup, Settings};
use limpid::document::DocId;
use limpid::pipeline::compare::{Compare, Counts, Kind, Match, Rank};
use limpid::stage::Scratch;
use limpid::text::hash::hash;
use limpid::text::shingles::{Token, scan};

/// Texts of fewer words are not in the gold standard.
const LEAST_WORDS: usize = 40;

fn main() -> Result<()> {
    let mut folder = None;
    let mut passages = false;
    let mut only_templates = false;
    let mut only_contained = false;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--passages" => passages = true,
            "--templates" => only_templates = true,
            "--contained" => only_contained = true,
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
    if only_contained {
        return score_contained(&documents, &gold);
    }
    if only_templates {
        return score_kinds(&documents, &gold, bytes);
    }
    println!(
        "similarity  bands x rows   gold  found  recall  precision  compared  sketch MB/s  finish s"
    );
    for tenth in [3, 4, 5, 6, 7, 8, 9] {
        score(&documents, &gold, f64::from(tenth) / 10.0, bytes)?;
    }
    score_contained(&documents, &gold)?;
    score_kinds(&documents, &gold, bytes)?;
    if passages {
        list_passages(&documents, bytes)?;
    }
    Ok(())
}

/// Pairs by their ids.
type Gold = BTreeMap<(String, String), Known>;

/// What is known of a pair.
struct Known {
    jaccard: f64,
    containment: f64,
    class: String,
}

/// Scores the pairs of which one stands in the other while their Jaccard similarity is below. The gold standard has those of
/// 0.3 and more; what is found beside them is verified here on sets of the words themselves.
fn score_contained(documents: &[(String, String)], gold: &Gold) -> Result<()> {
    println!(
        "\ncontained  gold  found  recall  found below 0.3  verified  matches of passages  candidates  finish s"
    );
    for tenth in [5, 6, 7, 8, 9] {
        let share = f64::from(tenth) / 10.0;
        let mut settings = Settings::default();
        settings.similarity = share as f32;
        settings.shingle_words = 3;
        let outcome = compare(documents, &settings)?;
        let mut found = BTreeSet::new();
        let (mut other, mut verified) = (0, 0);
        for m in outcome
            .matches
            .iter()
            .filter(|m| m.measure == "containment")
        {
            let (a, b) = (&documents[m.a.0 as usize], &documents[m.b.0 as usize]);
            let pair = ordered(&a.0, &b.0);
            let sets = [&a.1, &b.1].map(|text| runs(text));
            let shared = sets[0].intersection(&sets[1]).count() as f64;
            let least = sets[0].len().min(sets[1].len()) as f64;
            verified += usize::from(shared / least >= share - 1e-6);
            other += usize::from(!gold.contains_key(&pair));
            found.insert(pair);
        }
        let wanted: Vec<&(String, String)> = gold
            .iter()
            .filter(|(_, g)| g.containment >= share && g.jaccard < share)
            .map(|g| g.0)
            .collect();
        let hit = wanted.iter().filter(|pair| found.contains(**pair)).count();
        println!(
            "{share:9.1}  {:4}  {:5}  {:6.4}  {other:15}  {verified:8}  {:19}  {:10}  {:8.2}",
            wanted.len(),
            found.len(),
            hit as f64 / wanted.len().max(1) as f64,
            outcome.counts.passage_matches,
            outcome.counts.passage_candidates,
            outcome.finishing.as_secs_f64(),
        );
    }
    Ok(())
}

/// The runs of three words of a text.
fn runs(text: &str) -> BTreeSet<Vec<String>> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.windows(3).map(<[String]>::to_vec).collect()
}

/// Pairs of one half by (class, what it was taken for).
type Confusion = BTreeMap<(String, &'static str), usize>;

/// Scores what the comparison calls the pairs of the gold standard, and what other thresholds would.
///
/// The stories that a chain of pairs joins are all in one half, so that no text is in both. The thresholds were chosen on
/// the first half.
fn score_kinds(documents: &[(String, String)], gold: &Gold, bytes: usize) -> Result<()> {
    let mut settings = Settings::default();
    settings.similarity = 0.3;
    settings.shingle_words = 3;
    settings.passages = false;
    let halves = halves(gold);
    let outcome = compare(documents, &settings)?;
    let kinds: BTreeMap<(String, String), &'static str> = outcome
        .matches
        .iter()
        .map(|m| {
            let pair = ordered(&documents[m.a.0 as usize].0, &documents[m.b.0 as usize].0);
            (
                pair,
                if m.kind == Kind::Template {
                    "template"
                } else {
                    "dup"
                },
            )
        })
        .collect();
    println!(
        "\nduplicates and templates among the pairs at 0.3, of {:.1} MB",
        bytes as f64 / 1e6
    );
    println!(
        "half      F1 dup  F1 template  dup: dup/template/missed  template: dup/template/missed  unsure: dup/template"
    );
    for (half, name) in ["tuning", "held out"].into_iter().enumerate() {
        let mut confusion = Confusion::new();
        for (pair, known) in gold.iter().filter(|g| halves[g.0] == half) {
            let kind = kinds.get(pair).copied().unwrap_or("missed");
            *confusion.entry((known.class.clone(), kind)).or_default() += 1;
        }
        print_confusion(name, &confusion);
    }
    let dedup = Dedup::new(&settings)?;
    let texts: BTreeMap<&str, &str> = documents.iter().map(|d| (&*d.0, &*d.1)).collect();
    let (mut x, mut y, mut buffers) = (Form::default(), Form::default(), Buffers::default());
    let mut shares = Vec::new();
    for (pair, known) in gold.iter().filter(|g| halves[g.0] == 0) {
        let (a, b) = (texts[&*pair.0], texts[&*pair.1]);
        x.read(a, dedup.fact_words(), dedup.function_words());
        y.read(b, dedup.fact_words(), dedup.function_words());
        let facts = form::compare((&x, a), (&y, b), &mut buffers);
        shares.push((known.class.clone(), facts.changed()));
    }
    println!("tuning half, by the share of changed facts alone:");
    for threshold in [0.08, 0.1, 0.12, 0.15, 0.17, 0.2, 0.25] {
        let mut confusion = Confusion::new();
        for (class, share) in &shares {
            let kind = if *share > threshold {
                "template"
            } else {
                "dup"
            };
            *confusion.entry((class.clone(), kind)).or_default() += 1;
        }
        print_confusion(&format!("{threshold:.2}"), &confusion);
    }
    Ok(())
}

fn print_confusion(name: &str, confusion: &Confusion) {
    let count = |class: &str, kind: &'static str| {
        confusion
            .get(&(class.to_owned(), kind))
            .copied()
            .unwrap_or(0)
    };
    let f1 = |class, other| {
        let hit = 2 * count(class, class);
        let missed = count(class, other) + count(class, "missed");
        hit as f64 / (hit + missed + count(other, class)).max(1) as f64
    };
    let row = |class| {
        format!(
            "{}/{}/{}",
            count(class, "dup"),
            count(class, "template"),
            count(class, "missed")
        )
    };
    println!(
        "{name:8}  {:6.4}  {:11.4}  {:>24}  {:>29}  {:>20}",
        f1("dup", "template"),
        f1("template", "dup"),
        row("dup"),
        row("template"),
        row("unsure"),
    );
}

/// The id that stands for the component of `at`.
fn root<'g>(parent: &BTreeMap<&'g str, &'g str>, mut at: &'g str) -> &'g str {
    while let Some(&up) = parent.get(at) {
        at = up;
    }
    at
}

/// By pair: the half of its component in the graph of all pairs.
fn halves(gold: &Gold) -> BTreeMap<&(String, String), usize> {
    let mut parent: BTreeMap<&str, &str> = BTreeMap::new();
    for (a, b) in gold.keys() {
        let (a, b) = (root(&parent, a), root(&parent, b));
        if a != b {
            parent.insert(a.max(b), a.min(b));
        }
    }
    gold.keys()
        .map(|pair| {
            (
                pair,
                (hash(root(&parent, &pair.0).as_bytes(), 0) & 1) as usize,
            )
        })
        .collect()
}

fn score(documents: &[(String, String)], gold: &Gold, similarity: f64, bytes: usize) -> Result<()> {
    let mut settings = Settings::default();
    settings.similarity = similarity as f32;
    settings.shingle_words = 3;
    settings.passages = false;
    let outcome = compare(documents, &settings)?;
    let found: BTreeSet<(String, String)> = outcome
        .matches
        .iter()
        .filter(|m| m.measure != "containment")
        .map(|m| ordered(&documents[m.a.0 as usize].0, &documents[m.b.0 as usize].0))
        .collect();
    let wanted: BTreeSet<&(String, String)> = gold
        .iter()
        .filter(|g| g.1.jaccard >= similarity)
        .map(|g| g.0)
        .collect();
    let hit = wanted.iter().filter(|p| found.contains(**p)).count();
    // The gold similarities are rounded to four digits.
    let right = found
        .iter()
        .filter(|p| gold.get(*p).is_some_and(|g| g.jaccard >= similarity - 1e-4))
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
            words += usize::from(matches!(t, Token::Word { .. }));
        });
        if words >= LEAST_WORDS {
            out.push((row["id"].to_string(), text.to_owned()));
        }
    }
    Ok(out)
}

fn read_pairs(path: &Path) -> Result<Gold> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut out = BTreeMap::new();
    for line in BufReader::new(file).lines().skip(1) {
        let line = line?;
        let mut fields = line.split('\t');
        let mut next = || fields.next().context("too few fields");
        let pair = ordered(next()?, next()?);
        let known = Known {
            jaccard: next()?.parse()?,
            containment: next()?.parse()?,
            class: fields.next_back().context("no class")?.to_owned(),
        };
        out.insert(pair, known);
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
