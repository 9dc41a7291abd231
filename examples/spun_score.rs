//! Scores how spun copies are found, and what is taken for one that is none.
//!
//! `cargo run --release --example spun_score -- [--synonyms FILE] [--list] [SPUN.jsonl | CORPUS.jsonl] ...`
//!
//! Rows of `SPUN.jsonl` are as `scripts/dedup/spin_copies.py` writes them: `text`, and `original` (an id among the stories) or
//! `reference` (the original itself), and `changed`. The stories are those of `$LIMPID_SHARED/data/dup_reuters`, else `../shared/data/dup_reuters`. A row with neither is a
//! document of a corpus in which nothing is spun. `--synonyms` reads other groups of synonyms than the embedded ones; `--list` shows each
//! pair called spun that is not one of an original and its copy.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::collections::BTreeMap;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use limpid::dedup::form::{self, Buffers, Form};
use limpid::dedup::spun::Synonyms;
use limpid::dedup::spun::check::{self, Content};
use limpid::dedup::{Dedup, Settings, diff};
use limpid::document::DocId;
use limpid::pipeline::compare::{Compare, Kind, Match, Rank};
use limpid::stage::Scratch;

/// Upper ends of the shares of exchanged words that are scored together.
const SHARES: [f64; 7] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1.0];

/// A document, and where it is a copy the number of its original and the share of exchanged words.
struct Document {
    id: String,
    text: String,
    copy: Option<(usize, f64)>,
}

fn main() -> Result<()> {
    let mut files = Vec::new();
    let mut groups = None;
    let mut list = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--synonyms" => groups = Some(arguments.next().context("--synonyms FILE")?),
            "--list" => list = true,
            _ => files.push(PathBuf::from(argument)),
        }
    }
    let folder = std::env::var_os("LIMPID_SHARED")
        .map_or_else(|| "../shared".into(), PathBuf::from)
        .join("data/dup_reuters");
    let mut documents = Vec::new();
    for row in rows(&folder.join("docs.jsonl.gz"))? {
        documents.push(Document {
            id: row["id"].to_string(),
            text: row["text"].as_str().context("no text")?.to_owned(),
            copy: None,
        });
    }
    let stories = documents.len();
    for file in &files {
        add(&rows(file)?, &mut documents)?;
    }
    print_cost(&documents[..stories])?;
    for similarity in [0.5, 0.8] {
        let mut settings = Settings::default();
        settings.similarity = similarity;
        let mut dedup = Dedup::new(&settings)?;
        if let Some(name) = &groups {
            let tsv = std::fs::read_to_string(name).context(name.clone())?;
            let groups = Synonyms::read(&tsv, name, dedup.function_words())?;
            dedup = dedup.with_synonyms(groups);
        }
        println!("--similarity {similarity}");
        if (similarity - 0.8).abs() < 1e-6 {
            score_gold(&dedup, &documents[..stories], &folder.join("pairs.tsv"))?;
        }
        score(dedup, &documents, list)?;
    }
    Ok(())
}

/// What looking for spun copies adds to the time of signing: of each story the fastest of some rounds.
fn print_cost(stories: &[Document]) -> Result<()> {
    const ROUNDS: usize = 7;
    let bytes: usize = stories.iter().map(|d| d.text.len()).sum();
    for passages in [false, true] {
        let mut speeds = [0.0; 2];
        for (spun_copies, speed) in [false, true].into_iter().zip(&mut speeds) {
            let mut settings = Settings::default();
            settings.passages = passages;
            settings.spun_copies = spun_copies;
            let dedup = Dedup::new(&settings)?;
            let mut scratch = Scratch::new();
            let mut least = vec![f64::INFINITY; stories.len()];
            for _ in 0..ROUNDS {
                for (story, least) in stories.iter().zip(&mut least) {
                    let start = Instant::now();
                    black_box(dedup.sketch(&story.text, &mut scratch));
                    *least = least.min(start.elapsed().as_secs_f64());
                }
            }
            *speed = bytes as f64 / 1e6 / least.iter().sum::<f64>();
        }
        println!(
            "signing, passages {passages}: {:.0} MB/s without spun copies, {:.0} with",
            speeds[0], speeds[1]
        );
    }
    Ok(())
}

/// Appends the documents of a file, and originals that it brings along.
fn add(rows: &[serde_json::Value], documents: &mut Vec<Document>) -> Result<()> {
    let numbers: BTreeMap<String, usize> = documents
        .iter()
        .enumerate()
        .map(|(i, d)| (d.id.clone(), i))
        .collect();
    for (i, row) in rows.iter().enumerate() {
        let original = if let Some(text) = row["reference"].as_str() {
            documents.push(Document {
                id: format!("{}-original", row["id"]),
                text: text.to_owned(),
                copy: None,
            });
            Some(documents.len() - 1)
        } else if let Some(id) = row["original"].as_str() {
            Some(*numbers.get(id).context("no such original")?)
        } else {
            None
        };
        documents.push(Document {
            id: format!("{}#{i}", row["id"]),
            text: row["text"].as_str().context("no text")?.to_owned(),
            copy: original.map(|o| (o, row["changed"].as_f64().unwrap_or(0.0))),
        });
    }
    Ok(())
}

/// What the check says of the pairs of the gold standard, whether their bands meet or not.
fn score_gold(dedup: &Dedup, stories: &[Document], path: &Path) -> Result<()> {
    let synonyms = dedup.synonyms().context("spun copies are off")?;
    let by_id: BTreeMap<&str, &str> = stories.iter().map(|d| (&*d.id, &*d.text)).collect();
    let [mut x, mut y] = <[Content; 2]>::default();
    let [mut f, mut g] = <[Form; 2]>::default();
    let (mut differ, mut buffers) = (diff::Buffers::default(), Buffers::default());
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for line in BufReader::new(File::open(path)?).lines().skip(1) {
        let line = line?;
        let fields: Vec<&str> = line.split('\t').collect();
        let (a, b) = (by_id[fields[0]], by_id[fields[1]]);
        x.read(a, synonyms);
        y.read(b, synonyms);
        f.read(a, dedup.fact_words(), dedup.function_words());
        g.read(b, dedup.fact_words(), dedup.function_words());
        let found = check::compare(&x, &y, &mut differ);
        let facts = form::compare((&f, a), (&g, b), &mut buffers);
        let entry = counts
            .entry((*fields.last().context("no class")?).to_owned())
            .or_default();
        entry.0 += 1;
        if found.is_spun() && check::keeps_facts(&facts) {
            entry.1 += 1;
            println!("  {} {} {found:?} {facts:?}", fields[0], fields[1]);
        }
    }
    for (class, (pairs, spun)) in counts {
        println!("gold {class:8}: {pairs} pairs, {spun} pass as spun");
    }
    Ok(())
}

fn score(dedup: Dedup, documents: &[Document], list: bool) -> Result<()> {
    let mut scratch = Scratch::new();
    let bytes: usize = documents.iter().map(|d| d.text.len()).sum();
    let mut pass = Compare::of(dedup, 512 << 20, &std::env::temp_dir());
    let start = Instant::now();
    for document in documents {
        let sketch = pass.dedup().sketch(&document.text, &mut scratch);
        pass.add(DocId::of(&document.id, 0), Rank::default(), sketch)?;
    }
    let sketching = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let texts: Vec<&str> = documents.iter().map(|d| d.text.as_str()).collect();
    let mut findings = pass.finish(&texts)?;
    println!(
        "{} documents, {:.1} MB: sketch {:.0} MB/s, finish {:.2} s, {} candidates",
        documents.len(),
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / sketching,
        start.elapsed().as_secs_f64(),
        findings.counts().candidates
    );
    let mut kinds: BTreeMap<(usize, usize), Kind> = BTreeMap::new();
    let mut others = 0;
    for found in findings.matches()? {
        let found: Match = found?;
        let (a, b) = (found.a.0 as usize, found.b.0 as usize);
        let is_copy =
            |copy: usize, original: usize| documents[copy].copy.is_some_and(|(o, _)| o == original);
        if is_copy(a, b) || is_copy(b, a) {
            let pair = if is_copy(a, b) { (a, b) } else { (b, a) };
            let kind = kinds.entry(pair).or_insert(found.kind);
            if found.kind == Kind::SpunCopy {
                *kind = Kind::SpunCopy;
            }
        } else if found.kind == Kind::SpunCopy {
            // Two copies of one original are copies too.
            let one = |n: usize| documents[n].copy.map_or(n, |(o, _)| o);
            if one(a) != one(b) {
                others += 1;
                if list {
                    show(&found, documents);
                }
            }
        }
    }
    println!("changed   copies  spun_copy  document  contained  template  passage  not found");
    let mut from = 0.0;
    for to in SHARES {
        let wanted: Vec<(usize, usize)> = documents
            .iter()
            .enumerate()
            .filter_map(|(i, d)| d.copy.map(|(o, share)| (i, o, share)))
            .filter(|&(.., share)| share >= from && (share < to || to >= 1.0))
            .map(|(i, o, _)| (i, o))
            .collect();
        let of = |kind| {
            wanted
                .iter()
                .filter(|p| kinds.get(p) == Some(&kind))
                .count()
        };
        println!(
            "{from:.1}-{to:.1}  {:7}  {:9}  {:8}  {:9}  {:8}  {:7}  {:9}",
            wanted.len(),
            of(Kind::SpunCopy),
            of(Kind::Document),
            of(Kind::Contained),
            of(Kind::Template),
            of(Kind::Passage),
            wanted.iter().filter(|p| !kinds.contains_key(p)).count()
        );
        from = to;
    }
    println!("called spun copies beside those: {others}");
    Ok(())
}

fn show(found: &Match, documents: &[Document]) {
    println!("--- {:.2}", found.similarity);
    for n in [found.a.0, found.b.0] {
        let document = &documents[n as usize];
        let words: Vec<&str> = document.text.split_whitespace().take(120).collect();
        println!("  [{}] {}", document.id, words.join(" "));
    }
}

fn rows(path: &Path) -> Result<Vec<serde_json::Value>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let reader: Box<dyn Read> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    BufReader::new(reader)
        .lines()
        .map(|line| Ok(serde_json::from_str(&line?)?))
        .collect()
}
