//! Asks a language model about rows of the lexicons in real, clean sentences: the teacher of the repair stage, never used at run time.
//!
//! `repair_teacher --lm MODEL [--samples N] [--each K] [--table NAME]... OUT.jsonl TEXT...`: TEXT is a JSONL file with `text`, or a text file. Of the rows of the inverse
//! lexicons and the forward tables that the stage knows (or only of the tables that are named: `w`, `a`, `b`, `forward_w`, `forward_a`, `forward_b`), a sample is drawn by a hash, as many as N places allow. For each row: up to K
//! places where what is meant stands, with the spun phrase put in (`"way":"meant"`), and up to K where the spun phrase itself stands
//! (`"way":"innocent"`). OUT gets, for each, `{"key","way","table","spun","meant","prior","probability","context","nats"}`: `nats` is how much likelier the model finds
//! the sentence with the repair; `context` what the n-gram model says, and `probability` the judge, where the stage offers the repair there (else null). `prior` is null for forward tables.
//!
//! Places that OUT has already are not asked about again, so a run that was stopped goes on, and a larger N adds to a smaller one. About two places a CPU second.

#![allow(clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::error::Error;
use std::io::Write;

use limpid::document::Document;
use limpid::edit::ByteSpan;
use limpid::repair::{LanguageModel, Repair, Settings};
use limpid::stage::Scratch;
use limpid::survey::Survey;
use limpid::text::words::words;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of text read before and behind a place.
const LEFT: usize = 160;
const RIGHT: usize = 60;
/// Most words of what is meant.
const LONGEST: usize = 5;
/// Spun phrases of a row of the forward tables that are asked about.
const FIRST: usize = 3;

/// A row, or one of its phrases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    hash: u64,
    table: &'static str,
    spun: String,
    meant: String,
    prior: Option<u32>,
}

/// A place where one of the two phrases of a row stands.
#[derive(Debug)]
struct Place {
    hash: u64,
    row: usize,
    line: usize,
    span: ByteSpan,
    innocent: bool,
}

fn table(name: &'static str, text: &str, rows: &mut BTreeSet<Row>) {
    let forward = name.starts_with("forward");
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (spun, meant, prior): (Vec<&str>, &str, _) = match columns.as_slice() {
            [meant, _, spun, ..] if forward => (spun.split('|').take(FIRST).collect(), meant, None),
            [spun, meant, _, prior, ..] => (
                vec![spun],
                meant.split('|').next().unwrap_or_default(),
                prior.parse().ok(),
            ),
            _ => continue,
        };
        for spun in spun {
            rows.insert(Row {
                hash: xxh3_64(format!("{spun}\t{meant}").as_bytes()),
                table: name,
                spun: spun.to_owned(),
                meant: meant.to_owned(),
                prior,
            });
        }
    }
}

/// All rows, in the order of their hashes.
fn rows() -> Vec<Row> {
    let mut rows = BTreeSet::new();
    table("w", include_str!("../data/repair/w.tsv"), &mut rows);
    table("a", include_str!("../data/repair/a.tsv"), &mut rows);
    table("b", include_str!("../data/repair/b.tsv"), &mut rows);
    table(
        "forward_w",
        include_str!("../data/repair/forward_w.tsv"),
        &mut rows,
    );
    table(
        "forward_a",
        include_str!("../data/repair/forward_a.tsv"),
        &mut rows,
    );
    table(
        "forward_b",
        include_str!("../data/repair/forward_b.tsv"),
        &mut rows,
    );
    rows.into_iter().collect()
}

/// The lines of prose in the texts.
fn lines(paths: &[String]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut out = Vec::new();
    for path in paths {
        let whole = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        let texts: Vec<String> = if path.ends_with("jsonl") {
            whole
                .lines()
                .map(|l| {
                    let row: Value = serde_json::from_str(l)?;
                    Ok(row["text"].as_str().unwrap_or_default().to_owned())
                })
                .collect::<Result<_, serde_json::Error>>()?
        } else {
            vec![whole]
        };
        for text in texts {
            out.extend(
                text.lines()
                    .filter(|l| words(l).count() >= 12)
                    .map(str::to_owned),
            );
        }
    }
    Ok(out)
}

/// The places of `rows` in `lines`, at most `each` of a kind for a row, chosen by a hash.
fn places(rows: &[Row], lines: &[String], each: usize) -> Vec<Place> {
    let mut by_phrase: BTreeMap<&str, Vec<(usize, bool)>> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        by_phrase.entry(&row.meant).or_default().push((i, false));
        by_phrase.entry(&row.spun).or_default().push((i, true));
    }
    let mut found: BTreeMap<(usize, bool), Vec<Place>> = BTreeMap::new();
    for (n, line) in lines.iter().enumerate() {
        let spans: Vec<ByteSpan> = words(line).collect();
        for at in 0..spans.len() {
            for last in at..(at + LONGEST).min(spans.len()) {
                let span = ByteSpan::new(spans[at].start, spans[last].end);
                // As in the tables: lower case but for names.
                let phrase = span.of(line);
                for &(row, innocent) in by_phrase.get(phrase).into_iter().flatten() {
                    let key = format!("{n}\t{at}\t{}", rows[row].hash);
                    found.entry((row, innocent)).or_default().push(Place {
                        hash: xxh3_64(key.as_bytes()),
                        row,
                        line: n,
                        span,
                        innocent,
                    });
                }
            }
        }
    }
    let mut out = Vec::new();
    for (_, mut places) in found {
        places.sort_by_key(|p| p.hash);
        places.truncate(each);
        out.extend(places);
    }
    // Row by row, as the rows stand: by their hashes.
    out.sort_by_key(|p| (p.row, p.innocent, p.hash));
    out
}

/// Byte positions around `span` where the reading begins and ends, between words.
fn window(line: &str, span: ByteSpan) -> (usize, usize) {
    let start = words(line)
        .map(|w| w.start)
        .find(|&s| s + LEFT >= span.start)
        .map_or(0, |s| s.min(span.start));
    let end = words(line)
        .map(|w| w.end)
        .filter(|&e| e <= span.end + RIGHT)
        .last()
        .map_or(span.end, |e| e.max(span.end));
    (if start <= 3 { 0 } else { start }, end)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut lm, mut samples, mut each) = (None, 400, 3);
    let (mut tables, mut files): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--lm" => lm = Some(value()?),
            "--samples" => samples = value()?.parse()?,
            "--table" => tables.push(value()?),
            "--each" => each = value()?.parse()?,
            _ => files.push(arg),
        }
    }
    let (Some(lm), [out, texts @ ..]) = (lm, files.as_slice()) else {
        return Err("--lm MODEL OUT.jsonl TEXT...".into());
    };
    let model = LanguageModel::read(&lm, &std::fs::read(&lm).map_err(|e| format!("{lm}: {e}"))?)?;
    let repair = Repair::new(&Settings::default())?;
    let mut scratch = Scratch::new();
    let survey = Survey::default();
    let done: HashSet<String> = std::fs::read_to_string(out)
        .unwrap_or_default()
        .lines()
        .filter_map(|l| serde_json::from_str::<Value>(l).ok())
        .filter_map(|r| r["key"].as_str().map(str::to_owned))
        .collect();
    let mut rows = rows();
    rows.retain(|r| tables.is_empty() || tables.iter().any(|t| t == r.table));
    let lines = lines(texts)?;
    let places = places(&rows, &lines, each);
    eprintln!(
        "{} rows, {} lines, {} places; {} answered",
        rows.len(),
        lines.len(),
        places.len(),
        done.len()
    );
    let mut writer = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(out)?;
    for place in places.iter().take(samples) {
        let row = &rows[place.row];
        let prior = row.prior.unwrap_or_default();
        let key = format!("{:016x} {} {prior}", place.hash, row.table);
        if done.contains(&key) {
            continue;
        }
        let line = &lines[place.line];
        let (before, behind) = (&line[..place.span.start], &line[place.span.end..]);
        let spun = format!("{before}{}{behind}", row.spun);
        let doc = Document::new("line", 0, spun.as_str());
        let end = place.span.start + row.spun.len();
        let offered = repair
            .candidates(&doc, &survey, &mut scratch)
            .into_iter()
            .find(|c| {
                (c.span.start, c.span.end) == (place.span.start, end) && c.meant == row.meant
            });
        let (from, to) = window(line, place.span);
        let scores = model.score(
            &line[from..place.span.start],
            &[&row.spun, &row.meant],
            &line[place.span.end..to],
        )?;
        let way = if place.innocent { "innocent" } else { "meant" };
        let answer = json!({"key": key, "way": way, "table": row.table, "spun": row.spun, "meant": row.meant, "prior": row.prior,
            "probability": offered.as_ref().map(|c| c.probability), "context": offered.as_ref().and_then(|c| c.evidence.iter().find(|e| e.0 == "context")).map(|e| e.1),
            "nats": scores[1] - scores[0]});
        writeln!(writer, "{answer}")?;
    }
    Ok(())
}
